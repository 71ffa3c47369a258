"""Make the reference vectors nflows_*.json from nflows, for the tests of package bijection.

    python3 -m venv venv && . venv/bin/activate
    pip install torch==1.13.1 numpy==1.26.4
    pip install --no-deps nflows==0.14
    python make_nflows_vectors.py             # writes beside this file; the same bytes each time

Every weight is a multiple of 1/256 and every input a float32, printed in full, so that whoever reads them as float32 or
as float64 has the same numbers, and both precisions can be held to expected64.

The layout of a file:

    case, about                     its name, and what it holds in a sentence
    versions                        of nflows and of torch
    config                          features, hidden, blocks, bins, tail_bound, context (0: none), ...
    chain                           the transforms in forward order; each has a kind (autoregressive, reverse, lu, coupling or
                                    spline) and the prefix of its parameters
    parameters {name: tensor}       trainable, under nflows' name; a tensor is {shape, values}, row-major. A linear layer's
                                    weight is [out, in]; a masked one's is used as weight * mask.
    buffers {name: tensor}          masks and degrees of MADE, index lists of couplings and permutations
    labels [N]                      what each row is there for
    x [N, D], context [N, C]        the forward map's input; no context key where C = 0
    y [N, D]                        the inverse map's input, rows of its own under the same context (not forward(x))
    expected64, expected32          nflows' own results in float64 and in float32:
        forward [N, D], forward_logdet [N]      y and log|det dy/dx| at x
        inverse [N, D], inverse_logdet [N]      x and log|det dx/dy| at y
    float32_error                   the largest |expected32 - expected64| of each over all rows. Below 5e-5 but in rows labelled
                                    "large" or "one large", whose networks or matrices meet 1e3: there float32 can do no
                                    better, so allow for the row's own |expected32 - expected64|.

How nflows 0.14 wires its networks, D features, H hidden units, C context features, K bins, a = ReLU:

    MADE (autoregressive), every W masked:
        h = W_i x + b_i                                         autoregressive_net.initial_layer
        h = h + a(V c + v)                                      autoregressive_net.context_layer, only with a context c
        for each block:
            t = W_0 a(h) + b_0                                  blocks.j.linear_layers.0
            t = t + (U c + u)                                   blocks.j.context_layer, only with a context; no activation, no gate
            t = W_1 a(t) + b_1                                  blocks.j.linear_layers.1
            h = h + t
        p = W_f h + b_f, [D * (3K - 1)]                         final_layer; no activation before it
    degrees: inputs 1, ..., D; hidden unit j has min(1, D - 1) + j mod max(1, D - 1), the same in each hidden layer, context or
    not (so all 0 where D = 1); output feature d has degree d for each of its 3K - 1 values. Masks: hidden out >= in; final out > in.
    So with D >= 2 no hidden unit that sees the context reaches the first feature. Context layers have no mask.

    ResidualNet (coupling), nothing masked, x the untouched features:
        h = W_i [x, c] + b_i                                    transform_net.initial_layer, the context concatenated last
        for each block:
            t = W_1 a(W_0 a(h) + b_0) + b_1
            t = t * sigmoid(U c + u)                            blocks.j.context_layer, only with a context
            h = h + t
        p = W_f h + b_f

    Either way p is [features, 3K - 1], feature by feature: K widths, K heights, K - 1 inner derivatives. A coupling
    divides widths and heights by sqrt(H) before the softmax; an autoregressive layer of 0.14 does not: it would if its
    MADE had an attribute hidden_features, and it has none.
"""

import json
import math
import pathlib
import warnings

import numpy as np
import torch
from torch import nn

import nflows.transforms as transforms
from nflows.nn.nets import ResidualNet
from nflows.transforms.splines.rational_quadratic import unconstrained_rational_quadratic_spline
from nflows.utils import create_alternating_binary_mask
from nflows.version import __version__ as nflows_version

HERE = pathlib.Path(__file__).parent
BINS = 8
BOUND = 4.0
MIN_WIDTH = 1e-3  # nflows' DEFAULT_MIN_BIN_WIDTH

# triangular_solve, in nflows' LULinear, is deprecated in torch 1.13.
warnings.filterwarnings("ignore", message=".*triangular_solve.*")


def coarse(values):
    """Round to multiples of 1/256: short to print, and exact in float32."""
    return torch.round(values * 256) / 256


