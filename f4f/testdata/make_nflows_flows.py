"""Make nflows_*.safetensors, state dicts of nflows and flows4flows, and what those flows give, for the tests of importing and exporting.

    python3 -m venv venv && . venv/bin/activate
    pip install torch numpy safetensors && pip install --no-deps nflows==0.14
    git clone https://github.com/jraine/flows4flows           # in no package registry; made with a29fb4a
    PYTHONPATH=flows4flows python make_nflows_flows.py        # writes beside this file
    PYTHONPATH=flows4flows python make_nflows_flows.py FOLDER # writes there, a large one too, which it trains

nflows_CASE.safetensors is a model's state dict, as anyone would save it; nflows_CASE_gives.safetensors has points and what the model, in float64, makes of them:

    a density       x [N, D], z [N, D], c [N, C] where it has a condition: encoded [N, D] and log_prob [N] at x, decoded [N, D] of z
    a transport     x, y [N, D], cx, cy [N, C] where it has conditions: forward and log_prob_left at x, from cx to cy; inverse and log_prob at y, from cy to cx
"""

import pathlib
import sys

import torch
from ffflows.models import (
    BaseFlow,
    ConcatFlowForFlow,
    DeltaFlowForFlow,
    DiscreteBaseConditionFlowForFlow,
    DiscreteBaseFlowForFlow,
)
from nflows.distributions import StandardNormal
from nflows.flows import Flow
from nflows.nn.nets import ResidualNet
from nflows.transforms import (
    CompositeTransform,
    LULinear,
    MaskedPiecewiseRationalQuadraticAutoregressiveTransform,
    PiecewiseRationalQuadraticCouplingTransform,
    PointwiseAffineTransform,
    RandomPermutation,
    ReversePermutation,
)
from nflows.utils import create_alternating_binary_mask
from safetensors.torch import save_file, save_model

FOLDER = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).parent
ROWS = 36


def triangular_solve(b, a, upper, unitriangular):
    """What nflows 0.14 calls in LULinear's inverse, and later versions of torch lack."""
    return torch.linalg.solve_triangular(a, b, upper=upper, unitriangular=unitriangular), None


def spline(features, hidden, blocks, bins, bound, condition=None):
    return MaskedPiecewiseRationalQuadraticAutoregressiveTransform(
        features=features, hidden_features=hidden, context_features=condition, num_bins=bins, tails="linear", tail_bound=bound, num_blocks=blocks
    )


def coupling(features, hidden, blocks, bins, bound, condition, even):
    return PiecewiseRationalQuadraticCouplingTransform(
        create_alternating_binary_mask(features, even=even),
        lambda inputs, outputs: ResidualNet(inputs, outputs, hidden_features=hidden, context_features=condition, num_blocks=blocks),
        num_bins=bins,
        tails="linear",
        tail_bound=bound,
    )


def stack(layers, between, last=False):
    """Layers with a transform that between makes after each, after the last one if so asked."""
    chain = []
    for layer in layers:
        chain += [layer, between()]
    return CompositeTransform(chain if last else chain[:-1])


