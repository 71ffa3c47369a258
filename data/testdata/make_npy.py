# Makes the .npy files of this folder, which npy_test.go reads: python3 make_npy.py (any NumPy from 1.20 on).
# All hold the rows (0.5, -1.25), (2, 3), (1e-3, 65504) or part of them.
import os
import numpy as np
from numpy.lib import format as npy

os.chdir(os.path.dirname(os.path.abspath(__file__)))
rows = np.array([[0.5, -1.25], [2, 3], [1e-3, 65504]])

for dtype in ["<f4", "<f8", ">f4", ">f8"]:
    name = ("little" if dtype[0] == "<" else "big") + dtype[1:]
    np.save(f"{name}_c.npy", rows.astype(dtype))
    np.save(f"{name}_fortran.npy", np.asfortranarray(rows.astype(dtype)))
for version in [(2, 0), (3, 0)]:
    with open(f"version{version[0]}.npy", "wb") as f:
        npy.write_array(f, rows.astype("<f4"), version=version)
np.save("vector.npy", rows[:, 0].astype("<f4"))

# Those that must be refused.
np.save("int64.npy", rows.astype("<i8"))
np.save("float16.npy", rows.astype("<f2"))
np.save("structure.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<f4")]))
np.save("scalar.npy", np.float32(1))
np.save("cube.npy", np.zeros((2, 2, 2), "<f4"))
np.save("empty.npy", np.zeros((0, 2), "<f4"))
wrong = rows.astype("<f8")
wrong[1, 0] = np.nan
np.save("nan.npy", wrong)
np.save("nan_fortran.npy", np.asfortranarray(wrong))
wrong[1, 0] = 1e300
np.save("large.npy", wrong)
