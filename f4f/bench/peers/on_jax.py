"""Plain JAX: the paper's base flow written out in some eighty lines, trained with lax.scan. What the same compiler gives without a library."""

import jax
import jax.numpy as jnp
import numpy as np

from jax_training import evaluator, scanned, size
from protocol import Case, Missing, serve

BOUND, LEAST = 4.0, 1e-3


def masks(case: Case):
    """MADE's masks by degrees, as in nflows."""
    inputs = np.arange(1, case.dim + 1)
    hidden = np.arange(case.hidden) % max(1, case.dim - 1) + min(1, case.dim - 1)
    outputs = np.repeat(inputs, 3 * case.bins - 1)
    among = lambda a, b, strictly: (a[:, None] < b if strictly else a[:, None] <= b).astype(np.float32)
    return among(inputs, hidden, False), among(hidden, hidden, False), among(hidden, outputs, True)


def start(case: Case, rng):
    def linear(n, m, spread):
        return {"w": rng.uniform(-spread, spread, (n, m)).astype(np.float32), "b": rng.uniform(-spread, spread, m).astype(np.float32)}

    layers = []
    for _ in range(case.layers):
        h = case.hidden
        blocks = [(linear(h, h, h**-0.5), linear(h, h, 1e-3)) for _ in range(case.blocks)]
        layers.append({"first": linear(case.dim, h, case.dim**-0.5), "blocks": blocks, "last": linear(h, case.dim * (3 * case.bins - 1), h**-0.5)})
    return jax.tree.map(jnp.asarray, layers)


def network(layer, x, masks):
    first, between, last = masks
    apply = lambda l, mask, h: h @ (l["w"] * mask) + l["b"]
    h = apply(layer["first"], first, x)
    for one, two in layer["blocks"]:
        h = h + apply(two, between, jax.nn.relu(apply(one, between, jax.nn.relu(h))))
    return apply(layer["last"], last, h)


def spline(x, u, bins):
    """The rational-quadratic spline of arXiv:1906.04032 for x [N, D] and u [N, D, 3·bins−1]."""

    def edges(logits):
        shares = LEAST + (1 - LEAST * bins) * jax.nn.softmax(logits)
        inner = jnp.cumsum(shares, -1)[..., :-1] * 2 * BOUND - BOUND
        ends = jnp.full_like(inner[..., :1], BOUND)
        return jnp.concatenate([-ends, inner, ends], -1)

    inside = jnp.abs(x) <= BOUND
    z = jnp.clip(x, -BOUND, BOUND)
    xs, ys = edges(u[..., :bins]), edges(u[..., bins : 2 * bins])
    inner = LEAST + jax.nn.softplus(u[..., 2 * bins :])
    ends = jnp.ones_like(inner[..., :1])
    slopes = jnp.concatenate([ends, inner, ends], -1)
    k = jnp.clip(jnp.sum(z[..., None] >= xs, -1) - 1, 0, bins - 1)
    at = lambda a, i: jnp.take_along_axis(a, i[..., None], -1)[..., 0]
    x0, y0 = at(xs, k), at(ys, k)
    w, h = at(xs, k + 1) - x0, at(ys, k + 1) - y0
    d0, d1 = at(slopes, k), at(slopes, k + 1)
    t, s = (z - x0) / w, h / w
    mixed = t * (1 - t)
    below = s + (d0 + d1 - 2 * s) * mixed
    y = y0 + h * (s * t**2 + d0 * mixed) / below
    slope = 2 * jnp.log(s) + jnp.log(d1 * t**2 + 2 * s * mixed + d0 * (1 - t) ** 2) - 2 * jnp.log(below)
    return jnp.where(inside, y, x), jnp.where(inside, slope, 0.0)


def log_prob(case: Case, layers, x, masks):
    total = 0.0
    for i, layer in enumerate(layers):
        x = x[:, ::-1] if i > 0 else x
        u = network(layer, x, masks).reshape(*x.shape, 3 * case.bins - 1)
        x, slopes = spline(x, u, case.bins)
        total = total + slopes.sum(-1)
    return total - 0.5 * (x**2).sum(-1) - 0.5 * case.dim * np.log(2 * np.pi)


def build(case: Case):
    if case.conditions:
        raise Missing
    layers, fixed = start(case, np.random.default_rng(0)), masks(case)
    match case.work:
        case "base step" | "epoch":
            return size(layers), scanned(case, layers, lambda p, x: -log_prob(case, p, x, fixed).mean(), case.points())
        case "log-prob":
            return size(layers), evaluator(case, lambda _, x: log_prob(case, layers, x, fixed), case.points())
    raise Missing


if __name__ == "__main__":
    serve(build)
