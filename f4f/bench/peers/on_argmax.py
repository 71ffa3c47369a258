"""An argmax flow as its paper describes it (Hoogeboom et al. 2021, arXiv:2102.05379), written for PyTorch from the paper, of one feature.

The numbers v of the classes have a density p(v), and the class is the largest. Training draws v from q(v|class): a conditional flow draws u, the
number of the class is u there, and the others are below it by the paper's threshold, T − softplus(T − u). Both flows are of the case's splines by nflows;
that of q has one layer, whose draws take one pass.
"""

import torch
from nflows.distributions.normal import StandardNormal
from nflows.flows import Flow
from torch.nn import functional as F

from on_nflows import spline_layers
from protocol import Case, Missing, serve
from torch_training import size, trainer


class ArgmaxFlow(torch.nn.Module):
    def __init__(self, case):
        super().__init__()
        self.density = Flow(spline_layers(case, 0), StandardNormal([case.dim]))
        self.noise = spline_layers(Case({**vars(case), "layers": 1}), case.dim)

    def bound(self, x):
        """A lower bound of log P of classes x, one-hot [batch, classes]."""
        e = torch.randn_like(x)
        u, log_det = self.noise(e, x)
        log_q = torch.distributions.Normal(0, 1).log_prob(e).sum(1) - log_det
        below = (x * u).sum(1, keepdim=True) - u
        v = u + (1 - x) * (below - F.softplus(below))
        log_q = log_q - ((1 - x) * F.logsigmoid(below)).sum(1)
        return self.density.log_prob(v) - log_q


def build(case: Case):
    if case.work != "argmax step":
        raise Missing
    flow = ArgmaxFlow(case)
    return size(flow), trainer(case, flow, lambda _, x: -flow.bound(x).mean(), torch.from_numpy(case.points()))


if __name__ == "__main__":
    serve(build)
