"""The steps of the quickstart, written for FlowJAX 19 and matplotlib: python quickstart_flowjax.py [FOLDER]

A cell each, in the notebook's order, which a test counts beside the notebook's: what is written for one must not be longer than for the other. Of the same distributions, which FlowJAX doesn't have,
the first part is not counted. The flows are FlowJAX's own autoregressive ones of rational-quadratic splines, trained for as many steps of as many points. Run as a program it takes some minutes;
with a FOLDER it saves the figures there.
"""

import sys

import matplotlib
import numpy as np

matplotlib.use("agg")


def four_circles(n, seed):
    rng = np.random.default_rng(seed)
    angle, radius = rng.uniform(0, 2 * np.pi, n), rng.normal(2, 0.1, n)
    return rng.choice([-1, 1], (n, 2)) + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)


def checkerboard(n, seed):
    rng = np.random.default_rng(seed)
    column = rng.integers(4, size=n)
    row = 2 * rng.integers(2, size=n) + column % 2
    return 2 * (np.stack([column, row], 1) + rng.uniform(size=(n, 2))) - 4


def show():
    if len(sys.argv) > 1:
        plt.savefig(f"{sys.argv[1]}/figure-{plt.gcf().number}.png", dpi=80)


# %% Two distributions, and a plan for each
import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import matplotlib.pyplot as plt
from flowjax.bijections import Chain, Invert, RationalQuadraticSpline
from flowjax.distributions import StandardNormal, Transformed
from flowjax.flows import masked_autoregressive_flow
from flowjax.train import fit_to_data
from paramax import unwrap

def flow(seed):
    spline = RationalQuadraticSpline(knots=8, interval=4)
    return masked_autoregressive_flow(jr.key(seed), base_dist=StandardNormal((2,)), transformer=spline)

def fit(flow, steps, *samples, **options):
    points = [sample(steps * 142, seed) for seed, sample in enumerate(samples)]  # a tenth is held out
    return fit_to_data(jr.key(0), flow, points, max_epochs=1, batch_size=128, **options)

fig, axes = plt.subplots(1, 2, figsize=(8, 4))
for ax, sample in zip(axes, (four_circles, checkerboard)):
    ax.hist2d(*sample(100_000, 0).T, bins=200)
    ax.set_aspect("equal")
show()

# %% A base for each
circles, _ = fit(flow(0), 8_000, four_circles)
board, _ = fit(flow(1), 8_000, checkerboard)
grid = jnp.stack(jnp.meshgrid(*2 * [jnp.linspace(-4.5, 4.5, 200)]), -1)
fig, axes = plt.subplots(2, 2, figsize=(8, 8))
for row, base in zip(axes, (circles, board)):
    row[0].hist2d(*base.sample(jr.key(0), (100_000,)).T, bins=200)
    row[1].pcolormesh(grid[..., 0], grid[..., 1], jnp.exp(base.log_prob(grid)))
show()

# %% How far are they from the truth?
def kl(entropy, log_prob):
    lost = -entropy - log_prob
    return f"{lost.mean():.4f} ± {lost.std() / len(lost) ** 0.5:.4f}"

h_circles, h_board = 2.870819, 5 * np.log(2)
print(f"four circles: true entropy {h_circles:.4f} nats, KL of the base {kl(h_circles, circles.log_prob(four_circles(50_000, 1)))} nats")
print(f"checkerboard: true entropy {h_board:.4f} nats, KL of the base {kl(h_board, board.log_prob(checkerboard(50_000, 1)))} nats")

# %% The flow for flow
def both_ways(left, right, weight=0):
    @eqx.filter_jit
    def loss(params, static, x, y, key):
        bijection = unwrap(eqx.combine(params, static))
        forward = Transformed(right, Invert(bijection)).log_prob(x)
        inverse = Transformed(left, bijection).log_prob(y)
        moved = abs(jax.vmap(bijection.transform)(x) - x).sum(1)
        return (weight * moved - forward / 2 - inverse / 2).mean()
    return loss

gamma, losses = fit(flow(2).bijection, 16_000, four_circles, checkerboard, loss_fn=both_ways(circles, board))
print(losses)

# %% The picture
def coloured(x, **arrived):
    colours = np.c_[(x - x.min(0)) / np.ptp(x, 0), np.full(len(x), 0.5)]
    fig, axes = plt.subplots(1, 1 + len(arrived), figsize=(4 + 4 * len(arrived), 4))
    for ax, (name, y) in zip(axes, {"input": x, **arrived}.items()):
        ax.scatter(*y.T, s=0.2, c=colours)
        ax.set(title=name, aspect="equal")
    show()

transfer = Chain([Invert(circles.bijection), board.bijection])
x = four_circles(100_000, 7)
coloured(x, flow_for_flow=jax.vmap(gamma.transform)(x), base_transfer=jax.vmap(transfer.transform)(x))

# %% The way back
y = checkerboard(100_000, 8)
x = jax.vmap(gamma.inverse)(y)
coloured(y, inverse=x)
d = jax.vmap(gamma.transform)(x) - y
print("L1", abs(d).sum(1).mean(), "L2", (d**2).sum(1).mean(), "Euclidean", jnp.hypot(*d.T).mean())

# %% The numbers
x = four_circles(50_000, 9)
for name, m in {"flow for flow": gamma, "base transfer": transfer}.items():
    d = jax.vmap(m.transform)(x) - x
    moved = f"L1 {abs(d).sum(1).mean():.3f}, L2 {(d**2).sum(1).mean():.3f}, Euclidean {jnp.hypot(*d.T).mean():.3f}"
    print(f"{name}: KL {kl(h_board, Transformed(circles, m).log_prob(checkerboard(50_000, 2)))} nats, moved {moved}")

# %% Moving no further than needed
twin, _ = fit(flow(3), 8_000, four_circles)
x = four_circles(100_000, 10)
arrived = {}
for name, weight in {"flow_for_flow": 0, "with_the_L1_penalty": 1}.items():
    m, _ = fit(flow(4).bijection, 8_000, four_circles, four_circles, loss_fn=both_ways(circles, twin, weight))
    arrived[name] = jax.vmap(m.transform)(x)
    d = arrived[name] - x
    moved = f"L1 {abs(d).sum(1).mean():.3f}, L2 {(d**2).sum(1).mean():.3f}, Euclidean {jnp.hypot(*d.T).mean():.3f}"
    print(f"{name:20} KL {kl(h_circles, Transformed(circles, m).log_prob(four_circles(50_000, 3)))} nats, moved {moved}")
coloured(x, **arrived)

# %% Keep it
import os
import tempfile

path = os.path.join(tempfile.gettempdir(), "circles-to-checkerboard.eqx")
eqx.tree_serialise_leaves(path, (gamma, circles, board))
t, left, right = eqx.tree_deserialise_leaves(path, (flow(2).bijection, flow(0), flow(1)))
print("maps three points to", jax.vmap(t.transform)(four_circles(3, 11)))
os.remove(path)
