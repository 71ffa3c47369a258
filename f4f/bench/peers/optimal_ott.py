"""The neural duals of OTT-JAX, with the settings of its tutorials. The second argument says which:

expectile   ExpectileNeuralDual: two potentials of four hidden layers of 128 units, batches of 2,048, Adam at 5e-4 with a cosine; the tutorial
            takes 90,000 steps
dual        W2NeuralDual, by the tutorial's "harder problem": two potentials of four hidden layers of 64 units, batches of 2,048, AdamW at 5e-4
            with a cosine, conjugates by L-BFGS; the tutorial takes 20,000 steps

The cosine must know the number of steps. So a short training measures how long a step takes. Neither map has a density.
"""

import sys

import jax
import optax
from ott.geometry import costs
from ott.neural.methods import expectile_neural_dual, neuraldual
from ott.neural.networks import potentials

from optimal import processor_seconds, serve

BATCH = 2048


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


class Learner:
    def __init__(self, task, dim):
        self.task, self.dim = task, dim
        self.make = {"expectile": expectile, "dual": dual}[sys.argv[2]]

    def run(self, steps):
        """Trains a new solver, and returns the seconds of its steps after the first two, which compile."""
        left, right = self.task.batches("left", BATCH), self.task.batches("right", BATCH)
        self.solver, start = self.make(self.dim, steps, self.task.seed), None

        def count(step, _):
            nonlocal start
            if step == 1:
                jax.block_until_ready((self.solver.state_f.params, self.solver.state_g.params))
                start = processor_seconds()

        learned = self.solver(left, right, left, right, callback=count)
        jax.block_until_ready((self.solver.state_f.params, self.solver.state_g.params))
        self.move = jax.jit(learned.transport)
        return processor_seconds() - start

    def train(self, seconds):
        sample, took = 16, 0.0
        while took < min(1, seconds / 20):  # an eighth of a second hardly measures
            sample *= 4
            took = self.run(sample)
        steps = max(int(seconds / took * (sample - 2)), 3)
        took = self.run(steps)
        return steps, took * steps / (steps - 2)

    def forward(self, x):
        return jax.device_get(self.move(x))

    def back(self, y):
        return None

    def parameters(self):
        return sum(a.size for a in jax.tree.leaves((self.solver.state_f.params, self.solver.state_g.params)))


if __name__ == "__main__":
    serve(Learner)
