"""Flows for flows as flows4flows has them, on nflows: a flow whose two bases are trained flows, run by direction, row by row under conditions.

flows4flows itself is in no package registry. This does the work that its public methods do: transform(inputs, input_context, target_context,
inverse) and the log-prob of it, the bases frozen.
"""

import torch
from nflows.distributions.normal import StandardNormal
from nflows.flows import Flow

from on_nflows import spline_layers
from protocol import Case, Missing, serve
from torch_training import DEVICE, evaluator, size, trainer


def base(case: Case, conditions: int):
    flow = Flow(spline_layers(case, conditions), StandardNormal([case.dim]))
    return flow.requires_grad_(False).to(DEVICE)


def build(case: Case):
    layers = spline_layers(case, case.conditions)
    x = torch.from_numpy(case.points())
    if case.work == "difference step":
        both = base(case, case.conditions)
        c = torch.from_numpy(case.points("conditions"))

        def loss(_, x, c):
            target = c[torch.randperm(len(c), device=c.device)]
            down = (target < c).view(-1)  # these go through the inverse
            total = 0.0
            for rows, transform, difference in (
                (~down, layers, target - c),
                (down, layers.inverse, c - target),
            ):
                if rows.any():
                    y, log_det = transform(x[rows], context=difference[rows])
                    total = total + (both.log_prob(y, context=target[rows]) + log_det).sum()
            return -total / len(x)

        return size(layers), trainer(case, layers, loss, x, c)

    left, right = base(case, 0), base(case, 0)

    def log_prob(x, inverse):
        y, log_det = (layers.inverse if inverse else layers)(x)
        return (left if inverse else right).log_prob(y) + log_det

    match case.work:
        case "transport step forward":
            return size(layers), trainer(case, layers, lambda _, x: -log_prob(x, False).mean(), x)
        case "transport step inverse":
            return size(layers), trainer(case, layers, lambda _, x: -log_prob(x, True).mean(), x)
        case "transport step alternate":
            return size(layers), trainer(case, layers, lambda step, x: -log_prob(x, step % 2 == 0).mean(), x)
        case "transform forward":
            return size(layers), evaluator(case, layers, layers, x)
        case "transform inverse":
            return size(layers), evaluator(case, layers, layers.inverse, x)
    raise Missing


if __name__ == "__main__":
    serve(build)
