"""Load exported flows into nflows and flows4flows, strictly, and write what they give.

    PYTHONPATH=flows4flows python ask_nflows.py EXPORTED POINTS ANSWERS [EXPORTED POINTS ANSWERS …]

EXPORTED is a file that ExportNFlows wrote, POINTS has x, z, c of a density or x, y, cx, cy of a transport, and ANSWERS is written with them and with what make_nflows_flows.py tells of. It
needs what that program needs.
"""

import sys

import torch
from ffflows.models import *  # noqa: F403 - the exported code names them
from nflows.distributions import StandardNormal  # noqa: F401
from nflows.flows import Flow  # noqa: F401
from nflows.nn.nets import ResidualNet  # noqa: F401
from nflows.transforms import *  # noqa: F403
from nflows.transforms.permutations import Permutation  # noqa: F401
from nflows.transforms.standard import PointwiseAffineTransform  # noqa: F401
from nflows.utils import create_alternating_binary_mask  # noqa: F401
from safetensors import safe_open
from safetensors.torch import load_file, save_file


def triangular_solve(b, a, upper, unitriangular):
    """What nflows 0.14 calls in LULinear's inverse, and later versions of torch lack."""
    return torch.linalg.solve_triangular(a, b, upper=upper, unitriangular=unitriangular), None


def answers(model, given):
    """What a flow gives in float64, and how far its own float32 is from that."""

    def gives(dtype):
        precise = model.to(dtype)
        x, z, y, c, cx, cy = (given[k].to(dtype) if k in given else None for k in ("x", "z", "y", "c", "cx", "cy"))
        with torch.no_grad():
            if z is not None:
                return {"encoded": precise.transform_to_noise(x, c), "log_prob": precise.log_prob(x, c), "decoded": precise._transform.inverse(z, c)[0]}
            return {
                "forward": precise.transform(x, cx, cy)[0],
                "log_prob_left": precise.log_prob(x, cx, cy),
                "inverse": precise.transform(y, cy, cx, inverse=True)[0],
                "log_prob": precise.log_prob(y, cy, cx, inverse=True),
            }

    double, single = gives(torch.float64), gives(torch.float32)  # in this order, which rounds no weight of float64
    print({k: f"{(single[k].double() - double[k]).abs().max():.1e}" for k in double}, "is nflows' own float32 error")
    return double


def main():
    torch.triangular_solve = triangular_solve
    files = sys.argv[1:]
    for exported, points, written in zip(files[::3], files[1::3], files[2::3]):
        with safe_open(exported, "pt") as f:
            metadata = f.metadata()
        model = eval(metadata["python"])  # of a file that we have just written
        model.load_state_dict(load_file(exported), strict=True)
        given = load_file(points)
        given = {k: v for k, v in given.items() if k in ("x", "z", "y", "c", "cx", "cy")}
        save_file(given | {k: v.contiguous() for k, v in answers(model.eval(), given).items()}, written)


if __name__ == "__main__":
    main()
