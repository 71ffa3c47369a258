# Gradient-boosted trees of scikit-learn tell the rows of array a (label 0) from those of b (label 1).
# Row i is scored by the trees that were trained without the rows whose number is i modulo folds; rows
# of array x, if there are any, by the mean of all. Scores are log-odds.
# Usage: trees.py in.npz out.npz folds
import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that wait leave the processors to others
import numpy
from sklearn.ensemble import HistGradientBoostingClassifier

given = numpy.load(sys.argv[1])
folds = int(sys.argv[3])


def sample(name):
    points = given[name]
    weights = given[name + "_weight"] if name + "_weight" in given else numpy.ones(len(points))
    return points, weights / weights.sum() * len(points)


(a, of_a), (b, of_b) = sample("a"), sample("b")
rows = numpy.concatenate([a, b])
labels = numpy.concatenate([numpy.zeros(len(a)), numpy.ones(len(b))])
weights = numpy.concatenate([of_a / len(a), of_b / len(b)]) * (len(rows) / 2)
fold = numpy.concatenate([numpy.arange(len(a)), numpy.arange(len(b))]) % folds
scores = numpy.zeros(len(rows))
others = numpy.zeros(len(given["x"])) if "x" in given else None
for k in range(folds):
    # Many rows to a leaf: weights of a leaf must have a positive sum though some are negative.
    trees = HistGradientBoostingClassifier(
        learning_rate=0.1, max_iter=200, max_leaf_nodes=31, min_samples_leaf=200, l2_regularization=1,
        early_stopping=True, validation_fraction=0.15, n_iter_no_change=10, random_state=k,
    )
    out = fold == k
    trees.fit(rows[~out], labels[~out], sample_weight=weights[~out])
    scores[out] = trees.decision_function(rows[out])
    if others is not None:
        others += trees.decision_function(given["x"]) / folds
made = {"a": scores[: len(a)], "b": scores[len(a) :]}
if others is not None:
    made["x"] = others
numpy.savez(sys.argv[2], **made)
