"""The paper's optimisation for a torch module: Adam, a cosine to zero, gradients clipped at 5. It runs on a GPU if there is one, with all points there from the start."""

import torch

from protocol import Case

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def finished():
    """Waits until the GPU has finished."""
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def trainer(case: Case, module, loss, *tensors):
    """loss(step, *rows of tensors) is what a step minimises."""
    module.to(DEVICE)
    tensors = [t.to(DEVICE) for t in tensors]
    trained = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=10**6)
    batches = case.batches()
    step = 0

    def run(n):
        nonlocal step
        for _ in range(n):
            rows = torch.from_numpy(next(batches)).to(DEVICE)
            optimiser.zero_grad()
            loss(step, *(t[rows] for t in tensors)).backward()
            torch.nn.utils.clip_grad_norm_(trained, 5.0)
            optimiser.step()
            schedule.step()
            step += 1
        finished()
        return n

    return run


def evaluator(case: Case, module, evaluate, *tensors):
    """Runs evaluate(*rows of tensors) for one chunk of the points after another; a unit is a chunk, from the host's memory and back to it."""
    module.to(DEVICE)
    at = 0

    def run(n):
        nonlocal at
        with torch.no_grad():
            for _ in range(n):
                at = at if at + case.batch <= case.rows else 0
                result = evaluate(*(t[at : at + case.batch].to(DEVICE) for t in tensors))
                for t in result if isinstance(result, tuple) else (result,):
                    t.cpu()
                at += case.batch
        return n

    return run


def size(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad)
