package paper

import (
	"context"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Seeds of the points that are measured with. The seeds of training are small numbers, so these
// differ from them.
const leftSeed, rightSeed, truthSeed = 1001, 1002, 1003

// measured holds the results of a case.
type measured struct {
	numbers []Number
	seconds float64 // training time
}

// way is how points get from a left distribution to a right one, or are drawn there directly.
type way struct {
	moved   bool // points of the left distribution are moved, rather than drawn from the right one
	points  func(n int) (x, y data.Points, err error)
	logProb func(data.Points) ([]float64, error) // the model's log-density on the right
	truth   data.Distribution                    // the right distribution
	at      string                               // name of the condition
}

// measure trains a case, or loads it, and measures it.
func (l *lab) measure(ctx context.Context, c Case) (m measured, err error) {
	if c.Method == optimalPairing {
		m.numbers, err = abandoned(ctx, func() ([]Number, error) { return l.pairing(setOf(c.Left), setOf(c.Right)) })
		return m, err
	}
	ways, seconds, err := l.ways(ctx, c)
	if err != nil {
		return measured{}, err
	}
	m.seconds = seconds
	for _, w := range ways {
		numbers, err := abandoned(ctx, func() ([]Number, error) { return l.judge(w) })
		if err != nil {
			return measured{}, err
		}
		m.numbers = append(m.numbers, numbers...)
	}
	return m, nil
}

// abandoned returns the result of f, or the context's error as soon as the context ends. Evaluating
// flows compiles programs, which takes seconds and can't be stopped. If the context ends first, f
// goes on and its result is lost.
func abandoned(ctx context.Context, f func() ([]Number, error)) ([]Number, error) {
	type result struct {
		numbers []Number
		err     error
	}
	done := make(chan result, 1)
	go func() {
		numbers, err := f()
		done <- result{numbers, err}
	}()
	select {
	case r := <-done:
		return r.numbers, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ways returns the ways that a case measures: one, or with conditions one to each of them. It
// trains or loads the case's flows, and returns the training time in seconds.
func (l *lab) ways(ctx context.Context, c Case) (ways []way, trainedIn float64, err error) {
	switch {
	case c.Method == learnedBase:
		d, err := l.density(ctx, l.base(setOf(c.Left), c.Seed), kindBase)
		if err != nil {
			return nil, 0, err
		}
		return []way{{logProb: d.LogProb, truth: setOf(c.Left)}}, d.Seconds(), nil
	case c.beside() != "":
		t, seconds, err := l.byPeer(ctx, c)
		if err != nil {
			return nil, 0, err
		}
		return []way{movedWay(c, t, setOf(c.Left), setOf(c.Right), "")}, seconds, nil
	case c.Method == baseSampling:
		d, err := l.density(ctx, l.conditionalBase(c), kindConditionalBase)
		if err != nil {
			return nil, 0, err
		}
		return sampledWays(c, d), d.Seconds(), nil
	}
	t, err := l.transport(ctx, c)
	if err != nil {
		return nil, 0, err
	}
	if c.Family == "" {
		return []way{movedWay(c, t, setOf(c.Left), setOf(c.Right), "")}, t.Seconds(), nil
	}
	f, source := familyOf(c.Family), c.source()
	from, err := given(source, f.from)
	if err != nil {
		return nil, 0, err
	}
	for _, to := range f.to {
		truth, err := given(source, to)
		if err != nil {
			return nil, 0, err
		}
		ways = append(ways, movedWay(c, t.At(f.from.condition(), to.condition()), from, truth, to.name))
	}
	return ways, t.Seconds(), nil
}

// movedWay returns the way of true points of the left distribution, moved by a transport.
func movedWay(c Case, t *f4f.Transport, left, right data.Distribution, at string) way {
	logProb := t.LogProb
	if c.Method == baseTransfer || c.beside() == baseTransfer {
		logProb = t.Right().LogProb // what the left base becomes is exactly the right one: the maps between them cancel, and are costly to compile
	}
	return way{moved: true, logProb: logProb, truth: right, at: at, points: func(n int) (x, y data.Points, err error) {
		if x, err = left.Sample(n, leftSeed); err == nil {
			y, err = t.Forward(x)
		}
		return x, y, err
	}}
}

// sampledWays returns the ways of points drawn from a conditional base.
func sampledWays(c Case, d *f4f.Density) (ways []way) {
	source := c.source()
	for _, to := range familyOf(c.Family).to {
		at := d.At(to.condition())
		truth, err := given(source, to)
		w := way{logProb: at.LogProb, truth: truth, at: to.name, points: func(n int) (x, y data.Points, _ error) {
			if err == nil {
				y, err = at.Sample(n, leftSeed)
			}
			return x, y, err
		}}
		ways = append(ways, w)
	}
	return ways
}

// judge measures one way.
func (l *lab) judge(w way) (numbers []Number, err error) {
	n := l.budget.Evaluated
	add := func(name string, value, uncertainty float64) {
		numbers = append(numbers, Number{name, w.at, Real(value), Real(uncertainty), n})
	}
	learned, err := metric.KL(w.truth, w.logProb, n, truthSeed)
	if err != nil {
		return nil, err
	}
	add(kl, learned.Value, learned.Error)
	if w.points == nil {
		return numbers, nil
	}
	x, y, err := w.points(n)
	if err != nil {
		return nil, err
	}
	if w.moved {
		d, err := metric.Displacement(x, y)
		if err != nil {
			return nil, err
		}
		add(movedL1, d.L1, d.L1Error)
		add(movedEuclidean, d.Euclidean, d.EuclideanError)
	}
	out, err := metric.OutsideShare(w.truth, y, metric.OutOfDistribution{Samples: max(n, 10_000)})
	if err != nil {
		return nil, err
	}
	add(outside, out.Value, out.Error)
	truths, err := w.truth.Sample(n, rightSeed)
	if err != nil {
		return nil, err
	}
	// The points are split into two halves. Their difference shows the uncertainty that comes from
	// the sampling.
	var halves [2]float64
	for i := range halves {
		a, b := i*n/2, (i+1)*n/2
		if halves[i], err = metric.SlicedWasserstein(truths.Slice(a, b), y.Slice(a, b), metric.Sliced{}); err != nil {
			return nil, err
		}
	}
	mean, std := stat.MeanStdDev(halves[:], nil)
	add(sliced, mean, stat.StdErr(std, 2))
	return numbers, nil
}

// pairing measures the least distance by which any map of one set onto another must move points.
func (l *lab) pairing(left, right data.Distribution) (numbers []Number, err error) {
	x, err := left.Sample(l.budget.Evaluated, leftSeed)
	if err != nil {
		return nil, err
	}
	y, err := right.Sample(l.budget.Evaluated, rightSeed)
	if err != nil {
		return nil, err
	}
	at := func(name string, value, uncertainty float64, points int) {
		numbers = append(numbers, Number{Name: name, Value: Real(value), Error: Real(uncertainty), Points: points})
	}
	for _, name := range []string{movedL1, movedEuclidean} {
		least := make([]float64, l.budget.Pairings)
		for k := range least {
			if least[k], err = metric.OptimalPairing(x, y, metric.Pairing{L1: name == movedL1, MaxPoints: l.budget.Paired, Seed: uint64(k)}); err != nil {
				return nil, err
			}
		}
		mean, std := stat.MeanStdDev(least, nil)
		at(name, mean, stat.StdErr(std, float64(len(least))), l.budget.Paired)
	}
	random, err := metric.Displacement(x, y)
	if err != nil {
		return nil, err
	}
	at(randomL1, random.L1, random.L1Error, x.Len())
	at(randomEuclid, random.Euclidean, random.EuclideanError, x.Len())
	return numbers, nil
}
