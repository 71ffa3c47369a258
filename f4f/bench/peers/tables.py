"""Writes one of the tables of -quality as train.npy and test.npy, [rows, columns] of float32, to a folder.

    python tables.py penguins FOLDER

The tables lie in packages that are installed beside the peers. The packages are not imported, for one of them writes to the home folder when it
is. A column of rounded numbers gets uniform noise of one rounding step, since a likelihood on atoms has no bound. Noise, choice and order of the
rows are drawn once, with a fixed seed: everyone gets the same numbers.
"""

import importlib.util
import os
import sys
import tarfile

import numpy as np
import pandas as pd

SEED = 20221104
TEST = 0.2  # the share of the rows that nobody trains on


def inside(package, *path):
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise SystemExit(f"tables: the package {package} is not installed in {sys.prefix}; requirements.txt names its version")
    return os.path.join(os.path.dirname(spec.origin), *path)


def penguins(rng):
    """342 penguins: lengths in tenths of millimetres, flippers in whole ones, masses in steps of 25 g."""
    steps = {"bill_length_mm": 0.1, "bill_depth_mm": 0.1, "flipper_length_mm": 1, "body_mass_g": 25}
    frame = pd.read_csv(inside("palmerpenguins", "data", "penguins.csv"))
    return noisy(frame[list(steps)].dropna(), steps, rng)


def diamonds(rng):
    """10,000 of 53,940 diamonds. The 20 that have a length of 0, for unknown, are left out."""
    steps = {"carat": 0.01, "depth": 0.1, "table": 1, "price": 1, "x": 0.01, "y": 0.01, "z": 0.01}
    with tarfile.open(inside("pydataset", "resources.tar.gz")) as resources:
        frame = pd.read_csv(resources.extractfile("resources/rdata/csv/ggplot2/diamonds.csv"), index_col=0)
    frame = frame[list(steps)]
    frame = frame[(frame > 0).all(axis=1)]
    return noisy(frame.iloc[rng.choice(len(frame), 10_000, replace=False)], steps, rng)


def galaxies(_):
    """100,000 simulated galaxies: redshift and six magnitudes, none of them rounded."""
    frame = pd.read_pickle(inside("pzflow", "example_files", "galaxy-data.pkl"))
    return frame[["redshift", *"ugrizy"]].to_numpy(np.float64)


def noisy(frame, steps, rng):
    values = frame.to_numpy(np.float64)
    return values + rng.uniform(-0.5, 0.5, values.shape) * np.array(list(steps.values()))


def main(name, folder):
    rng = np.random.default_rng(SEED)
    values = {"penguins": penguins, "diamonds": diamonds, "galaxies": galaxies}[name](rng)
    values = rng.permutation(values).astype(np.float32)
    test = round(TEST * len(values))
    np.save(os.path.join(folder, "test.npy"), values[:test])
    np.save(os.path.join(folder, "train.npy"), values[test:])


if __name__ == "__main__":
    main(*sys.argv[1:])
