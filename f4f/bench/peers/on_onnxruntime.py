"""ONNX Runtime: CASE MODEL PARAMETERS, with the model that this project has written of its flow."""

import sys

import onnxruntime

from protocol import Case, serve


def runner(case: Case, model: str):
    """Runs the model's log_prob for one chunk of the points after another; a unit is a chunk."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    x = case.points()
    at = 0

    def run(n):
        nonlocal at
        for _ in range(n):
            at = at if at + case.batch <= case.rows else 0
            session.run(["log_prob"], {"x": x[at : at + case.batch]})
            at += case.batch
        return n

    return run


if __name__ == "__main__":
    serve(lambda case: (int(sys.argv[3]), runner(case, sys.argv[2])))
