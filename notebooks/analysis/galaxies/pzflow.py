# Trains a flow of pzflow, or takes the one that it ships, and evaluates it.
#
# sys.argv[1] is a task in JSON, see pzflow.go. Arrays are in its folder: train.npy, validation.npy
# and test.npy have the columns of the data and then those of the conditions. The program writes
# logprobs.npy, the log-densities of the test rows, and logposteriors.npy, those of the first rows
# on the grid. It prints a line of JSON.
import json
import os
import sys
import time

os.environ["JAX_PLATFORMS"] = "cpu"

import numpy
import optax
import pandas
from jax import tree_util
from pzflow import Flow
from pzflow.examples import get_example_flow

task = json.loads(sys.argv[1])
file = lambda name: os.path.join(task["folder"], name)
columns = task["columns"] + task["conditions"]
table = lambda name: pandas.DataFrame(numpy.load(file(name)).astype(float), columns=columns)
test = table("test.npy")
batch = 1024  # pzflow's default


def flow_trained_for(epochs):
    """Returns a flow of pzflow's default architecture, and the CPU seconds of its training."""
    flow = Flow(task["columns"], conditional_columns=task["conditions"] or None)
    train, validation = table("train.npy"), table("validation.npy")
    if not task["conditions"]:
        # of all rows, as for the shipped flow: outside its bounds a flow has density 0
        flow._set_default_bijector(pandas.concat([train, validation, test]), seed=task["seed"])
    steps = epochs * -(-len(train) // batch)
    rate = optax.cosine_decay_schedule(1e-3, steps) if task["cosine"] else 1e-3
    start = time.process_time()
    flow.train(train, validation, epochs=epochs, optimizer=optax.adam(rate), seed=task["seed"])
    return flow, time.process_time() - start


told = {}
if task["shipped"]:
    flow = get_example_flow()
else:
    # The time of compiling doesn't count: it is known from two short trainings.
    one, three = flow_trained_for(1)[1], flow_trained_for(3)[1]
    epoch = (three - one) / 2
    epochs = max(1, round(task["cpu"] / epoch))
    flow, seconds = flow_trained_for(epochs)
    told = {"epochs": epochs, "cpu": seconds - max(0, one - epoch)}
told["parameters"] = int(sum(p.size for p in tree_util.tree_leaves(flow._params)))



def save(name, logs):
    """Saves log-densities, those of 0 as the least that our reader takes for a number."""
    numpy.save(file(name), numpy.maximum(logs, -1e30).astype("f4"))


save("logprobs.npy", numpy.asarray(flow.log_prob(test))[:, None])
if task["rows"]:
    grid = numpy.load(file("grid.npy"))[:, 0].astype(float)
    p = flow.posterior(test[: task["rows"]], "redshift", grid, batch_size=100)
    with numpy.errstate(divide="ignore"):
        save("logposteriors.npy", numpy.log(numpy.asarray(p)))
print(json.dumps(told))
