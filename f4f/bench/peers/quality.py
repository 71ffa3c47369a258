"""A peer's side of -quality: it trains with its own tutorial's settings until the time is up, and scores the test points.

The task is the first argument, as JSON with the fields of task in f4f/bench/quality_case.go. The peer answers {"trained": true} once it has trained; then
it writes the log-densities of the test points to scores.npy and answers {"scored": true, ...}.

Training goes on for as long as there is time. What the tutorial's own rule for stopping had come to by then is kept and scored besides, to
own.npy. The weights that are scored are those of the epoch with the best loss on the points held out, a tenth of an epoch's: of a table they
are a tenth of its training rows, and of a set of the plane, which there is no end of, points besides.
"""

import json
import os
import sys
import time

import numpy as np

from protocol import answer  # also sends what libraries print elsewhere


class Task:
    """One task: fields folder, seed, table, and started and deadline in seconds since 1970."""

    def __init__(self, fields):
        self.__dict__.update(fields)

    def load(self, name):
        return np.load(os.path.join(self.folder, f"{name}.npy"))

    def over(self):
        return time.time() >= self.deadline

    def split(self, points_of_an_epoch):
        """The points to train on and those held out."""
        rows = self.load("train")
        rows = np.random.default_rng(self.seed).permutation(rows)
        held = round(0.1 * (len(rows) if self.table else points_of_an_epoch))
        return rows[held:], rows[:held]

    def epochs(self, rows, points_of_an_epoch):
        """Points of each epoch, forever: all rows of a table in a new order, or the next points of a set of the plane."""
        rng = np.random.default_rng(self.seed + 1)
        if self.table:
            while True:
                yield rng.permutation(rows)
        at = 0
        while True:
            at = at if at + points_of_an_epoch <= len(rows) else 0
            yield rows[at : at + points_of_an_epoch]
            at += points_of_an_epoch


class Scaler:
    """Shifts and scales features to mean 0 and standard deviation 1, or leaves them unchanged."""

    def __init__(self, rows, on=True):
        wide = rows.astype(np.float64)
        self.mean = wide.mean(0) if on else np.zeros(rows.shape[1])
        self.std = wide.std(0) if on else np.ones(rows.shape[1])

    def __call__(self, rows):
        return ((rows - self.mean) / self.std).astype(np.float32)

    def log_det(self):
        return -np.log(self.std).sum()


def serve(make):
    """make(task, dim) returns a learner, which has

    batch, points_of_an_epoch, drop_last, standardise   by its tutorial
    step(x)            a step of training
    loss(x)            the mean loss of points
    weights()          a copy of the weights, or what no later step changes
    log_prob(weights, x)
    stops(losses)      whether the tutorial would end after epochs of these losses on the points held out
    parameters()       how many numbers are trained
    """
    task = Task(json.loads(sys.argv[1]))
    test = task.load("test")
    learner = make(task, test.shape[1])
    train, held = task.split(learner.points_of_an_epoch)
    scaler = Scaler(train, learner.standardise)
    train, held = scaler(train), scaler(held)

    steps, losses, own = 0, [], None
    least, best = np.inf, learner.weights()
    for rows in task.epochs(train, learner.points_of_an_epoch):
        batch = min(learner.batch, len(rows))
        whole = len(rows) // batch * batch
        for i in range(0, whole if learner.drop_last else len(rows), batch):
            if task.over():
                break
            learner.step(rows[i : i + batch])
            steps += 1
        losses.append(learner.loss(held))
        if losses[-1] < least:
            least, best = losses[-1], learner.weights()
        if task.over():
            break
        if own is None and learner.stops(losses):
            own = {"weights": best, "steps": steps, "seconds": time.time() - task.started}
    answer(trained=True)

    def score(weights, file):
        chunks = [learner.log_prob(weights, scaler(test[i : i + 10_000])) for i in range(0, len(test), 10_000)]
        values = np.concatenate(chunks).astype(np.float64) + scaler.log_det()
        np.save(os.path.join(task.folder, file), values.astype(np.float32))

    score(best, "scores.npy")
    more = {}
    if own is not None:
        score(own["weights"], "own.npy")
        more = {"own_steps": own["steps"], "own_seconds": own["seconds"]}
    answer(scored=True, steps=steps, parameters=learner.parameters(), **more)
