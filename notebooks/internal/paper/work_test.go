package paper

import (
	"math"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f/fit"
)

// clock is a clock that advances only when told to.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) wait(seconds float64) {
	c.at = c.at.Add(time.Duration(seconds * float64(time.Second)))
}

func workAt(c *clock) (*work, *Event) {
	var last Event
	w := newWork(func(e Event) { last = e })
	w.now = c.now
	return w, &last
}

// left returns the time left, in seconds.
func left(w *work) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.remaining().Seconds()
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*math.Abs(want)+1e-6 {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// A base of 1,000 steps takes 4 s to compile and 2 ms a step. A second base and a transport are
// still to come; the transport's time follows from the ratio of the assumed rates.
func TestTimeLeftIsByTheRatesMeasured(t *testing.T) {
	c := &clock{at: time.Unix(1e9, 0)}
	w, last := workAt(c)
	w.plan([]training{{"a", kindBase, 1000}, {"b", kindBase, 1000}, {"c", kindTransport, 1000}})
	near(t, "before anything is known", left(w), assumedMeasuring+3*assumedOverhead+2000/assumed[kindBase]+1000/assumed[kindTransport])

	under := w.begin(kindBase, "a")
	c.wait(4)
	under.event(fit.Event{Flow: "base", Step: 0, Steps: 1000})
	c.wait(1)
	under.event(fit.Event{Flow: "base", Step: 500, Steps: 1000, Rate: 500})
	// 500 steps a second: slower than assumed, by a factor that also applies to transports.
	slower := assumed[kindBase] / 500
	transport := 1000 / assumed[kindTransport] * slower
	near(t, "half way through the first", left(w), assumedMeasuring+3*assumedOverhead+1500./500+transport)
	near(t, "as told", last.Left.Seconds(), math.Round(left(w)))
	if !last.Trains || last.Share <= 0 || last.Share >= 1 {
		t.Errorf("told %+v", *last)
	}
	c.wait(1)
	under.event(fit.Event{Flow: "base", Step: 1000, Steps: 1000, Rate: 500})
	under.end()
	near(t, "after the first", left(w), assumedMeasuring+2*4+1000./500+transport)
	if w.wanted("a") || !w.wanted("b") {
		t.Error("the first is done and the second isn't")
	}
	near(t, "spent on training", w.spentSoFar().Seconds(), 6)
	w.caseDone(3 * time.Second)
	near(t, "without cases", left(w), 2*4+1000./500+transport)
}

// A flow that resumes from a checkpoint has most steps behind it, which took no time in this run.
func TestStepsOfAnEarlierRunAreNotTimed(t *testing.T) {
	c := &clock{at: time.Unix(1e9, 0)}
	w, _ := workAt(c)
	w.plan([]training{{"a", kindBase, 1000}})
	under := w.begin(kindBase, "a")
	under.event(fit.Event{Flow: "base", Step: 900, Steps: 1000})
	c.wait(1)
	under.event(fit.Event{Flow: "base", Step: 950, Steps: 1000, Rate: 50})
	near(t, "left", left(w), assumedMeasuring+assumedOverhead+50./50)
}

func TestAFlowThatIsFoundTrainedTellsNothingOfRates(t *testing.T) {
	c := &clock{at: time.Unix(1e9, 0)}
	w, _ := workAt(c)
	w.plan([]training{{"a", kindBase, 1000}, {"b", kindBase, 1000}})
	under := w.begin(kindBase, "a")
	under.event(fit.Event{Flow: "base", Loaded: true, Done: true})
	c.wait(0.1)
	under.end()
	near(t, "left", left(w), assumedMeasuring+assumedOverhead+1000/assumed[kindBase])
	near(t, "spent on training", w.spentSoFar().Seconds(), 0)
}

// The first steps of each program come before its rate is known. Their time counts as compilation.
func TestCompilingIsNotTimedAsSteps(t *testing.T) {
	c := &clock{at: time.Unix(1e9, 0)}
	w, _ := workAt(c)
	w.plan([]training{{"a", kindTransport, 1000}})
	under := w.begin(kindTransport, "a")
	for _, e := range []fit.Event{{Step: 1}, {Step: 2}, {Step: 102, Rate: 50}} {
		e.Flow, e.Steps = "transport", 1000
		c.wait(60)
		if e.Rate > 0 {
			c.wait(2 - 60)
		}
		under.event(e)
	}
	near(t, "left", left(w), assumedMeasuring+assumedOverhead+898./50)
}

// Several flows are trained as one program. The rate counts the steps of all of them.
func TestFlowsTrainedTogetherCountTogether(t *testing.T) {
	c := &clock{at: time.Unix(1e9, 0)}
	w, _ := workAt(c)
	w.plan([]training{{"a", kindBase, 1000}, {"b", kindBase, 1000}, {"c", kindBase, 600}})
	under := w.begin(kindBase, "a", "b")
	for _, step := range []int{0, 300} {
		for _, flow := range []string{"one", "one (2)"} {
			under.event(fit.Event{Flow: flow, Step: step, Steps: 1000, Rate: float64(step)})
		}
		if step == 0 {
			c.wait(2)
		}
	}
	near(t, "left", left(w), assumedMeasuring+3*assumedOverhead+(700+700+600)/300.)
}
