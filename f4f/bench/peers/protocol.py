"""The protocol between bench and a peer: one case for each process, lines of JSON over the standard streams.

The case is the first argument. The peer answers {"ready": ..., "parameters": n} once it has done its first unit of work (a step of
training, or a chunk of points), then, for each number n that it reads, does n units or some more and answers {"units": ..., "seconds": ...}. At the
end of the input it answers {"peak": bytes} and stops.
"""

import json
import os
import resource
import sys
import time

import numpy as np


class Case:
    """One case, with the fields of benchCase in f4f/bench/case.go."""

    def __init__(self, fields):
        self.__dict__.update(fields)

    def points(self, name="points"):
        return np.load(os.path.join(self.folder, f"{name}.npy"))

    def batches(self, order_seed=0):
        """Yields the rows of each batch, forever: every epoch in a new order, without an incomplete last batch."""
        rng = np.random.default_rng(order_seed)
        while True:
            order = rng.permutation(self.rows)
            for i in range(0, self.rows - self.batch + 1, self.batch):
                yield order[i : i + self.batch]


class Missing(Exception):
    """Raised by a peer that lacks the case."""


def answer(**fields):
    print(json.dumps(fields), file=OUT, flush=True)


# Libraries print progress to standard output, so it is redirected to standard error.
OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def serve(build):
    """build(case) returns the number of parameters and a function that does at least n units and returns how many."""
    try:
        parameters, run = build(Case(json.loads(sys.argv[1])))
    except Missing:
        answer(missing=True)
        return
    run(1)
    answer(ready=True, parameters=parameters)
    for line in sys.stdin:
        start = time.perf_counter()
        units = run(int(line))
        answer(units=units, seconds=time.perf_counter() - start)
    answer(peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
