"""Runs the ONNX models of a folder: ask_onnx.py FOLDER.

For each NAME.onnx, NAME.npz holds the inputs and what is to come out, and "within" how near; NAME.json,
where there is one, what is to come out in float64. Checks each model in full, runs it on 1, 7 and all
rows, "two" on 100,000, and prints the worst difference of each output. Conditions of another width must
be an error that names the input."""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

onnxruntime.set_default_logger_severity(3)
failed = False
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    arrays = dict(np.load(path.with_suffix(".npz")))
    if path.with_suffix(".json").exists():
        arrays |= {name: np.array(values) for name, values in json.loads(path.with_suffix(".json").read_text()).items()}
    within = float(arrays.pop("within").ravel()[0])
    kinds = {1: np.float32, 11: np.float64}
    inputs = {i.name: arrays[i.name].astype(kinds[i.type.tensor_type.elem_type]) for i in model.graph.input}
    for output in model.graph.output:
        worst = 0.0
        wanted = arrays[output.name]
        for rows in (1, 7, len(wanted)) + ((100_000,) if path.stem == "two" else ()):
            at = np.arange(rows) % len(wanted)
            given = {name: array if len(array) == 1 else array[at] for name, array in inputs.items()}
            (got,) = session.run([output.name], given)
            want = wanted[at].reshape(got.shape)
            # Relative to numbers beyond 1, as a rounding error is.
            worst = max(worst, np.max(np.abs(got - want) / np.maximum(1, np.abs(want))))
        # Points come rounded to float32, whatever they were computed in.
        allowed = within + (2.0**-24 if wanted.dtype == np.float32 and got.dtype == np.float64 else 0)
        print(f"{path.stem} {output.name}: {worst:.2g}")
        if not worst <= allowed:
            failed = True
            print(f"FAILED: {path.stem}: {output.name} differs by {worst:.2g}, want at most {allowed:g}")
    for name in inputs:
        if not name.startswith("condition"):
            continue
        try:
            session.run(None, inputs | {name: np.hstack([inputs[name]] * 2)})
            failed = True
            print(f"FAILED: {path.stem}: it takes a {name} that is twice as wide")
        except Exception as error:
            if name not in str(error):
                failed = True
                print(f"FAILED: {path.stem}: a {name} that is twice as wide gives {error}")
sys.exit(failed)
