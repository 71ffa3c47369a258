package fit

import (
	"math"
	"slices"
)

// A training can diverge: at a high learning rate one large step may carry points out of a base's
// support, where the gradient no longer leads back. So the losses are watched, stretch by stretch,
// and a training that has diverged goes back to weights that it kept, and on with the next batches.
//
// A stretch has diverged if its mean loss is far above the median of those before, measured by how
// much these differ among themselves. The margin was set by the losses of 333 different trainings
// of bases and transports, of tables and of the sets of the plane. One transport, which ended at
// 15.5 nats instead of 0.15, exceeded it 45 times; one base, which drifted off by 0.1 nats, 6
// times. No stretch of the others came beyond 0.49 of it. A loss that rises steadily, as by a
// penalty that grows, stays within it, so the guard needs no setting.

const (
	mostStretches   = 64  // of a training; each costs a copy of the weights, 0.3 to 2 ms for the paper's base
	leastStretch    = 100 // steps, so that such a copy takes little of the time
	stretchesOfRun  = 4   // at most, where phases alternate: those remembered then include the last change of phases
	remembered      = 6   // stretches to compare with
	leastRemembered = 4   // stretches without which none is said to have diverged
	mostReturns     = 16  // the transport above needed 9 before its learning rate was low enough

	// The margin above the median of the stretches that are remembered is the largest of these.
	leastMargin    = 0.02 // nats
	marginInSpans  = 3    // times the difference of the highest and the lowest
	marginInErrors = 8    // times the largest standard error, which chance alone does not reach

	// A stretch above this share of the margin is in doubt: its weights are not kept. A steady rise
	// stays below it.
	doubtful = 0.5
)

// stretch is a part of a training whose mean loss is compared with that of others of its kind.
type stretch struct {
	from, until int // steps of the training, until excluded
	unit        int // steps in which each of the losses that take turns has its share
	kind        int // the phase, or 0 if all phases have their share of the stretch
	whole       bool
}

// stretch returns the stretch that contains a step, counted from 0. It follows from the problem and
// the length of the training alone. Stretches that are not whole, at the end of a training whose
// phases don't come out even, are not judged.
func (p Problem) stretch(step, perEpoch, epochs int) stretch {
	steps := perEpoch * epochs
	run := perEpoch * max(p.EpochsPerPhase, 1) // steps of a phase before the next begins
	most := min(mostStretches, max(steps/leastStretch, 1))
	s := stretch{unit: run * len(p.Phases)}
	start, length := 0, steps
	switch {
	case len(p.Phases) == 1:
		s.unit = len(p.Phases[0])
	case run >= steps/most: // the phases have stretches of their own
		s.kind = p.phase(step / perEpoch)
		s.unit = len(p.Phases[s.kind])
		start, length, most = step/run*run, run, min(max(run*most/steps, 1), stretchesOfRun)
	}
	units := length / s.unit
	parts := min(most, units)
	unit := (step - start) / s.unit
	if unit >= units {
		s.from, s.until = start+units*s.unit, steps
		return s
	}
	part := ((unit+1)*parts - 1) / units
	s.from, s.until = start+part*units/parts*s.unit, start+(part+1)*units/parts*s.unit
	s.whole = s.until <= steps
	s.until = min(s.until, steps)
	return s
}

// level is the loss of a stretch.
type level struct{ mean, err float64 } // err is the standard error of the mean

// levelOf returns the mean loss of a stretch and its standard error. It leaves out the highest
// quarter of the losses, so that a few points of very low density don't look like a divergence. One
// that begins late in a stretch thus shows in the next, which is why goBack goes to the oldest
// weights.
func levelOf(losses []float32, unit int) level {
	means := make([]float64, 0, len(losses)/unit)
	for part := range slices.Chunk(losses, unit) {
		means = append(means, mean(part))
	}
	slices.Sort(means)
	means = means[:len(means)-len(means)/4]
	var l level
	for _, m := range means {
		l.mean += m / float64(len(means))
	}
	for _, m := range means {
		l.err += (m - l.mean) * (m - l.mean) / float64(len(means)*len(means))
	}
	l.err = math.Sqrt(l.err)
	return l
}

// guard judges stretches by their losses alone. So a run that is resumed finds the guard in the
// same state by judging the losses before again.
type guard struct {
	usual   map[int][]level // by kind, the last stretches with which nothing was wrong
	back    map[int]bool    // by kind, whether the last stretch had diverged
	returns int
}

func newGuard() *guard { return &guard{usual: map[int][]level{}, back: map[int]bool{}} }

// verdict is the result of judging a stretch.
type verdict int

const (
	unjudged verdict = iota
	good             // the weights are to be kept
	doubted          // the weights are not to be kept
	diverged         // the training is to go back
)

// judge judges a stretch with these losses.
func (g *guard) judge(s stretch, losses []float32) verdict {
	if !s.whole || g.returns == mostReturns {
		return unjudged
	}
	l, usual, back := levelOf(losses, s.unit), g.usual[s.kind], g.back[s.kind]
	g.back[s.kind] = false
	if len(usual) > 0 {
		median, margin := margin(usual)
		switch {
		case l.mean > median+margin && len(usual) >= leastRemembered:
			// If the loss is high from the start with weights for which it was low, it isn't they
			// that have changed, but the loss, as by a penalty that sets in.
			if start := max(len(losses)/10/s.unit, 1) * s.unit; back && levelOf(losses[:start], s.unit).mean > median+margin {
				usual = nil
				break
			}
			g.returns++
			g.back[s.kind] = true
			return diverged
		case l.mean > median+margin*doubtful:
			return doubted
		}
	}
	usual = append(usual, l)
	g.usual[s.kind] = usual[max(len(usual)-remembered, 0):]
	return good
}

// margin returns the median of some stretches, and how far above it a stretch has diverged.
func margin(usual []level) (median, margin float64) {
	var means []float64
	err := 0.0
	for _, l := range usual {
		means, err = append(means, l.mean), max(err, l.err)
	}
	slices.Sort(means)
	n := len(means)
	return (means[(n-1)/2] + means[n/2]) / 2, max(leastMargin, marginInSpans*(means[n-1]-means[0]), marginInErrors*err)
}