def redrawn(model, seed):
    """The model with weights far from their start, where every one of them matters, and no farther than float32 still gives log-probs to 1e-5."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            spread = p.shape[-1] ** -0.5 if p.dim() == 2 else 0.3
            p.copy_((0.1 if "final_layer" in name else 1.0) * spread * torch.randn(p.shape, generator=generator))
    return model.eval()


def points(bound, *shape):
    """Float32 points within the bound and, some of their features, a little beyond."""
    return (2.2 * bound * torch.rand(*shape) - 1.1 * bound).double()


def write(case, given):
    """Write what a model gives, in float64 but for the points, which are float32 as the model was given them."""
    path = FOLDER / f"nflows_{case}_gives.safetensors"
    save_file({k: (v.float() if k in ("x", "y", "z", "c", "cx", "cy") else v).contiguous() for k, v in given.items()}, path)
    print(f"{case}: {(FOLDER / f'nflows_{case}.safetensors').stat().st_size} and {path.stat().st_size} bytes")


def density(case, flow, dim, bound, condition=0):
    """What an nflows Flow gives."""
    flow = flow.double()
    x, z = points(bound, ROWS, dim), points(bound, ROWS, dim)
    c = torch.randn(ROWS, condition).float().double() if condition else None
    x, z = x.float().double(), z.float().double()
    with torch.no_grad():
        given = {"x": x, "z": z, "encoded": flow.transform_to_noise(x, c), "log_prob": flow.log_prob(x, c), "decoded": flow._transform.inverse(z, c)[0]}
    write(case, given | ({"c": c} if condition else {}))


def transport(case, model, dim, bound, condition=0, shared=False):
    """What a flows4flows model gives."""
    model = model.double()
    x, y = points(bound, ROWS, dim).float().double(), points(bound, ROWS, dim).float().double()
    cx, cy = (torch.randn(ROWS, condition).float().double() if condition else None for _ in range(2))
    if shared:
        cy = cx
    with torch.no_grad():
        given = {
            "x": x,
            "y": y,
            "forward": model.transform(x, cx, cy)[0],
            "log_prob_left": model.log_prob(x, cx, cy),
            "inverse": model.transform(y, cy, cx, inverse=True)[0],
            "log_prob": model.log_prob(y, cy, cx, inverse=True),
        }
    write(case, given | ({"cx": cx, "cy": cy} if condition else {}))


def trained(flow, steps):
    """The flow after so many steps on the ring of radius 2."""
    torch.set_num_threads(1)  # more only wait for one another in so small a flow
    optimizer = torch.optim.Adam(flow.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        angle = 2 * torch.pi * torch.rand(128)
        x = 2 * torch.stack([angle.cos(), angle.sin()], 1) + 0.3 * torch.randn(128, 2)
        optimizer.zero_grad()
        loss = -flow.log_prob(x).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(flow.parameters(), 5.0)
        optimizer.step()
        schedule.step()
    print(f"trained to {loss.item():.3f} nats")
    return flow.eval()


def main():
    torch.triangular_solve = triangular_solve
    torch.manual_seed(7)

    # The paper's architecture, narrower.
    flow = Flow(stack([spline(2, 10, 2, 8, 4.0) for _ in range(4)], lambda: ReversePermutation(2)), StandardNormal([2]))
    save_file(redrawn(flow, 1).state_dict(), FOLDER / "nflows_paper.safetensors", metadata={"tail_bound": "4"})
    density("paper", flow, 2, 4.0)

    # An LU linear map after every layer, composites within composites, float64.
    layers = [CompositeTransform([spline(5, 8, 1, 4, 3.5), LULinear(5)]) for _ in range(2)]
    flow = Flow(CompositeTransform(layers), StandardNormal([5]))
    save_file(redrawn(flow, 2).double().state_dict(), FOLDER / "nflows_lu.safetensors")
    density("lu", flow, 5, 3.5)

    # A condition, random permutations, a scaler, and a model around the flow.
    scaler = PointwiseAffineTransform(shift=torch.tensor([0.5, -1.0, 0.0]), scale=torch.tensor([2.0, 0.5, 1.25]))
    flow = Flow(CompositeTransform([scaler, stack([spline(3, 10, 2, 6, 5.0, 2) for _ in range(2)], lambda: RandomPermutation(3))]), StandardNormal([3]))
    around = torch.nn.ModuleDict({"flow": redrawn(flow, 3), "other": torch.nn.Linear(2, 2)})
    save_file(around.state_dict(), FOLDER / "nflows_conditional.safetensors")
    density("conditional", flow, 3, 5.0, 2)

    # One feature and one layer, no composite.
    flow = Flow(spline(1, 8, 1, 4, 4.0, 1), StandardNormal([1]))
    save_file(redrawn(flow, 4).state_dict(), FOLDER / "nflows_one.safetensors")
    density("one", flow, 1, 4.0, 1)

    # Coupling layers in turn.
    flow = Flow(CompositeTransform([coupling(4, 8, 1, 5, 4.0, 1, even) for even in (True, False)]), StandardNormal([4]))
    save_file(redrawn(flow, 5).state_dict(), FOLDER / "nflows_coupling.safetensors")
    density("coupling", flow, 4, 4.0, 1)

    def base(condition=None):
        return BaseFlow(CompositeTransform([spline(2, 6, 1, 4, 4.0, condition)]), StandardNormal([2]))

    def top(condition=None):
        return stack([spline(2, 6, 1, 5, 4.0, condition) for _ in range(2)], lambda: ReversePermutation(2), last=True)

    # flows4flows' models have their right base under several names, which save_model saves once; the state dict of one has each.
    model = redrawn(DiscreteBaseFlowForFlow(top(), distribution_right=base(), distribution_left=base()), 6)
    save_file({name: value.clone() for name, value in model.state_dict().items()}, FOLDER / "nflows_transport.safetensors")
    transport("transport", model, 2, 4.0)
    for case, make, seen, shared in (
        ("difference", DeltaFlowForFlow, 1, False),
        ("both", ConcatFlowForFlow, 2, False),
        ("shared", DiscreteBaseConditionFlowForFlow, 1, True),
    ):
        bases = {"distribution_right": base(1)} | ({"distribution_left": base(1)} if shared else {})
        model = redrawn(make(top(seen), **bases), 8)
        save_model(model, str(FOLDER / f"nflows_{case}.safetensors"), metadata={"tail_bound": "4"})
        transport(case, model, 2, 4.0, 1, shared)

    if sys.argv[1:]:
        # The paper's flow in its own size, after a training.
        flow = trained(Flow(stack([spline(2, 128, 2, 8, 4.0) for _ in range(4)], lambda: ReversePermutation(2)), StandardNormal([2])), 300)
        save_file(flow.state_dict(), FOLDER / "nflows_trained.safetensors", metadata={"tail_bound": "4"})
        density("trained", flow, 2, 4.0)


if __name__ == "__main__":
    main()
