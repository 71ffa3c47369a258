"""OT-CFM by torchcfm, with the settings of its tutorial "Flow matching": an MLP of three hidden layers of 64 units, batches of 256 that an exact
optimal transport pairs, a path of width 0.1, and Adam at 1e-3. It trains for as long as there is time; the tutorial takes 20,000 steps.

Points are mapped by an adaptive Runge-Kutta method (dopri5, tolerances 1e-4 as in the tutorial). The log-determinant is the integral of the
divergence along the way, by one derivative for each dimension.
"""

import numpy as np
import torch
from torchcfm import ExactOptimalTransportConditionalFlowMatcher
from torchcfm.models.models import MLP
from torchdiffeq import odeint

from optimal import processor_seconds, serve

torch.set_num_threads(1)
BATCH, SIGMA, TOLERANCE = 256, 0.1, 1e-4


class Learner:
    def __init__(self, task, dim):
        torch.manual_seed(task.seed)
        np.random.seed(task.seed % 2**32)  # torchcfm draws pairs by it
        self.left, self.right = task.batches("left", BATCH), task.batches("right", BATCH)
        self.velocity = MLP(dim=dim, time_varying=True)
        self.optimizer = torch.optim.Adam(self.velocity.parameters())
        self.matcher = ExactOptimalTransportConditionalFlowMatcher(sigma=SIGMA)

    def train(self, seconds):
        start, steps = processor_seconds(), 0
        while processor_seconds() - start < seconds:
            x, y = torch.from_numpy(next(self.left)), torch.from_numpy(next(self.right))
            t, x, u = self.matcher.sample_location_and_conditional_flow(x, y)
            loss = torch.mean((self.at(t[:, None], x) - u) ** 2)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            steps += 1
        return steps, processor_seconds() - start

    def at(self, t, x):
        return self.velocity(torch.cat([x, t.expand(len(x), 1)], dim=1))

    def forward(self, x):
        with torch.no_grad():
            return odeint(self.at, torch.from_numpy(x), torch.tensor([0.0, 1.0]), rtol=TOLERANCE, atol=TOLERANCE, method="dopri5")[-1].numpy()

    def back(self, y):
        def both(t, state):
            with torch.enable_grad():
                x = state[:, :-1].detach().requires_grad_()
                u = self.at(t, x)
                rows = [torch.autograd.grad(u[:, j].sum(), x, retain_graph=True)[0][:, j] for j in range(x.shape[1])]
            return torch.cat([u.detach(), sum(rows)[:, None]], dim=1)

        state = torch.cat([torch.from_numpy(y), torch.zeros(len(y), 1)], dim=1)
        return odeint(both, state, torch.tensor([1.0, 0.0]), rtol=TOLERANCE, atol=TOLERANCE, method="dopri5")[-1].numpy()

    def parameters(self):
        return sum(p.numel() for p in self.velocity.parameters())


if __name__ == "__main__":
    serve(Learner)
