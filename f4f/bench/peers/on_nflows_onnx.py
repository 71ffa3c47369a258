"""nflows' flow as an ONNX model by torch's exporter, in ONNX Runtime.

The exporter is the older one, by tracing: the newer one stops at nflows' splines, where what is computed depends on whether
any point lies inside the bound (torch 2.15: GuardOnDataDependentSymNode). So the traced model takes it that some do.
"""

import os
import tempfile

import torch
from nflows.distributions.normal import StandardNormal
from nflows.flows import Flow

from on_nflows import spline_layers
from on_onnxruntime import runner
from protocol import Case, Missing, serve
from torch_training import size


class LogProb(torch.nn.Module):
    def __init__(self, flow):
        super().__init__()
        self.flow = flow

    def forward(self, x):
        return self.flow.log_prob(x)


def build(case: Case):
    if case.work != "log-prob":
        raise Missing
    flow = Flow(spline_layers(case, 0), StandardNormal([case.dim])).eval()
    x = torch.from_numpy(case.points()[: case.batch])
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.onnx")
        rows = {0: "N"}
        torch.onnx.export(LogProb(flow), (x,), model, input_names=["x"], output_names=["log_prob"], dynamic_axes={"x": rows, "log_prob": rows}, opset_version=17, dynamo=False)
        return size(flow), runner(case, model)


if __name__ == "__main__":
    serve(build)
