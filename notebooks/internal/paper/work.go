package paper

import (
	"fmt"
	"sync"
	"time"

	"github.com/flowsforflows/flows/f4f/fit"
)

// Event reports the progress of a run.
type Event struct {
	Text   string // what is being done; for a line, what was done or what a person should know
	Line   bool   // a line to keep, rather than a state that the next event replaces
	Share  float64
	Left   time.Duration // estimated time left for the whole run, by the rates measured so far
	Trains bool          // a training is taking steps, so Share and Left change
}

// assumed holds the steps per second before any are measured, on two cores. Only the ratios matter:
// once one kind is measured, the others are scaled by it.
var assumed = map[kind]float64{kindBase: 900, kindConditionalBase: 800, kindTransport: 470, kindBigger: 300, kindConditionalTransport: 265, kindPeer: 85}

// What a training takes besides its steps, which is mostly compilation, and what measuring a case
// takes, in seconds, before any is measured.
const assumedOverhead, assumedMeasuring = 10, 5

// work tracks all that a run has to do, and how fast it goes.
type work struct {
	report  func(Event)
	telling sync.Mutex // serialises the reports
	now     func() time.Time
	atOnce  int // number of cases that are measured side by side

	mu        sync.Mutex
	about     string              // the current case
	left      map[string]training // trainings still to do, by fingerprint
	cases     int                 // number of cases to be measured
	spent     time.Duration       // time spent on all that is done
	trained   time.Duration       // the part of it spent on trainings
	rates     map[kind]*speed
	overhead  speed // number of trainings, and the seconds that they took besides their steps
	measuring speed // of cases
	under     *call // the current training; nil for none
}

// speed is a number of things and the seconds that they took.
type speed struct{ things, seconds float64 }

func newWork(report func(Event)) *work {
	if report == nil {
		report = func(Event) {}
	}
	return &work{report: report, now: time.Now, atOnce: 1, left: map[string]training{}, rates: map[kind]*speed{}}
}

// plan adds a case to be measured, and the trainings that it needs.
func (w *work) plan(trainings []training) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cases++
	for _, t := range trainings {
		w.left[t.print] = t
	}
}

// wanted reports whether a flow is still to be trained.
func (w *work) wanted(print string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, yes := w.left[print]
	return yes
}

// start sets what is being done from now on.
func (w *work) start(text string) {
	w.mu.Lock()
	w.about = text
	w.mu.Unlock()
	w.tell(Event{Text: text})
}

// caseDone counts a measured case, and the time that measuring it took.
func (w *work) caseDone(took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cases--
	w.spent += took
	w.measuring.things, w.measuring.seconds = w.measuring.things+1, w.measuring.seconds+took.Seconds()
}

// tell reports an event, with the progress of the whole run.
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

// inCall returns how long the current training has taken. The caller must hold the lock.
func (w *work) inCall() time.Duration {
	if w.under == nil {
		return 0
	}
	return w.now().Sub(w.under.began)
}

// remaining returns an estimate of the time left. The caller must hold the lock.
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

// each returns the average seconds for one thing, or the assumed value before there is one.
func (s speed) each(assumed float64) float64 {
	if s.things == 0 {
		return assumed
	}
	return s.seconds / s.things
}

// rate returns the steps per second of a kind: as measured, or as assumed and scaled by the kinds
// that are measured. The caller must hold the lock.
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

// measured returns the steps per second of a kind measured so far, or 0 if unknown.
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

// call is a training that is going on, or several that are one program.
type call struct {
	work               *work
	kind               kind
	prints             []string
	began, first, last time.Time      // the times of its start, of its first event with a known rate, and of its last event
	from, to           map[string]int // steps of each flow at the first event and at the last
}

// begin starts a training of plans.
func (w *work) begin(k kind, prints ...string) *call {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &call{work: w, kind: k, prints: prints, began: w.now(), from: map[string]int{}, to: map[string]int{}}
	w.under = c
	return c
}

// event updates the progress by an event of a flow's training.
func (c *call) event(e fit.Event) {
	for _, note := range e.Notes {
		c.work.tell(Event{Text: note, Line: true})
	}
	if e.Loaded || e.Steps == 0 {
		return
	}
	c.work.mu.Lock()
	now := c.work.now()
	if c.first.IsZero() || e.Rate == 0 { // before that, programs are being compiled
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

// trainingText describes the progress of a flow.
func trainingText(e fit.Event, flows int) string {
	text := e.Flow
	if flows > 1 {
		text = "flows together, " + text
	}
	return text + " " + percent(float64(e.Step)/float64(e.Steps))
}

// percent returns a share as a whole percentage.
func percent(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) }

// taken returns the steps that all flows have behind them. counted returns those that were taken
// and timed in this run.
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

// end ends the training, whichever way it ended.
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
		return // it was found trained; loading it counts as measuring
	}
	w.spent, w.trained = w.spent+took, w.trained+took
	if w.rates[c.kind] == nil {
		w.rates[c.kind] = &speed{}
	}
	r := w.rates[c.kind]
	r.things, r.seconds = r.things+c.counted(), r.seconds+c.last.Sub(c.first).Seconds()
	w.overhead.things, w.overhead.seconds = w.overhead.things+float64(len(c.prints)), w.overhead.seconds+(took-c.last.Sub(c.first)).Seconds()
}

// spentSoFar returns the time spent on trainings.
func (w *work) spentSoFar() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.trained
}
