# Writes the visits of the RAND health insurance experiment to the .npz file sys.argv[1], and what
# regressions fitted to the rows that aren't held out say of every row: log P of its count.
import os
import sys

import numpy
import statsmodels.api as sm
from statsmodels.datasets import randhie

table = randhie.load_pandas().data
visits = table["mdvis"].to_numpy(float)
held = numpy.arange(len(table)) % 100 >= 80  # whole blocks: the years of a person follow one another
known = sm.add_constant(table.drop(columns="mdvis").to_numpy(float))

columns = {name: table[name].to_numpy(float) for name in table}
columns["held"] = held.astype(float)
poisson = sm.Poisson(visits[~held], known[~held]).fit(disp=0)
columns["poisson"] = sm.Poisson(visits, known).loglikeobs(poisson.params)
negative = sm.NegativeBinomial(visits[~held], known[~held]).fit(start_params=numpy.append(poisson.params, 1), disp=0, maxiter=500)
columns["negative binomial"] = sm.NegativeBinomial(visits, known).loglikeobs(negative.params)
assert poisson.mle_retvals["converged"] and negative.mle_retvals["converged"]

aside = f"{sys.argv[1]}.{os.getpid()}.npz"
numpy.savez(aside, **columns)
os.replace(aside, sys.argv[1])  # whole at once, for others that read it
