"""Gradient-boosted trees that tell the events of a template from others, cross-fitted.

python trees.py in.npz out.npz

in.npz   template, data   [N, D] and [M, D]: the events to tell apart
         background, signal   [A, D] and [B, D]: more events to judge, may be missing
         options   [1, 3]: folds, copies, of which row i and row i + N/copies of the template are of
                   one event, and seed
out.npz  template, data   [N, 1] and [M, 1]: the share of the template that looks more like data than
                   the event does, by the classifiers that were trained without the event's fold,
                   among the template of that fold
         background, signal   [A, folds] and [B, folds]: the same, by the classifiers of each fold
"""
import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

given = np.load(sys.argv[1])
folds, copies, seed = (int(v) for v in given["options"][0])
rng = np.random.default_rng(seed)


def fold_of(n, copies):
    """Returns the fold of each of n events. Copies of one event are in one fold."""
    return np.tile(rng.permutation(n // copies) % folds, copies)


sets = {name: given[name] for name in ("template", "data")}
fold = {"template": fold_of(len(sets["template"]), copies), "data": fold_of(len(sets["data"]), 1)}
others = [name for name in ("background", "signal") if name in given]
scores = {name: np.empty((len(x), 1), np.float32) for name, x in sets.items()}
scores |= {name: np.empty((len(given[name]), folds), np.float32) for name in others}

for k in range(folds):
    x = np.vstack([sets[name][fold[name] != k] for name in sets])
    y = np.concatenate([np.full((fold[name] != k).sum(), i) for i, name in enumerate(sets)])
    # Large leaves and a slow rate, so that they learn a signal rather than small faults of the template.
    trees = [HistGradientBoostingClassifier(
        max_iter=400, learning_rate=0.05, max_leaf_nodes=31, min_samples_leaf=200, l2_regularization=1.0,
        class_weight="balanced", early_stopping=True, validation_fraction=0.2, n_iter_no_change=10,
        random_state=seed * 100 + 10 * k + i,
    ).fit(x, y) for i in range(2)]

    def score(x):
        """Returns the mean of the classifiers' log-odds, which is steadier than those of one."""
        return sum(t.decision_function(x) for t in trees) / len(trees)

    held = np.sort(score(sets["template"][fold["template"] == k]))

    def rank(x):
        """Returns the share of the held-out template with a higher score; ties count half."""
        found = score(x)
        return 1 - (np.searchsorted(held, found, "left") + np.searchsorted(held, found, "right")) / (2 * len(held))

    for name, x in sets.items():
        scores[name][fold[name] == k, 0] = rank(x[fold[name] == k])
    for name in others:
        scores[name][:, k] = rank(given[name])

np.savez(sys.argv[2], **scores)
