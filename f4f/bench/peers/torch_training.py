"""The paper's optimisation for a torch module: Adam, a cosine to zero, gradients clipped at 5."""

import torch

from protocol import Case


def trainer(case: Case, module, loss, *tensors):
    """loss(step, *rows of tensors) is what a step minimises."""
    trained = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=10**6)
    batches = case.batches()
    step = 0

    def run(n):
        nonlocal step
        for _ in range(n):
            rows = torch.from_numpy(next(batches))
            optimiser.zero_grad()
            loss(step, *(t[rows] for t in tensors)).backward()
            torch.nn.utils.clip_grad_norm_(trained, 5.0)
            optimiser.step()
            schedule.step()
            step += 1
        return n

    return run


def evaluator(case: Case, evaluate, *tensors):
    """evaluate(*rows of tensors) for chunk after chunk of the points; a unit is a chunk."""
    at = 0

    def run(n):
        nonlocal at
        with torch.no_grad():
            for _ in range(n):
                at = at if at + case.batch <= case.rows else 0
                evaluate(*(t[at : at + case.batch] for t in tensors))
                at += case.batch
        return n

    return run


def size(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad)
