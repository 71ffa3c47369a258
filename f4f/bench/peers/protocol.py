"""What every peer is asked, and how: one case a process, lines of JSON over the standard streams.

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
    """One case: fields as f4f/bench/case.go names them."""

    def __init__(self, fields):
        self.__dict__.update(fields)

    def points(self, name="points"):
        return np.load(os.path.join(self.folder, f"{name}.npy"))

    def batches(self, order_seed=0):
        """Rows of each batch, forever: every epoch in a new order, what is over left out."""
        rng = np.random.default_rng(order_seed)
        while True:
            order = rng.permutation(self.rows)
            for i in range(0, self.rows - self.batch + 1, self.batch):
                yield order[i : i + self.batch]


class Missing(Exception):
    """The peer has nothing for this case."""


def answer(**fields):
    print(json.dumps(fields), file=OUT, flush=True)


# Libraries print progress of their own: it goes elsewhere.
OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def serve(build):
    """build(case) gives the number of parameters and a function that does at least n units and tells how many."""
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
