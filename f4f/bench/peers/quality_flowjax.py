"""FlowJAX by its example "Unconditional density estimation": a masked autoregressive flow of splines with 8 knots on [-4, 4], standardised points,
fit_to_data at 1e-3 with what else it does by default: Adam, batches of 100, a tenth held out, and an end after 100 epochs or more than 5 without a
better loss.

fit_to_data can't be told to end by the clock. This does what its loop does, by the functions it is made of.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import paramax
from flowjax.bijections import RationalQuadraticSpline
from flowjax.distributions import Normal
from flowjax.flows import masked_autoregressive_flow
from flowjax.train.losses import MaximumLikelihoodLoss
from flowjax.train.train_utils import count_fruitless, step

from quality import serve


class Learner:
    batch, points_of_an_epoch, drop_last, standardise = 100, 10_000, True, True

    def __init__(self, task, dim):
        self.key, key = jr.split(jr.key(task.seed))
        flow = masked_autoregressive_flow(
            key, base_dist=Normal(jnp.zeros(dim)), transformer=RationalQuadraticSpline(knots=8, interval=4)
        )
        self.params, self.static = eqx.partition(flow, eqx.is_inexact_array, is_leaf=lambda leaf: isinstance(leaf, paramax.NonTrainable))
        self.optimizer, self.ml = optax.adam(1e-3), MaximumLikelihoodLoss()
        self.state = self.optimizer.init(self.params)
        self.validate = eqx.filter_jit(self.ml)
        self.evaluate = eqx.filter_jit(lambda flow, x: flow.log_prob(x))

    def step(self, x):
        self.key, key = jr.split(self.key)
        self.params, self.state, self.last = step(
            self.params, self.static, jnp.asarray(x), optimizer=self.optimizer, opt_state=self.state, loss_fn=self.ml, key=key
        )

    def loss(self, x):
        return self.validate(self.params, self.static, jnp.asarray(x), key=self.key).item()

    def weights(self):
        return self.params  # never changed in place

    def log_prob(self, weights, x):
        return np.asarray(self.evaluate(eqx.combine(weights, self.static), jnp.asarray(x)))

    def stops(self, losses):
        return count_fruitless(losses) > 5 or len(losses) == 100

    def parameters(self):
        return sum(a.size for a in jax.tree.leaves(self.params))


if __name__ == "__main__":
    serve(Learner)
