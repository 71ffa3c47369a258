package kernelext

import (
	"context"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// Progress shows the progress of fits: a bar that is updated in place in a notebook or a terminal,
// and plain lines elsewhere. Pass its Event method to f4f.WithEvents. One Progress can show several
// fits, one after another or side by side. NewProgress makes one; a nil or zero Progress shows
// nothing.
type Progress struct {
	mu    sync.Mutex
	show  shower
	now   func() time.Time
	flows []*flow         // in training, in the order in which they began
	noted map[string]bool // notes that have been shown
}

// flow is a flow in training, or one that was trained.
type flow struct {
	fit.Event           // the last event
	history             // for the loss curve
	picture   []byte    // what the flow makes so far, a PNG; nil for none
	shown     time.Time // when it was last updated
	stopped   bool      // the fit stopped before its end
}

// shower displays progress in one kind of place.
type shower interface {
	update(f *flow, all []*flow) // shows the state of f, one of all the flows in training
	end(f *flow, rest []*flow)   // shows the final summary of f; rest are still in training
	note(text string)
	again(flow string, notes []string) // shows the notes of a loaded flow, which were also shown when it was trained
	every() time.Duration              // shortest time between updates of a flow
}

// NewProgress returns a Progress that shows in the notebook if this is a notebook's cell. Otherwise
// it writes to w: a bar if w is a terminal, lines if not.
func NewProgress(w io.Writer) *Progress {
	p := &Progress{now: time.Now}
	switch file, _ := w.(*os.File); {
	case gonbui.IsNotebook:
		p.show = &cell{id: "f4f-" + gonbui.UniqueId(), put: gonbui.UpdateHTML, sync: gonbui.Sync}
	case file != nil && isTerminal(file):
		p.show = &terminal{w: w}
	default:
		p.show = &plain{w: w}
	}
	return p
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// Event shows an event. It may be called from several goroutines.
func (p *Progress) Event(e fit.Event) {
	if p == nil || p.show == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(e)
	if e.Steps == 0 && !e.Loaded {
		return // only notes
	}
	i := slices.IndexFunc(p.flows, func(f *flow) bool { return f.Flow == e.Flow })
	if i < 0 {
		i, p.flows = len(p.flows), append(p.flows, &flow{})
	}
	f := p.flows[i]
	f.Event = e
	switch {
	case e.EpochEnded && !math.IsNaN(e.Validation):
		f.validation = append(f.validation, lossAt{e.Step, e.Validation})
	case e.Step > 0 && !e.EpochEnded && !e.Done:
		f.training = append(f.training, lossAt{e.Step, e.Loss})
	}
	switch now := p.now(); {
	case e.Done:
		p.flows = slices.Delete(p.flows, i, i+1)
		p.show.end(f, p.flows)
	case now.Sub(f.shown) >= p.show.every():
		f.shown = now
		p.show.update(f, p.flows)
	}
}

// note shows the notes of an event. Of a loaded flow's notes it shows only those that haven't been
// shown yet.
func (p *Progress) note(e fit.Event) {
	notes := e.Notes
	if e.Loaded {
		notes = slices.DeleteFunc(slices.Clone(notes), func(text string) bool { return p.noted[text] })
	}
	if p.noted == nil {
		p.noted = map[string]bool{}
	}
	for _, text := range notes {
		p.noted[text] = true
		if !e.Loaded {
			p.show.note(text)
		}
	}
	if e.Loaded && len(notes) > 0 {
		p.show.again(e.Flow, notes)
	}
}

// Glimpse shows what a flow makes so far, if this is a notebook. Pass it to f4f.WithGlimpses. A
// flow of one feature gets no picture.
func (p *Progress) Glimpse(g f4f.Glimpse) {
	if p == nil || p.show == nil {
		return
	}
	picture, err := thumbnail(g.Points, g.Target, thumbnailSide)
	if err != nil {
		return // one feature, or points that aren't finite, which the loss shows too
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.flows {
		if f.Flow == g.Flow {
			f.picture = picture
		}
	}
}

const (
	thumbnailSide   = 110 // pixels
	thumbnailPoints = 250 // the Go backend takes 40 ms for 250 with the paper's architecture, but half a second for 500: it multiplies larger matrices by a slower method
)

// watch returns a context under which fits report to p.
func (p *Progress) watch(ctx context.Context) context.Context {
	ctx = f4f.WithEvents(ctx, p.Event)
	if _, ok := p.show.(*cell); ok { // only a notebook shows pictures
		ctx = f4f.WithGlimpses(ctx, thumbnailPoints, p.Glimpse)
	}
	return ctx
}

// Stop ends the display. Fits that haven't finished are shown as stopped.
func (p *Progress) Stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.flows) > 0 {
		f := p.flows[0]
		p.flows, f.stopped = p.flows[1:], true
		p.show.end(f, p.flows)
	}
}

// words returns the state of a fit, with its rate and the time left, in one line.
func words(e fit.Event) string {
	text := reached(e)
	if e.Rate > 0 {
		text += fmt.Sprintf(", %.0f steps/s", e.Rate)
		if e.Remaining > 0 {
			text += fmt.Sprintf(", %s left", left(e.Remaining))
		}
	}
	return text
}

// reached returns the epoch, step and losses that a fit has reached.
func reached(e fit.Event) string {
	text := fmt.Sprintf("epoch %d/%d, step %d/%d, %s %.4f", e.Epoch, e.Epochs, e.Step, e.Steps, e.LossName(), e.Loss)
	if !math.IsNaN(e.Validation) {
		text += fmt.Sprintf(", validation %.4f", e.Validation)
	}
	return text
}

// summary returns how the fit of a flow ended, in one line.
func (f *flow) summary() string {
	e := f.Event
	switch {
	case e.Loaded:
		return "found trained in the store"
	case f.stopped:
		return "stopped at " + reached(e)
	}
	parts := []string{fmt.Sprintf("trained for %d epochs, %d steps", e.Epoch, e.Step), fmt.Sprintf("%s %.4f", e.LossName(), e.Loss)}
	if !math.IsNaN(e.Validation) {
		parts = append(parts, fmt.Sprintf("validation %.4f nats", e.Validation))
	}
	if e.Rate > 0 {
		parts = append(parts, fmt.Sprintf("%.0f steps/s", e.Rate))
	}
	return strings.Join(parts, ", ")
}

// left formats a duration to the second, or to the minute from an hour on.
func left(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(math.Ceil(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

func share(e fit.Event) float64 { return float64(e.Step) / float64(max(e.Steps, 1)) }

// plain writes lines, for files and pipes.
type plain struct{ w io.Writer }

func (p *plain) every() time.Duration { return 10 * time.Second }
func (p *plain) note(text string)     { fmt.Fprintln(p.w, text) }
func (p *plain) again(_ string, notes []string) {
	for _, text := range notes {
		p.note(text)
	}
}
func (p *plain) update(f *flow, _ []*flow) {
	fmt.Fprintf(p.w, "%s: %s\n", f.Flow, words(f.Event))
}
func (p *plain) end(f *flow, _ []*flow) { fmt.Fprintf(p.w, "%s: %s\n", f.Flow, f.summary()) }

// terminal redraws a single line.
type terminal struct{ w io.Writer }

const (
	wipe          = "\r\x1b[K"
	terminalWidth = 79 // a wider line wraps on some screens, and a wrapped line can't be redrawn
)

func (t *terminal) every() time.Duration { return 200 * time.Millisecond }
func (t *terminal) note(text string)     { fmt.Fprintf(t.w, "%s%s\n", wipe, text) }
func (t *terminal) again(_ string, notes []string) {
	for _, text := range notes {
		t.note(text)
	}
}
func (t *terminal) end(f *flow, _ []*flow) {
	fmt.Fprintf(t.w, "%s%s: %s\n", wipe, f.Flow, f.summary())
}

func (t *terminal) update(f *flow, all []*flow) {
	line := alone(f.Event)
	if len(all) > 1 {
		line = besideOthers(all)
	}
	if utf8.RuneCountInString(line) > terminalWidth {
		line = string([]rune(line)[:terminalWidth-1]) + "…"
	}
	fmt.Fprint(t.w, wipe+line)
}

// alone returns the line for the only flow in training.
func alone(e fit.Event) string {
	const width = 12
	full := int(share(e) * width)
	line := fmt.Sprintf("%s %s%s", e.Flow, strings.Repeat("█", full), strings.Repeat("░", width-full))
	if e.Rate > 0 {
		if e.Remaining > 0 {
			line += fmt.Sprintf(" %s left,", left(e.Remaining))
		}
		line += fmt.Sprintf(" %.0f steps/s,", e.Rate)
	}
	line += fmt.Sprintf(" %s %.3f", e.LossName(), e.Loss)
	if !math.IsNaN(e.Validation) {
		line += fmt.Sprintf(" (%.3f)", e.Validation)
	}
	return line
}

// besideOthers returns the line for several flows in training: the progress of each.
func besideOthers(all []*flow) string {
	parts := make([]string, len(all))
	for i, f := range all {
		if parts[i] = fmt.Sprintf("%s %.0f%%", f.Flow, 100*share(f.Event)); f.Remaining > 0 {
			parts[i] += fmt.Sprintf(" (%s left)", left(f.Remaining))
		}
	}
	return strings.Join(parts, ", ")
}

// cell updates one output of a notebook's cell. At the end it holds a summary of every flow that
// was fitted.
type cell struct {
	id    string
	put   func(id, html string)
	sync  func()
	found []string // the names of the flows that were loaded
	done  []string // the HTML of everything else that stays
}

func (c *cell) every() time.Duration { return 250 * time.Millisecond }

func (c *cell) note(text string) {
	c.done = append(c.done, noteHTML(text))
	c.draw(nil)
}

// again folds several notes into one line, since every cell that loads the flow shows them again.
func (c *cell) again(flow string, notes []string) {
	if len(notes) == 1 {
		c.note(notes[0])
		return
	}
	text := fmt.Sprintf(`<details style="color:#8a6d00"><summary>%d notes on %s</summary>`, len(notes), html.EscapeString(flow))
	for _, note := range notes {
		text += noteHTML(note)
	}
	c.done = append(c.done, text+`</details>`)
	c.draw(nil)
}

func noteHTML(text string) string {
	return `<div style="color:#8a6d00">` + html.EscapeString(text) + `</div>`
}

func (c *cell) update(_ *flow, all []*flow) { c.draw(all) }

// loaded returns one line for all flows that were loaded from the store, since cells often load the
// same ones again.
func (c *cell) loaded() string {
	names := strings.Join(c.found, ", ")
	switch n := len(c.found); {
	case n == 0:
		return ""
	case n > 3:
		names = fmt.Sprintf("%d flows", n)
	}
	return fmt.Sprintf(`<div><b>%s</b>: found trained in the store</div>`, html.EscapeString(names))
}

// draw shows what is done, and below it a bar for each flow in training.
func (c *cell) draw(underWay []*flow) {
	parts := append([]string{c.loaded()}, c.done...)
	for _, f := range underWay {
		parts = append(parts, bar(f.Event)+f.drawn())
	}
	c.put(c.id, strings.Join(parts, ""))
}

func (c *cell) end(f *flow, rest []*flow) {
	if f.Loaded {
		c.found = append(c.found, f.Flow)
	} else {
		c.done = append(c.done, fmt.Sprintf(`<div><b>%s</b>: %s</div>%s`, html.EscapeString(f.Flow), html.EscapeString(f.summary()), f.drawn()))
	}
	c.draw(rest)
	c.sync() // the program may end before the kernel has read the output
}

// bar returns the HTML for a flow in training. It has no scripts, because saved notebooks lose
// them.
func bar(e fit.Event) string {
	return fmt.Sprintf(`<div><b>%s</b> `+
		`<span style="display:inline-block;width:12em;height:.7em;background:#ddd;border-radius:.35em;overflow:hidden;vertical-align:middle">`+
		`<span style="display:block;width:%.1f%%;height:100%%;background:#2a788e"></span></span> %s</div>`,
		html.EscapeString(e.Flow), 100*share(e), html.EscapeString(words(e)))
}

// drawn returns the HTML of a flow's loss curve, with the picture of what it makes beside it. It
// returns "" if there is neither yet.
func (f *flow) drawn() string {
	unit := "nats"
	if f.LossesAreBounds {
		unit = "nats, " + f.LossName()
	}
	curve, picture := f.chart(f.Steps, unit), ""
	if f.picture != nil {
		picture = fmt.Sprintf(`<img width="%d" height="%d" style="display:inline-block" alt="what the flow makes, over its target" src="data:image/png;base64,%s"/>`,
			thumbnailSide, thumbnailSide, base64.StdEncoding.EncodeToString(f.picture))
	}
	if curve+picture == "" {
		return ""
	}
	return `<div class="f4f-live" style="white-space:nowrap">` + curve + picture + `</div>`
}
