"""nflows: the paper's base flow, by nflows' own parts."""

import torch
from nflows.distributions.normal import StandardNormal
from nflows.flows import Flow
from nflows.transforms import CompositeTransform, MaskedPiecewiseRationalQuadraticAutoregressiveTransform, ReversePermutation

from protocol import Case, Missing, serve
from torch_training import evaluator, size, trainer


def spline_layers(case: Case, conditions: int):
    """Four autoregressive layers of splines with a reversal between them."""
    layers = []
    for i in range(case.layers):
        if i > 0:
            layers.append(ReversePermutation(features=case.dim))
        layers.append(
            MaskedPiecewiseRationalQuadraticAutoregressiveTransform(
                features=case.dim,
                hidden_features=case.hidden,
                context_features=conditions or None,
                num_bins=case.bins,
                tails="linear",
                tail_bound=4.0,
                num_blocks=case.blocks,
                use_residual_blocks=True,
                activation=torch.nn.functional.relu,
            )
        )
    return CompositeTransform(layers)


def build(case: Case):
    flow = Flow(spline_layers(case, case.conditions), StandardNormal([case.dim]))
    x = torch.from_numpy(case.points())
    tensors = [x]
    if case.conditions:
        tensors.append(torch.from_numpy(case.points("conditions")))
    match case.work:
        case "base step" | "epoch":
            return size(flow), trainer(case, flow, lambda _, *rows: -flow.log_prob(*rows).mean(), *tensors)
        case "log-prob":
            return size(flow), evaluator(case, flow, flow.log_prob, *tensors)
        case "sample":
            return size(flow), evaluator(case, flow, lambda x: flow.sample(len(x)), x)
    raise Missing


if __name__ == "__main__":
    serve(build)
