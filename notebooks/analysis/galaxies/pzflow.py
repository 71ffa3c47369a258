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

import jax
import numpy
import optax
import pandas
from pzflow import Flow
from pzflow.examples import get_example_flow

# Each training compiles its functions anew. Kept on disk, they are compiled once.
jax.config.update("jax_compilation_cache_dir", os.path.join(sys.prefix, "compiled"))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)

task = json.loads(sys.argv[1])
file = lambda name: os.path.join(task["folder"], name)
columns = task["columns"] + task["conditions"]
table = lambda name: pandas.DataFrame(numpy.load(file(name)).astype(float), columns=columns)
test = table("test.npy")
batch = 1024  # pzflow's default


def flow_trained_for(epochs, planned):
    """Returns a flow of pzflow's default architecture, trained for the first of so many epochs, and
    the CPU seconds that it took."""
    flow = Flow(task["columns"], conditional_columns=task["conditions"] or None)
    train, validation = table("train.npy"), table("validation.npy")
    if not task["conditions"]:
        # of all rows, as for the shipped flow: outside its bounds a flow has density 0
        flow._set_default_bijector(pandas.concat([train, validation, test]), seed=task["seed"])
    rate = 1e-3  # pzflow's default
    if task["cosine"]:
        rate = optax.cosine_decay_schedule(rate, planned * -(-len(train) // batch))
    start = time.process_time()
    flow.train(train, validation, epochs=epochs, optimizer=optax.adam(rate), seed=task["seed"])
    return flow, time.process_time() - start


told = {}
if task["shipped"]:
    flow = get_example_flow()
else:
    # The time of compiling doesn't count: an epoch's is that of three epochs less that of one, after
    # a first training that compiles.
    _, one, three = (flow_trained_for(n, 10)[1] for n in (1, 1, 3))
    epoch = (three - one) / 2
    epochs = max(1, round(task["cpu"] / epoch))
    flow = flow_trained_for(epochs, epochs)[0]
    told = {"epochs": epochs, "cpu": epochs * epoch}
told["parameters"] = int(sum(p.size for p in jax.tree_util.tree_leaves(flow._params)))



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
