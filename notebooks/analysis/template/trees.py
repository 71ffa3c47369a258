"""Gradient-boosted trees that tell the events of a template from others, cross-fitted.

python trees.py in.npz out.npz

in.npz   template, data   [N, D] and [M, D]: the events to tell apart
         background, signal   [A, D] and [B, D]: more events to judge, may be missing
         options   [1, 4]: folds, copies of an event that follow one another in the template, seed,
                   classifiers in each fold, whose scores are averaged
out.npz  data      [M, 1]: the share of the template that looks more like data than the event does,
                   by the classifiers that were trained without the event's fold, among the
                   template of that fold
         template  [N, 1]: the share of the data that looks less like data than the event does
         background, signal   [A, folds] and [B, folds]: as data, by the classifiers of each fold
"""
import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

given = np.load(sys.argv[1])
folds, copies, seed, together = (int(v) for v in given["options"][0])
rng = np.random.default_rng(seed)


def fold_of(n, copies):
    """Returns the fold of each of n events. Copies of one event are in one fold."""
    groups = -(-n // copies)
    return np.repeat(rng.permutation(groups) % folds, copies)[:n]


sets = {name: given[name] for name in ("template", "data")}
fold = {"template": fold_of(len(sets["template"]), copies), "data": fold_of(len(sets["data"]), 1)}
others = [name for name in ("background", "signal") if name in given]
scores = {name: np.empty((len(x), 1), np.float32) for name, x in sets.items()}
scores |= {name: np.empty((len(given[name]), folds), np.float32) for name in others}

for k in range(folds):
    x = np.vstack([sets[name][fold[name] != k] for name in sets])
    y = np.concatenate([np.full((fold[name] != k).sum(), i) for i, name in enumerate(sets)])
    trees = [
        HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.1, max_leaf_nodes=31, l2_regularization=1.0, class_weight="balanced",
            early_stopping=True, validation_fraction=0.2, n_iter_no_change=10, random_state=seed * 1000 + k * 10 + i,
        ).fit(x, y)
        for i in range(together)
    ]

    def score(x):
        return np.mean([t.decision_function(x) for t in trees], axis=0)

    def placed(x, held):
        """Returns the share of held scores above each of x; ties count half."""
        return 1 - (np.searchsorted(held, x, "left") + np.searchsorted(held, x, "right")) / (2 * len(held))

    held = {name: score(x[fold[name] == k]) for name, x in sets.items()}
    among = np.sort(held["template"])
    scores["data"][fold["data"] == k, 0] = placed(held["data"], among)
    scores["template"][fold["template"] == k, 0] = 1 - placed(held["template"], np.sort(held["data"]))
    for name in others:
        scores[name][:, k] = placed(score(given[name]), among)

np.savez(sys.argv[2], **scores)