def redraw(module, generator, output_scale):
    """Weights far from nflows' start, so that the splines are curved and each weight matters.

    Hidden layers: N(0, 1 / fan_in). Final layers: output_scale times that. Biases: N(0, 1/4), final ones N(0, output_scale²).
    LU entries: N(0, 1/4), the diagonal's about nflows' identity start.
    """

    def normal(tensor, std, mean=0.0):
        with torch.no_grad():
            tensor.copy_(coarse(mean + std * torch.randn(tensor.shape, generator=generator)))

    for name, part in module.named_modules():
        if isinstance(part, nn.Linear):
            scale = output_scale if name.endswith("final_layer") else 1.0
            normal(part.weight, scale / math.sqrt(part.in_features))
            normal(part.bias, scale if name.endswith("final_layer") else 0.5)
        elif isinstance(part, transforms.LULinear):
            normal(part.lower_entries, 0.5)
            normal(part.upper_entries, 0.5)
            normal(part.unconstrained_upper_diag, 0.5, mean=0.5)
            normal(part.bias, 0.5)


def knots(logits):
    """The bin edges, [..., K + 1], of unnormalised widths [..., K]."""
    widths = MIN_WIDTH + (1 - MIN_WIDTH * logits.shape[-1]) * torch.softmax(logits.double(), dim=-1)
    edges = 2 * BOUND * torch.cumsum(widths, dim=-1) - BOUND
    edges[..., -1] = BOUND
    return torch.cat([torch.full_like(edges[..., :1], -BOUND), edges], dim=-1)


def rows(features, generator):
    """Labels [N] and points [N, D], whatever the map: inside, near and on the bound, beyond it, tiny and large."""
    labels, points = [], []

    def add(label, *row):
        labels.append(label)
        points.append(row)

    for point in (torch.rand(12, features, generator=generator) * 7.8 - 3.9).tolist():
        add("inside", *point)
    for sign in (1, -1):
        add("on the bound", *[sign * BOUND] * features)
        add("one ulp inside the bound", *[sign * float(np.nextafter(np.float32(BOUND), np.float32(0)))] * features)
        add("one ulp beyond the bound", *[sign * float(np.nextafter(np.float32(BOUND), np.float32(9)))] * features)
        add("beyond the bound", *[sign * (4.25 + d) for d in range(features)])
        add("tiny", *[sign * 1e-6] * features)
        add("large", *[sign * 1e3 * (d + 1) for d in range(features)])
    add("zero", *[0.0] * features)
    for feature in range(features):
        inside = (torch.rand(features, generator=generator) * 6 - 3).tolist()
        for label, value in (("one on the bound", BOUND), ("one beyond the bound", -5.5), ("one large", 1e3)):
            add(label, *[value if d == feature else v for d, v in enumerate(inside)])
    return labels, torch.tensor(points, dtype=torch.float32)


def tensor(values):
    """A tensor of the file: a shape and the values row by row."""
    return {"shape": list(values.shape), "values": plain(values.reshape(-1))}


def plain(values):
    """Nested lists of numbers that print in full: a float32 as the float64 it equals."""
    return values.tolist() if not values.is_floating_point() else values.double().tolist()


def expected(run, x, y, context, dtype):
    """What run, a function of (points, context, inverse), gives in one precision."""
    context = None if context is None else context.to(dtype)
    with torch.no_grad():
        forward, forward_logdet = run(x.to(dtype), context, False)
        inverse, inverse_logdet = run(y.to(dtype), context, True)
    return {
        "forward": forward,
        "forward_logdet": forward_logdet,
        "inverse": inverse,
        "inverse_logdet": inverse_logdet,
    }


def write(case, about, config, chain, parameters, buffers, labels, x, y, context, results64, results32):
    """Write nflows_<case>.json, one line a tensor, and say how well float32 does."""
    error = {k: float((results32[k].double() - results64[k]).abs().max()) for k in results64}
    for name, result in results64.items():
        if not torch.isfinite(result).all():
            raise SystemExit(f"{case}: {name} is not finite")
    document = {
        "case": case,
        "about": about,
        "versions": {"nflows": nflows_version, "torch": torch.__version__.split("+")[0]},
        "config": config,
        "chain": chain,
        "parameters": {k: tensor(v) for k, v in parameters.items()},
        "buffers": {k: tensor(v) for k, v in buffers.items()},
        "labels": labels,
        "x": plain(x),
        "y": plain(y),
    }
    if context is not None:
        document["context"] = plain(context)
    document["expected64"] = {k: plain(v) for k, v in results64.items()}
    # float32 results in their short form: they are compared, not computed with.
    document["expected32"] = {k: short(v) for k, v in results32.items()}
    document["float32_error"] = {k: float(f"{v:.2g}") for k, v in error.items()}

    path = HERE / f"nflows_{case}.json"
    path.write_text(lines(document) + "\n")
    print(f"{path.name}: {path.stat().st_size // 1024} kB, {len(labels)} rows, float32 error", document["float32_error"])


