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

np.save("int64.npy", rows.astype("<i8"))
np.save("float16.npy", rows.astype("<f2"))
np.save("structure.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<f4")]))

# Arrays of each dtype, each under its name.
arrays = {"bool": np.array([[True, False], [False, True]])}
for size in [1, 2, 4, 8]:
    for sign in "<>":
        arrays[f"{'little' if sign == '<' else 'big'}i{size}"] = np.array([[1, -2], [-128, 127]], f"{sign}i{size}")
        arrays[f"{'little' if sign == '<' else 'big'}u{size}"] = np.array([[1, 2], [0, 255]], f"{sign}u{size}")
arrays["bigf2"] = np.array([[1.5, -2], [6e-8, 65504]], ">f2")
records = [(1, "a", 0.5, (2, 3), True), (2, "b", -1, (4, 5), False)]
fields = [("n", "i1"), ("label", "U3"), ("x", "<f8"), ("v", ">f4", (2,)), ("ok", "?")]
arrays["packed"] = np.array(records, dtype=fields)
arrays["aligned"] = np.array(records, dtype=np.dtype(fields, align=True))
arrays["text"] = np.array(["a", "b"])
arrays["times"] = np.array(["2026-01-01", "2026-01-02"], "M8[s]")
arrays["complex"] = np.array([1j, 2])
arrays["long"] = np.array([1, 2], np.longdouble)
arrays["pt"] = np.array([1, 2, 3], "<f4")
arrays["xy"] = np.array([[4, 5], [6, 7], [8, 9]], "<f8")
np.savez("arrays.npz", **arrays)
np.savez_compressed("compressed.npz", x=rows)

# Those that must be refused.
np.save("scalar.npy", np.float32(1))
np.save("cube.npy", np.zeros((2, 2, 2), "<f4"))
np.save("empty.npy", np.zeros((0, 2), "<f4"))
wrong = rows.astype("<f8")
wrong[1, 0] = np.nan
np.save("nan.npy", wrong)
np.save("nan_fortran.npy", np.asfortranarray(wrong))
wrong[1, 0] = 1e300
np.save("large.npy", wrong)
