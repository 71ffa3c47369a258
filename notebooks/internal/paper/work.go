package paper

import (
	"sync"
	"time"

	"github.com/flowsforflows/flows/f4f/fit"
)

// Event tells how a run goes.
type Event struct {
	Text   string // what is under way; or of a line, what was done or what a person should know
	Line   bool   // a line to keep, rather than a state that the next replaces
	Share  float64
	Left   time.Duration // of the whole run, by the rates measured so far
	Trains bool          // steps are being taken, so that Share and Left move
}

// assumed are steps a second before any are measured, on two cores. Their ratios are what matters:
// one kind that is measured tells of the others.
var assumed = map[kind]float64{kindBase: 900, kindConditionalBase: 800, kindTransport: 470, kindBigger: 300, kindConditionalTransport: 265, kindPeer: 85}

// What a training takes besides its steps, compilation above all, and what measuring a case takes,
// in seconds, before any is measured.
const assumedOverhead, assumedMeasuring = 10, 5

// work is all that a run has to do, and how fast it goes.
type work struct {
	report  func(Event)
	telling sync.Mutex // for one report at a time
	now     func() time.Time
	atOnce  int // cases that are measured side by side

	mu        sync.Mutex
	about     string              // the case under way
	left      map[string]training // by fingerprint: not trained yet
	cases     int                 // to be measured
	spent     time.Duration       // on what is done
	trained   time.Duration       // of that, on trainings
	rates     map[kind]*speed
	overhead  speed // trainings, and the seconds that they took besides their steps
	measuring speed // cases
	under     *call // the training under way; nil for none
}

// speed is a number of things and the seconds that they took.
type speed struct{ things, seconds float64 }

func newWork(report func(Event)) *work {
	if report == nil {
		report = func(Event) {}
	}
	return &work{report: report, now: time.Now, atOnce: 1, left: map[string]training{}, rates: map[kind]*speed{}}
}

// plan adds a case that is to be measured, and the trainings that it needs.
func (w *work) plan(trainings []training) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cases++
	for _, t := range trainings {
		w.left[t.print] = t
	}
}

// wanted tells whether a flow is still to be trained.
func (w *work) wanted(print string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, yes := w.left[print]
	return yes
}

// start says what is under way from now on.
func (w *work) start(text string) {
	w.mu.Lock()
	w.about = text
	w.mu.Unlock()
	w.tell(Event{Text: text})
}

// caseDone counts a case that took so long to measure.
func (w *work) caseDone(took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cases--
	w.spent += took
	w.measuring.things, w.measuring.seconds = w.measuring.things+1, w.measuring.seconds+took.Seconds()
}

// tell reports, with how far the whole has come.
func (w *work) tell(e Event) {
	w.mu.Lock()
	left := w.remaining()
	e.Left = left.Round(time.Second)
	if spent := w.spent + w.inCall(); spent+left > 0 {
		e.Share = float64(spent) / float64(spent+left)
	}
	w.mu.Unlock()
	w.telling.Lock()
	defer w.telling.Unlock()
	w.report(e)
}

// inCall is how long the training under way has taken. The lock is held.
func (w *work) inCall() time.Duration {
	if w.under == nil {
		return 0
	}
	return w.now().Sub(w.under.began)
}

// remaining is how long what is left will take. The lock is held.
func (w *work) remaining() time.Duration {
	seconds := float64(w.cases) * w.measuring.each(assumedMeasuring) / float64(w.atOnce)
	for _, t := range w.left {
		seconds += float64(t.steps)/w.rate(t.kind) + w.overhead.each(assumedOverhead)
	}
	if c := w.under; c != nil {
		seconds -= c.taken() / w.rate(c.kind)
	}
	return time.Duration(max(seconds, 0) * float64(time.Second))
}

// each is the seconds that a thing takes on average, or what is assumed before there is one.
func (s speed) each(assumed float64) float64 {
	if s.things == 0 {
		return assumed
	}
	return s.seconds / s.things
}

// rate is the steps a second of a kind: as measured, or as assumed and scaled by how the kinds that
// are measured go. The lock is held.
func (w *work) rate(k kind) float64 {
	if r := w.measured(k); r > 0 {
		return r
	}
	scale, known := 0.0, 0.0
	for other := range assumed {
		if r := w.measured(other); r > 0 {
			scale, known = scale+r/assumed[other], known+1
		}
	}
	if known == 0 {
		return assumed[k]
	}
	return assumed[k] * scale / known
}

// measured is the steps a second that a kind took so far, 0 for unknown.
func (w *work) measured(k kind) float64 {
	s := speed{}
	if r := w.rates[k]; r != nil {
		s = *r
	}
	if c := w.under; c != nil && c.kind == k {
		s.things, s.seconds = s.things+c.counted(), s.seconds+c.last.Sub(c.first).Seconds()
	}
	if s.seconds < 0.5 {
		return 0
	}
	return s.things / s.seconds
}

// call is a training under way, or several as one.
type call struct {
	work               *work
	kind               kind
	prints             []string
	began, first, last time.Time      // its begin, its first event at a known rate, and its last
	from, to           map[string]int // steps of each flow at the first event and at the last
}

// begin has a training of plans begin.
func (w *work) begin(k kind, prints ...string) *call {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &call{work: w, kind: k, prints: prints, began: w.now(), from: map[string]int{}, to: map[string]int{}}
	w.under = c
	return c
}

// event takes in what a flow tells of its training.
func (c *call) event(e fit.Event) {
	for _, note := range e.Notes {
		c.work.tell(Event{Text: note, Line: true})
	}
	if e.Loaded || e.Steps == 0 {
		return
	}
	c.work.mu.Lock()
	now := c.work.now()
	if c.first.IsZero() || e.Rate == 0 { // until then programs are being compiled
		c.first = now
	}
	if _, seen := c.from[e.Flow]; !seen || e.Rate == 0 {
		c.from[e.Flow] = e.Step
	}
	c.to[e.Flow], c.last = e.Step, now
	text := c.work.about
	c.work.mu.Unlock()
	c.work.tell(Event{Text: text + ": " + trainingText(e, len(c.prints)), Trains: true})
}

// trainingText is how a flow is doing.
func trainingText(e fit.Event, flows int) string {
	text := e.Flow
	if flows > 1 {
		text = "flows together, " + text
	}
	return text + " " + percent(float64(e.Step)/float64(e.Steps))
}

// taken is the steps that are behind the flows, and counted those that were taken in this run and
// timed.
func (c *call) taken() (steps float64) {
	for _, n := range c.to {
		steps += float64(n)
	}
	return steps
}

func (c *call) counted() (steps float64) {
	for flow, n := range c.to {
		steps += float64(n - c.from[flow])
	}
	return steps
}

// end has the training be over, whichever way it ended.
func (c *call) end() {
	w := c.work
	w.mu.Lock()
	defer w.mu.Unlock()
	took := w.now().Sub(c.began)
	w.under = nil
	for _, print := range c.prints {
		delete(w.left, print)
	}
	if c.first.IsZero() {
		return // found trained; loading it counts as measuring
	}
	w.spent, w.trained = w.spent+took, w.trained+took
	if w.rates[c.kind] == nil {
		w.rates[c.kind] = &speed{}
	}
	r := w.rates[c.kind]
	r.things, r.seconds = r.things+c.counted(), r.seconds+c.last.Sub(c.first).Seconds()
	w.overhead.things, w.overhead.seconds = w.overhead.things+float64(len(c.prints)), w.overhead.seconds+(took-c.last.Sub(c.first)).Seconds()
}

// spentSoFar is the time that trainings took.
func (w *work) spentSoFar() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.trained
}
