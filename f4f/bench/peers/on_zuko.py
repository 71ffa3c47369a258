"""zuko: its masked autoregressive flow of rational-quadratic splines, residual hidden layers, the paper's sizes."""

from functools import partial

import torch
from zuko.flows import MAF
from zuko.transforms import MonotonicRQSTransform

from protocol import Case, Missing, serve
from torch_training import evaluator, size, trainer


def build(case: Case):
    flow = MAF(
        features=case.dim,
        context=case.conditions,
        transforms=case.layers,
        univariate=partial(MonotonicRQSTransform, bound=4.0),
        shapes=[(case.bins,), (case.bins,), (case.bins - 1,)],
        hidden_features=[case.hidden] * case.blocks,
        residual=True,
    )
    x = torch.from_numpy(case.points())
    tensors = [x]
    if case.conditions:
        tensors.append(torch.from_numpy(case.points("conditions")))
    match case.work:
        case "base step" | "epoch":
            return size(flow), trainer(case, flow, lambda _, x, *c: -flow(*c).log_prob(x).mean(), *tensors)
        case "log-prob":
            return size(flow), evaluator(case, flow, lambda x: flow().log_prob(x), x)
        case "sample":
            return size(flow), evaluator(case, flow, lambda x: flow().sample((len(x),)), x)
    raise Missing


if __name__ == "__main__":
    serve(build)
