# Writes the galaxies of pzflow to the .npz file sys.argv[1]: redshift, magnitudes and colours.
# Importing pzflow would need JAX, reading its file doesn't.
import importlib.util
import os
import sys

import numpy
import pandas

folder = importlib.util.find_spec("pzflow").submodule_search_locations[0]
galaxies = pandas.read_pickle(folder + "/example_files/galaxy-data.pkl")
columns = {name: galaxies[name].to_numpy(float) for name in ["redshift", *"ugrizy"]}
for blue, red in zip("ugriz", "grizy"):
    # of float64 numbers: differences of float32 magnitudes would repeat values
    columns[blue + "-" + red] = columns[blue] - columns[red]
aside = f"{sys.argv[1]}.{os.getpid()}.npz"
numpy.savez(aside, **columns)
os.replace(aside, sys.argv[1])  # whole at once, for others that read it
