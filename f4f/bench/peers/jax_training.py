"""The paper's optimisation in JAX: Adam, a cosine to zero, gradients clipped at 5; and many steps as one program with lax.scan."""

import jax
import jax.numpy as jnp
import optax

from protocol import Case

SCANNED = 100  # steps of one program


def optimiser():
    return optax.chain(optax.clip_by_global_norm(5.0), optax.adam(optax.cosine_decay_schedule(1e-4, 10**6)))


def scanned(case: Case, parameters, loss, *arrays):
    """loss(parameters, *rows) is what a step minimises. The data stay on the device, and batches are gathered inside the program."""
    optimise = optimiser()

    @jax.jit
    def many(parameters, state, arrays, order):
        def step(carry, rows):
            parameters, state = carry
            value, gradients = jax.value_and_grad(loss)(parameters, *(a[rows] for a in arrays))
            updates, state = optimise.update(gradients, state)
            return (optax.apply_updates(parameters, updates), state), value

        return jax.lax.scan(step, (parameters, state), order)

    carry = (parameters, optimise.init(parameters))
    arrays = tuple(jnp.asarray(a) for a in arrays)
    batches = case.batches()

    def run(n):
        nonlocal carry
        done = 0
        while done < n:
            order = jnp.stack([jnp.asarray(next(batches)) for _ in range(SCANNED)])
            carry, values = many(*carry, arrays, order)
            done += SCANNED
        jax.block_until_ready(values)
        return done

    return run


def evaluator(case: Case, evaluate, *arrays):
    """Runs evaluate(key, *rows of arrays), compiled, for one chunk of the points after another; a unit is a chunk."""
    evaluate = jax.jit(evaluate)
    at = 0

    def run(n):
        nonlocal at
        for _ in range(n):
            at = at if at + case.batch <= case.rows else 0
            result = evaluate(jax.random.key(at), *(a[at : at + case.batch] for a in arrays))
            at += case.batch
        jax.block_until_ready(result)
        return n

    return run


def size(parameters):
    return sum(a.size for a in jax.tree.leaves(parameters))
