"""normflows: its autoregressive spline layers, the paper's sizes, halves swapped between them."""

import normflows as nf
import torch

from protocol import Case, Missing, serve
from torch_training import evaluator, size, trainer


def build(case: Case):
    layers = []
    for i in range(case.layers):
        if i > 0:
            layers.append(nf.flows.Permute(case.dim, mode="swap"))
        layers.append(
            nf.flows.AutoregressiveRationalQuadraticSpline(
                case.dim, case.blocks, case.hidden, num_context_channels=case.conditions or None, num_bins=case.bins, tail_bound=4
            )
        )
    base = nf.distributions.DiagGaussian(case.dim, trainable=False)
    x = torch.from_numpy(case.points())
    if case.conditions:
        if case.work != "base step":
            raise Missing
        flow = nf.ConditionalNormalizingFlow(base, layers)
        c = torch.from_numpy(case.points("conditions"))
        return size(flow), trainer(case, flow, lambda _, x, c: flow.forward_kld(x, c), x, c)
    flow = nf.NormalizingFlow(base, layers)
    match case.work:
        case "base step" | "epoch":
            return size(flow), trainer(case, flow, lambda _, x: flow.forward_kld(x), x)
        case "log-prob":
            return size(flow), evaluator(case, flow, flow.log_prob, x)
        case "sample":
            return size(flow), evaluator(case, flow, lambda x: flow.sample(len(x)), x)
    raise Missing


if __name__ == "__main__":
    serve(build)
