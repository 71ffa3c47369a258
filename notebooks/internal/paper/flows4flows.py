"""Train a flow for flow by flows4flows itself, and write it for us to read: two bases, then the flow between them, by the paper's recipe.

    PYTHONPATH=flows4flows python flows4flows.py TASK

Needs torch, nflows 0.14, safetensors and a checkout of https://github.com/jraine/flows4flows, which is in no package registry. TASK is JSON:

    folder    has left.npy and right.npy, training points [N, 2], and gets left.pt, right.pt as each is trained, then flow.safetensors
    layers, hidden, blocks, bins, bound, batch, rate, clip, seed
    baseEpochs, transportEpochs

It prints lines of JSON: {"flow": ..., "step": ..., "steps": ...} as it goes, and {"seconds": ...}, the flow's training without its bases', at the end.
"""

import json
import pathlib
import sys
import time

import numpy as np
import torch
from ffflows.models import BaseFlow, DiscreteBaseFlowForFlow
from nflows.distributions import StandardNormal
from nflows.transforms import CompositeTransform, MaskedPiecewiseRationalQuadraticAutoregressiveTransform, ReversePermutation
from safetensors.torch import save_file

TELL_EVERY = 5  # seconds


def splines(task):
    """The paper's: autoregressive rational-quadratic splines, features reversed after each, so that four of them keep their order."""
    chain = []
    for _ in range(task["layers"]):
        layer = MaskedPiecewiseRationalQuadraticAutoregressiveTransform(
            features=2,
            hidden_features=task["hidden"],
            num_blocks=task["blocks"],
            num_bins=task["bins"],
            tails="linear",
            tail_bound=task["bound"],
        )
        chain += [layer, ReversePermutation(2)]
    return CompositeTransform(chain)


def train(name, module, loss, task, epochs, *data):
    """Adam under a cosine to zero; loss(step, *batches) is what a step minimises. Gives the seconds."""
    trained = [p for p in module.parameters() if p.requires_grad]
    steps = epochs * (len(data[0]) // task["batch"])
    optimizer = torch.optim.Adam(trained, lr=task["rate"])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    began = told = time.monotonic()
    step = 0
    for _ in range(epochs):
        orders = [torch.randperm(len(d)) for d in data]
        for at in range(0, len(data[0]) - task["batch"] + 1, task["batch"]):
            optimizer.zero_grad()
            loss(step, *(d[order[at : at + task["batch"]]] for d, order in zip(data, orders))).backward()
            torch.nn.utils.clip_grad_norm_(trained, task["clip"])
            optimizer.step()
            schedule.step()
            step += 1
            if time.monotonic() > told + TELL_EVERY:
                told = time.monotonic()
                print(json.dumps({"flow": name, "step": step, "steps": steps}), flush=True)
    return time.monotonic() - began


def base(side, x, task, folder, seed):
    """The base of one side, from its file where it was trained before."""
    torch.manual_seed(seed)
    flow = BaseFlow(splines(task), StandardNormal([2]))
    path = folder / f"{side}.pt"
    if path.exists():
        flow.load_state_dict(torch.load(path, weights_only=True))
    else:
        train(f"{side} base", flow, lambda _, x: -flow.log_prob(x).mean(), task, task["baseEpochs"], x)
        torch.save(flow.state_dict(), path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)
    return flow.requires_grad_(False)


def main():
    task = json.loads(sys.argv[1])
    folder = pathlib.Path(task["folder"])
    torch.set_num_threads(1)  # which is faster than more, for a model of this size
    left, right = (torch.from_numpy(np.load(folder / f"{side}.npy")) for side in ("left", "right"))
    seed = 3 * task["seed"]
    bases = {side: base(side, x, task, folder, seed + i) for i, (side, x) in enumerate({"left": left, "right": right}.items())}
    torch.manual_seed(seed + 2)
    model = DiscreteBaseFlowForFlow(splines(task), distribution_right=bases["right"], distribution_left=bases["left"])

    def loss(step, x, y):  # the directions in turn
        return -(model.log_prob(y, inverse=True) if step % 2 == 0 else model.log_prob(x)).mean()

    seconds = train("flow", model, loss, task, task["transportEpochs"], left, right)
    path = folder / "flow.safetensors"
    save_file({name: value.clone() for name, value in model.state_dict().items()}, path.with_suffix(".part"), metadata={"seconds": str(seconds)})
    path.with_suffix(".part").rename(path)
    print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
