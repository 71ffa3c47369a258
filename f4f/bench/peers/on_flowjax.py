"""FlowJAX: its masked autoregressive flow of rational-quadratic splines, the paper's width and depth, trained by its own fit_to_data or, asked
for "scan", by many steps of its loss as one program."""

import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import paramax
from flowjax.bijections import RationalQuadraticSpline
from flowjax.distributions import StandardNormal
from flowjax.flows import masked_autoregressive_flow
from flowjax.train import fit_to_data
from flowjax.train.losses import MaximumLikelihoodLoss

from jax_training import evaluator, optimiser, scanned, size
from protocol import Case, Missing, serve


def build(case: Case):
    flow = masked_autoregressive_flow(
        jax.random.key(0),
        base_dist=StandardNormal((case.dim,)),
        transformer=RationalQuadraticSpline(knots=case.bins - 1, interval=4),
        cond_dim=case.conditions or None,
        flow_layers=case.layers,
        nn_width=case.hidden,
        nn_depth=2 * case.blocks + 1,
    )
    parameters, static = eqx.partition(flow, eqx.is_inexact_array, is_leaf=lambda leaf: isinstance(leaf, paramax.NonTrainable))
    arrays = [case.points()]
    if case.conditions:
        arrays.append(case.points("conditions"))
    scan = sys.argv[2:] == ["scan"]

    if case.work in ("base step", "epoch") and scan:
        ml, key = MaximumLikelihoodLoss(), jax.random.key(1)
        return size(parameters), scanned(case, parameters, lambda p, *rows: ml(p, static, *rows, key=key), *arrays)
    if scan:
        raise Missing
    match case.work:
        case "base step" | "epoch":
            optimise, ml = optimiser(), MaximumLikelihoodLoss()
            state = flow

            def run(n):
                nonlocal state
                # A power of two, so that later rounds reuse the programs of earlier ones; one batch is held out, because its loop needs some.
                n = min(n, case.rows // case.batch - 1)
                n = 1 << max(n, 1).bit_length() - 1
                rows = (n + 1) * case.batch
                data = tuple(jnp.asarray(a[:rows]) for a in arrays)
                state, _ = fit_to_data(
                    jax.random.key(2), state, data, loss_fn=ml, optimizer=optimise, max_epochs=1, batch_size=case.batch,
                    val_prop=1 / (n + 1), return_best=False, show_progress=False,
                )
                return n

            return size(parameters), run
        case "log-prob":
            log_prob = eqx.filter_jit(flow.log_prob)
            return size(parameters), evaluator(case, lambda _, x: log_prob(x), *arrays)
        case "sample":
            return size(parameters), evaluator(case, lambda key, x: flow.sample(key, (len(x),)), arrays[0])
    raise Missing


if __name__ == "__main__":
    serve(build)
