"""zuko by its tutorial "Train from data": a neural spline flow of three transformations, Adam at 1e-3, batches of 64, eight epochs.

Its documentation recommends to standardise features for this flow; the tutorial leaves points of the plane as they are.
Angles get its neural circular spline flow, NCSF, instead.
"""

import torch
import zuko

from quality import serve

# Batches of 64 are too small to split: at its fastest a step takes 3.0 ms in one thread and 3.6
# in two, and in two many times as long where the cores are busy with something else.
torch.set_num_threads(1)


class Learner:
    batch, points_of_an_epoch, drop_last = 64, 16384, False

    def __init__(self, task, dim):
        torch.manual_seed(task.seed)
        self.standardise = task.table
        flow = zuko.flows.NCSF if task.angles else zuko.flows.NSF  # circular splines
        self.flow = flow(features=dim, transforms=3, hidden_features=(64, 64))
        self.optimizer = torch.optim.Adam(self.flow.parameters(), lr=1e-3)

    def step(self, x):
        loss = -self.flow().log_prob(torch.from_numpy(x)).mean()
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()

    def loss(self, x):
        with torch.no_grad():
            return -self.flow().log_prob(torch.from_numpy(x)).mean().item()

    def weights(self):
        return {name: value.clone() for name, value in self.flow.state_dict().items()}

    def log_prob(self, weights, x):
        self.flow.load_state_dict(weights)
        with torch.no_grad():
            return self.flow().log_prob(torch.from_numpy(x)).numpy()

    def stops(self, losses):
        return len(losses) == 8

    def parameters(self):
        return sum(p.numel() for p in self.flow.parameters())


if __name__ == "__main__":
    serve(Learner)
