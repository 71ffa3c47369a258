"""The neural duals of OTT-JAX, with the settings of its tutorials but for the batch. The second argument says which:

expectile   ExpectileNeuralDual: two potentials of four hidden layers of 128 units, Adam at 5e-4 with a cosine; the tutorial takes 90,000 steps
dual        W2NeuralDual, by the tutorial's "harder problem": two potentials of four hidden layers of 64 units, AdamW at 5e-4 with a cosine,
            conjugates by L-BFGS; the tutorial takes 20,000 steps

The tutorials have batches of 2,048, 1,024 and 256. Here they are of 256, because in a few minutes of one processor larger ones come to few steps.
The cosine must know the number of steps, so a short training measures how long a step takes. Neither map has a density.
"""

import math
import os
import sys

os.environ["TQDM_DISABLE"] = "1"  # no progress bars

import jax
import optax
from ott.geometry import costs
from ott.neural.methods import expectile_neural_dual, neuraldual
from ott.neural.networks import potentials

from optimal import processor_seconds, serve

BATCH = 256


def expectile(dim, steps, seed):
    rate = optax.cosine_decay_schedule(init_value=5e-4, decay_steps=steps, alpha=1e-2)
    model, adam = lambda: potentials.MLP(dim_hidden=[128, 128, 128, 128, 1], act_fn=jax.nn.elu), optax.adam(rate, b1=0.9, b2=0.999)
    return expectile_neural_dual.ExpectileNeuralDual(
        dim,
        model(),
        model(),
        adam,
        adam,
        cost_fn=costs.SqEuclidean(),
        num_train_iters=steps,
        expectile=0.98,
        expectile_loss_coef=0.25,
        rng=jax.random.key(seed),
    )


def dual(dim, steps, seed):
    rate = optax.cosine_decay_schedule(init_value=5e-4, decay_steps=steps, alpha=1e-2)
    model, adam = lambda: potentials.PotentialMLP(dim_hidden=[64, 64, 64, 64]), optax.adamw(rate)
    return neuraldual.W2NeuralDual(dim, model(), model(), adam, adam, num_train_iters=steps, rng=jax.random.key(seed))


class Enough(Exception):
    """Raised within a solver to end its training."""


class Learner:
    def __init__(self, task, dim):
        self.task, self.dim = task, dim
        self.make = {"expectile": expectile, "dual": dual}[sys.argv[2]]

    def run(self, steps, limit=math.inf):
        """Trains a new solver, and returns how many seconds a step takes, without the first two, which compile. It ends after limit seconds."""
        left, right = self.task.batches("left", BATCH), self.task.batches("right", BATCH)
        self.solver = self.make(self.dim, steps, self.task.seed)
        start, done = 0.0, 0

        def finished():
            jax.block_until_ready((self.solver.state_f.params, self.solver.state_g.params))
            return processor_seconds()

        def count(step, _):
            nonlocal start, done
            done = step + 1
            if done == 2:
                start = finished()
            if done > 2 and processor_seconds() - start > limit:
                raise Enough

        try:
            self.solver(left, right, left, right, callback=count)
        except Enough:
            pass
        return (finished() - start) / (done - 2)

    def train(self, seconds):
        steps = max(int(seconds / self.run(10**6, limit=min(2, seconds / 8))), 3)
        seconds = steps * self.run(steps)
        self.move = jax.jit(self.solver.to_dual_potentials().transport)
        return steps, seconds

    def forward(self, x):
        return jax.device_get(self.move(x))

    def back(self, y):
        return None

    def parameters(self):
        return sum(a.size for a in jax.tree.leaves((self.solver.state_f.params, self.solver.state_g.params)))


if __name__ == "__main__":
    serve(Learner)
