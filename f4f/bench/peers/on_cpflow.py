"""A convex potential flow as its paper describes it (Huang et al. 2020, arXiv:2012.05942), written for PyTorch from the paper, as no package has it.

The map is the gradient of softplus(w₁)·ICNN(x) + softplus(w₀)·|x|²/2. The network has softplus activations after an ActNorm, and weights made
positive by a softplus. Its gradient and, row by row, its Hessian come from automatic differentiation; in few dimensions the log-determinant is
that of the whole Hessian. The width and the depth are those of the case.
"""

import torch
from torch.nn import functional as F

from protocol import Case, Missing, serve
from torch_training import size, trainer

# A step's operations are too small to split: two threads gain nothing, and lose much where the
# cores are busy with something else.
torch.set_num_threads(1)


class ActNorm(torch.nn.Module):
    """Scales and shifts each unit, at first to mean 0 and standard deviation 1 over a batch."""

    def __init__(self, units):
        super().__init__()
        self.shift, self.log_scale = torch.nn.Parameter(torch.zeros(units)), torch.nn.Parameter(torch.zeros(units))
        self.started = False

    def forward(self, x):
        if not self.started:
            with torch.no_grad():
                std = x.std(0).clamp_min(1e-3)
                self.log_scale.copy_(-std.log())
                self.shift.copy_(-x.mean(0) / std)
            self.started = True
        return x * self.log_scale.exp() + self.shift


class Positive(torch.nn.Linear):
    """A linear layer with positive weights, of mean 1/inputs."""

    def forward(self, x):
        return F.linear(x, F.softplus(self.weight) / self.in_features, self.bias)


class Potential(torch.nn.Module):
    def __init__(self, dim, hidden, depth):
        super().__init__()
        self.first = torch.nn.Linear(dim, hidden)
        self.skip = torch.nn.ModuleList(torch.nn.Linear(dim, hidden, bias=False) for _ in range(depth - 1))
        self.hidden = torch.nn.ModuleList(Positive(hidden, hidden) for _ in range(depth - 1))
        self.norm = torch.nn.ModuleList(ActNorm(hidden) for _ in range(depth))
        self.last, self.last_skip = Positive(hidden, 1, bias=False), torch.nn.Linear(dim, 1, bias=False)
        self.w0, self.w1 = torch.nn.Parameter(torch.zeros(1)), torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        z = F.softplus(self.norm[0](self.first(x)))
        for hidden, skip, norm in zip(self.hidden, self.skip, self.norm[1:]):
            z = F.softplus(norm(hidden(z) + skip(x)))
        convex = self.last(z) + self.last_skip(x)
        return F.softplus(self.w1) * convex[:, 0] + F.softplus(self.w0) * (x**2).sum(1) / 2

    def log_prob(self, x):
        x = x.requires_grad_()
        y = torch.autograd.grad(self(x).sum(), x, create_graph=True)[0]
        rows = [torch.autograd.grad(y[:, j].sum(), x, create_graph=True)[0] for j in range(x.shape[1])]
        log_det = torch.linalg.slogdet(torch.stack(rows, dim=1))[1]
        return torch.distributions.Normal(0, 1).log_prob(y).sum(1) + log_det


def build(case: Case):
    if case.work != "convex potential step":
        raise Missing
    flow = Potential(case.dim, case.hidden, case.blocks + 1)
    return size(flow), trainer(case, flow, lambda _, x: -flow.log_prob(x).mean(), torch.from_numpy(case.points()))


if __name__ == "__main__":
    serve(build)