def short(values):
    """The shortest decimals that read back as the same float32."""
    if values.dim() == 1:
        return [float(str(v)) for v in values.numpy()]
    return [short(row) for row in values]


def lines(value, depth=0):
    """JSON with objects spread over lines and lists kept on one."""
    if not isinstance(value, dict) or set(value) == {"shape", "values"}:
        text = json.dumps(value, separators=(",", ":"))
        return text.replace(".0,", ",").replace(".0]", "]")
    pad = " " * (depth + 1)
    body = ",\n".join(f"{pad}{json.dumps(k)}: {lines(v, depth + 1)}" for k, v in value.items())
    return "{\n" + body + "\n" + " " * depth + "}" if value else "{}"


def network(case, about, config, chain, transform, seed, output_scale):
    """A case made of a transform with weights: redraw them, choose inputs, run in both precisions."""
    generator = torch.Generator().manual_seed(seed)
    redraw(transform, generator, output_scale)
    transform.eval()
    features, context_features = config["features"], config.get("context", 0)

    labels, x = rows(features, generator)
    _, y = rows(features, generator)
    context = None
    if context_features:
        context = torch.randn(len(x) + BINS + 1, context_features, generator=generator)
    first = next((part for part in transform.modules() if hasattr(part, "autoregressive_net")), None)
    if first is None:
        context = None if context is None else context[: len(x)]
    else:
        edge_context = None if context is None else context[len(x) :]
        on_edges = edge_rows(first, features, edge_context)
        with torch.no_grad():
            on_heights, _ = transform(on_edges, edge_context)
        labels = labels + ["on the bin edges of the first layer"] * len(on_edges)
        x, y = torch.cat([x, on_edges]), torch.cat([y, on_heights])

    def run(points, c, inverse):
        precise = transform.to(points.dtype)
        return (precise.inverse if inverse else precise)(points, c)

    results64 = expected(run, x, y, context, torch.float64)
    results32 = expected(run, x, y, context, torch.float32)
    trainable = dict(transform.named_parameters())
    buffers = {k: v for k, v in transform.state_dict().items() if k not in trainable}
    buffers = {k: v.long() for k, v in buffers.items()}
    parameters = {k: v.detach() for k, v in trainable.items()}
    write(case, about, config, chain, parameters, buffers, labels, x, y, context, results64, results32)


def edge_rows(layer, features, context):
    """Points [K + 1, D] whose every feature lies on a bin edge, the k-th in row k, of an autoregressive layer."""
    points = torch.zeros(BINS + 1, features)
    for feature in range(features):
        with torch.no_grad():
            logits = layer.autoregressive_net(points, context).view(BINS + 1, features, -1)[:, feature, :BINS]
        points[:, feature] = knots(logits).diagonal().float()
    return points


def autoregressive(features, hidden, context=None):
    """nflows' autoregressive layer as the paper uses it, on a smaller network."""
    return transforms.MaskedPiecewiseRationalQuadraticAutoregressiveTransform(
        features=features,
        hidden_features=hidden,
        context_features=context,
        num_bins=BINS,
        tails="linear",
        tail_bound=BOUND,
        num_blocks=2,
        use_residual_blocks=True,
    )


def coupling(features, hidden, context=None):
    """nflows' coupling layer on a residual network, which transforms the even features."""
    return transforms.PiecewiseRationalQuadraticCouplingTransform(
        mask=create_alternating_binary_mask(features, even=True),
        transform_net_create_fn=lambda inputs, outputs: ResidualNet(
            inputs, outputs, hidden_features=hidden, context_features=context, num_blocks=2
        ),
        num_bins=BINS,
        tails="linear",
        tail_bound=BOUND,
    )


def config(features, hidden, context=0):
    """The shared part of the configurations."""
    return {
        "features": features,
        "hidden": hidden,
        "blocks": 2,
        "bins": BINS,
        "tail_bound": BOUND,
        "context": context,
        "min_bin_width": 1e-3,
        "min_bin_height": 1e-3,
        "min_derivative": 1e-3,
    }


