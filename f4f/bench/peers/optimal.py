"""A peer's side of -optimal: it learns a map between two distributions from their points, for some seconds of a processor, and then maps other points.

The task is the first argument, as JSON with the fields of mapTask in f4f/bench/optimal_trial.go. Its folder has points [rows, dim]: left.npy and
right.npy to learn from, test.npy of the left to map, and back.npy of the right to map back. The peer answers {"trained": true, ...} once it has
trained. Then it writes images.npy, those of test.npy; where the map has a density also origins.npy, the points that are mapped to back.npy, and
logdets.npy, the log-determinants of the way back there. It answers {"scored": true, ...} and stops.

All times are seconds of a processor, so that other load on the machine changes them little. Compiling is not training.
"""

import json
import os
import sys
import time

import numpy as np

from protocol import answer  # also sends what libraries print elsewhere

CHUNK = 10_000


class Task:
    """One task: fields folder, seed, and seconds to train."""

    def __init__(self, fields):
        self.__dict__.update(fields)

    def load(self, name):
        return np.load(os.path.join(self.folder, f"{name}.npy"))

    def save(self, name, values):
        np.save(os.path.join(self.folder, f"{name}.npy"), np.asarray(values, np.float32))

    def batches(self, name, size):
        """Batches of the points of a name, forever: every epoch in a new order, without an incomplete last batch."""
        points = self.load(name)
        rng = np.random.default_rng([self.seed, len(name)])
        while True:
            order = rng.permutation(len(points))
            for i in range(0, len(points) - size + 1, size):
                yield points[order[i : i + size]]


def processor_seconds():
    return time.process_time()


def chunked(function, points):
    """function of points, a chunk at a time."""
    return np.concatenate([function(points[i : i + CHUNK]) for i in range(0, len(points), CHUNK)])


def serve(make):
    """make(task, dim) returns a learner, which has

    train(seconds)   trains for about that long, and returns the steps and the seconds they took
    forward(x)       the images of a chunk of points
    back(y)          the points that are mapped to a chunk of points, with the log-determinants of the way back as another column; or None
    parameters()     how many numbers are trained
    """
    task = Task(json.loads(sys.argv[1]))
    test = task.load("test")
    learner = make(task, test.shape[1])
    began = time.time()
    steps, seconds = learner.train(task.seconds)
    answer(trained=True, seconds=seconds, wall=time.time() - began, steps=steps)

    task.save("images", chunked(learner.forward, test))
    timed = task.load("left")[: task.timed]
    learner.forward(timed[:CHUNK])  # compiles
    start = processor_seconds()
    chunked(learner.forward, timed)
    mapping = processor_seconds() - start
    back = task.load("back")
    if learner.back(back[:10]) is not None:
        rows = chunked(learner.back, back)
        task.save("origins", rows[:, :-1])
        task.save("logdets", rows[:, -1:])
    answer(scored=True, seconds=mapping, parameters=learner.parameters())
