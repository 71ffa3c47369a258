# Writes the visits of the RAND health insurance experiment to the .npz file sys.argv[1], and what
# regressions fitted to the rows that aren't held out say of every row: log P of its count.
import os
import sys

import numpy
import scipy.stats
import statsmodels.api as sm
from statsmodels.datasets import randhie

table = randhie.load_pandas().data
visits = table["mdvis"].to_numpy(float)
features = table.drop(columns="mdvis").to_numpy(float)
# The years of a person follow one another, so rows of equal features in a row are held out together.
group = numpy.cumsum(numpy.append(0, (numpy.diff(features, axis=0) != 0).any(axis=1)))
held = group % 5 == 4
known = sm.add_constant(features)

columns = {name: table[name].to_numpy(float) for name in table}
columns["held"] = held.astype(float)
poisson = sm.Poisson(visits[~held], known[~held]).fit(disp=0)
columns["poisson"] = scipy.stats.poisson.logpmf(visits, numpy.exp(known @ poisson.params))
negative = sm.NegativeBinomial(visits[~held], known[~held]).fit(start_params=numpy.append(poisson.params, 1), disp=0, maxiter=500)
mean, size = numpy.exp(known @ negative.params[:-1]), 1 / negative.params[-1]
columns["negative binomial"] = scipy.stats.nbinom.logpmf(visits, size, size / (size + mean))
for name, fit in (("poisson", poisson), ("negative binomial", negative)):
    assert fit.mle_retvals["converged"], name
    assert abs(columns[name][~held].sum() - fit.llf) < 1e-6 * abs(fit.llf), name  # log P is the fit's own

aside = f"{sys.argv[1]}.{os.getpid()}.npz"
numpy.savez(aside, **columns)
os.replace(aside, sys.argv[1])  # whole at once, for others that read it