def spline_alone():
    """Case spline: five splines of given parameters, the same for every row."""
    generator = torch.Generator().manual_seed(41)
    std = torch.tensor([0.5, 1.0, 1.5, 0.0, 0.0])[:, None]
    parameters = {
        "widths": coarse(std * torch.randn(5, BINS, generator=generator)),
        "heights": coarse(std * torch.randn(5, BINS, generator=generator)),
        "derivatives": coarse(std * torch.randn(5, BINS - 1, generator=generator)),
    }
    # The last feature is the identity: softplus(this) + 1e-3 = 1.
    parameters["derivatives"][4] = math.log(math.exp(1 - 1e-3) - 1)

    labels, x = rows(5, generator)
    _, y = rows(5, generator)
    for name, points in (("widths", x), ("heights", y)):
        edges = knots(parameters[name]).float().T.numpy()
        near = [edges, np.nextafter(edges, np.float32(-9)), np.nextafter(edges, np.float32(9))]
        near = torch.from_numpy(np.concatenate(near))
        x, y = (torch.cat([x, near]), y) if name == "widths" else (x, torch.cat([y, near]))
    for label in ("on the bin edges", "one ulp below the bin edges", "one ulp above the bin edges"):
        labels += [label] * (BINS + 1)

    def run(points, _, inverse):
        given = {
            f"unnormalized_{k}": v.to(points.dtype).expand(len(points), -1, -1) for k, v in parameters.items()
        }
        return unconstrained_rational_quadratic_spline(
            points, **given, inverse=inverse, tails="linear", tail_bound=BOUND
        )

    write(
        "spline",
        "Five splines alone: mild, ordinary, strong, all parameters zero, the identity. Parameters are [D, bins], the same "
        "for every row and already divided by whatever divides them; the log-dets are one a feature, [N, D].",
        {k: v for k, v in config(5, 0).items() if k not in ("hidden", "blocks", "context")},
        [{"kind": "spline", "prefix": ""}],
        parameters,
        {},
        labels,
        x,
        y,
        None,
        expected(run, x, y, None, torch.float64),
        expected(run, x, y, None, torch.float32),
    )


def stack(layers):
    """A composite transform and its chain: layers is a list of (kind, transform)."""
    chain = [{"kind": kind, "prefix": f"_transforms.{i}."} for i, (kind, _) in enumerate(layers)]
    return chain, transforms.CompositeTransform([layer for _, layer in layers])


def main():
    """Write all cases.

    The seeds are chosen so that float32 agrees with float64 to 5e-5 in every row but the large ones: a strongly curved
    spline can't promise that at its bin edges.
    """
    torch.manual_seed(0)
    spline_alone()

    network(
        "autoregressive_2d",
        "One autoregressive layer in the plane.",
        config(2, 16),
        [{"kind": "autoregressive", "prefix": ""}],
        autoregressive(2, 16),
        seed=24,
        output_scale=0.5,
    )

    layers = [("autoregressive", autoregressive(2, 16))]
    for _ in range(3):
        layers += [("reverse", transforms.ReversePermutation(2)), ("autoregressive", autoregressive(2, 16))]
    chain, transform = stack(layers)
    network(
        "stack_2d",
        "The paper's architecture at small width: four autoregressive layers with a reversal between them.",
        config(2, 16),
        chain,
        transform,
        seed=15,
        output_scale=0.25,
    )

    chain, transform = stack(
        [("autoregressive", autoregressive(5, 16)), ("lu", transforms.LULinear(5)), ("autoregressive", autoregressive(5, 16))]
    )
    network(
        "stack_5d",
        "Two autoregressive layers in five dimensions with an LU linear map between them.",
        config(5, 16) | {"lu_eps": 1e-3},
        chain,
        transform,
        seed=21,
        output_scale=0.25,
    )

    for features, seed in ((1, 20), (3, 37)):
        network(
            f"conditional_{features}d",
            f"One autoregressive layer of {features} feature(s) given two context features.",
            config(features, 16, context=2),
            [{"kind": "autoregressive", "prefix": ""}],
            autoregressive(features, 16, context=2),
            seed=seed,
            output_scale=0.5,
        )

    for name, context, seed in (("coupling_4d", None, 3), ("coupling_4d_conditional", 2, 19)):
        # Widths and heights are divided by sqrt(16), hence the larger scale.
        network(
            name,
            "One coupling layer that transforms features 0 and 2 given 1 and 3" + (" and two context features." if context else "."),
            config(4, 16, context=context or 0) | {"transformed": [0, 2], "divide_widths_and_heights_by": 4.0},
            [{"kind": "coupling", "prefix": ""}],
            coupling(4, 16, context),
            seed=seed,
            output_scale=1.5,
        )

    network(
        "lu_3d",
        "One LU linear map.",
        {"features": 3, "lu_eps": 1e-3},
        [{"kind": "lu", "prefix": ""}],
        transforms.LULinear(3),
        seed=1,
        output_scale=1.0,
    )


if __name__ == "__main__":
    main()
