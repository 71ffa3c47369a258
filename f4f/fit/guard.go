package fit

import (
	"math"
	"slices"
)

// A training can diverge: at a high learning rate one large step may carry points out of a base's
// support, where the gradient no longer leads back. The guard detects this from the losses.
// applyVerdict then rolls the training back to earlier weights.
//
// A training is divided into stretches of steps. A stretch has diverged if its mean loss is above
// the median of the stretches before it by more than a margin. The margin is a multiple of how much
// those stretches differ among themselves, so the guard needs no setting, and a loss that rises
// steadily, as by a penalty that grows, stays within it.
//
// The margin was set by the losses of 333 trainings of bases and transports, of tables and of the
// sets of the plane. Two had diverged: a transport, which ended at 15.5 nats instead of 0.15, by more
// than 30 times the margin, and a base, which drifted off by 0.1 nats, by almost 6 times. No stretch
// of the others rose by more than 0.49 of the margin.

const (
	maxStretches      = 64  // in a training; each costs a copy of the weights, 0.3 to 2 ms for the paper's base
	minStretchSteps   = 100 // so that such a copy takes little of the time
	maxPhaseStretches = 4   // in the epochs of a phase before the next; fewer than maxRecent, so that one change of phases is among the recent stretches
	maxRecent         = 6   // stretches that the next one is compared with
	minRecent         = 4   // with fewer, no stretch is judged to have diverged
	maxRollbacks      = 16  // the transport above needed 9 before its learning rate was low enough

	// The margin above the median of the recent stretches is the largest of these.
	minMargin      = 0.02 // nats
	marginInSpans  = 3    // times the difference of the highest and the lowest mean
	marginInErrors = 8    // times the largest standard error

	// By chance, losses of a constant mean rose above the margin in none of 40,000 trainings with
	// normal noise, and in 4 of as many with exponential noise. Such a return costs a stretch.

	// A stretch above this share of the margin is doubtful. A steady rise stays below it.
	doubtfulShare = 0.5
)

// stretch is a part of a training. Its mean loss is compared with those of others of its kind.
type stretch struct {
	from, until int  // steps of the training, until excluded
	unit        int  // smallest number of steps in which all losses that alternate have their turns
	kind        int  // the phase, or 0 if every stretch contains all phases
	whole       bool // it is a number of whole units; others are not judged
}

// stretch returns the stretch that contains a step, counted from 0. It depends only on the problem
// and the length of the training. The last stretch is not whole if the training ends within a unit.
func (p Problem) stretch(step, perEpoch, epochs int) stretch {
	steps := perEpoch * epochs
	phaseSteps := perEpoch * max(p.EpochsPerPhase, 1) // before the next phase begins
	most := min(maxStretches, max(steps/minStretchSteps, 1))
	s := stretch{unit: phaseSteps * len(p.Phases)}
	start, length := 0, steps
	switch {
	case len(p.Phases) == 1:
		s.unit = len(p.Phases[0])
	case phaseSteps >= steps/most: // the phases have stretches of their own
		s.kind = p.phase(step / perEpoch)
		s.unit = len(p.Phases[s.kind])
		start, length, most = step/phaseSteps*phaseSteps, phaseSteps, min(max(phaseSteps*most/steps, 1), maxPhaseStretches)
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
// quarter of the losses, so that a few points of very low density don't look like a divergence. A
// divergence that begins late in a stretch is therefore detected in the next, which is why rollBack
// restores the oldest weights.
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

// guard judges stretches one after another. Its state depends on the losses alone, so a resumed run
// restores it by judging the earlier losses again.
type guard struct {
	recent    map[int][]level // by kind, the last good stretches
	diverged  map[int]bool    // by kind, whether the last stretch had diverged
	rollbacks int
}

func newGuard() *guard { return &guard{recent: map[int][]level{}, diverged: map[int]bool{}} }

// verdict is the result of judging a stretch.
type verdict int

const (
	unjudged verdict = iota
	good             // the weights are kept, to roll back to later
	doubtful         // the weights are not kept
	diverged         // the training is rolled back
)

// judge judges a stretch with these losses. It returns unjudged if the stretch is not whole or the
// guard has returned diverged maxRollbacks times.
func (g *guard) judge(s stretch, losses []float32) verdict {
	if !s.whole || g.rollbacks == maxRollbacks {
		return unjudged
	}
	l, recent, rolledBack := levelOf(losses, s.unit), g.recent[s.kind], g.diverged[s.kind]
	g.diverged[s.kind] = false
	if len(recent) > 0 {
		median, margin := margin(recent)
		switch {
		case l.mean > median+margin && len(recent) >= minRecent:
			// After a rollback the weights are those of a good stretch. If the loss is high with
			// them from the start, the loss itself has changed, as by a penalty that sets in.
			if start := max(len(losses)/10/s.unit, 1) * s.unit; rolledBack && levelOf(losses[:start], s.unit).mean > median+margin {
				recent = nil
				break
			}
			g.rollbacks++
			g.diverged[s.kind] = true
			return diverged
		case l.mean > median+margin*doubtfulShare:
			return doubtful
		}
	}
	recent = append(recent, l)
	g.recent[s.kind] = recent[max(len(recent)-maxRecent, 0):]
	return good
}

// margin returns the median of the recent stretches, and the margin above it beyond which a stretch
// has diverged.
func margin(recent []level) (median, margin float64) {
	var means []float64
	err := 0.0
	for _, l := range recent {
		means, err = append(means, l.mean), max(err, l.err)
	}
	slices.Sort(means)
	n := len(means)
	return (means[(n-1)/2] + means[n/2]) / 2, max(minMargin, marginInSpans*(means[n-1]-means[0]), marginInErrors*err)
}
