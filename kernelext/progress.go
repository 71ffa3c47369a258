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
	"github.com/flowsforflows/flows/kernelext/plot"
)

// Progress shows how far fits have come: a bar updated in place in a notebook or a terminal, plain
// lines elsewhere. Its Event method is a receiver for f4f.WithEvents. It may be used for several
// fits, one after another or side by side. NewProgress makes one; a nil Progress, or a zero one,
// shows nothing.
type Progress struct {
	mu    sync.Mutex
	show  shower
	now   func() time.Time
	flows []*flow         // under way, in the order they began
	noted map[string]bool // notes that were shown
}

// flow is one that is being trained, or was.
type flow struct {
	fit.Event        // the last
	history          // for the curve
	picture   []byte // of what the flow makes by now, a PNG; nil for none
	shown     time.Time
	stopped   bool // before its end
}

// shower is a place where progress is shown.
type shower interface {
	update(f *flow, all []*flow) // how a flow is doing now, one of all that are under way
	end(f *flow, rest []*flow)   // how it did, for good, and what else is under way
	note(text string)
	again(flow string, notes []string) // notes of a loaded flow, which were shown when it was trained
	every() time.Duration              // least time between updates of a flow
}

// NewProgress shows progress in the notebook if this is a cell of one, else on w: as a bar if it is
// a terminal, else as lines.
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

// Event shows one event.
func (p *Progress) Event(e fit.Event) {
	if p == nil || p.show == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(e)
	if e.Steps == 0 && !e.Loaded {
		return // notes alone
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

// note shows the notes of an event; of a loaded flow only those that haven't been shown yet.
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

// Glimpse shows what a flow makes by now, in a notebook, and is a receiver for f4f.WithGlimpses.
// Points of one feature have no picture.
func (p *Progress) Glimpse(g f4f.Glimpse) {
	if p == nil || p.show == nil {
		return
	}
	picture, err := plot.Thumbnail(g.Points, g.Target, thumbnailSide)
	if err != nil {
		return // of one feature, or a flow that has gone astray: its loss tells of it
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
	thumbnailPoints = 250 // they take the Go backend 40 ms by the paper's architecture, and 500 half a second: it multiplies larger matrices in another way
)

// watch has the progress told of what is fitted under the context.
func (p *Progress) watch(ctx context.Context) context.Context {
	ctx = f4f.WithEvents(ctx, p.Event)
	if _, ok := p.show.(*cell); ok { // no other place has pictures
		ctx = f4f.WithGlimpses(ctx, thumbnailPoints, p.Glimpse)
	}
	return ctx
}

// Stop ends what is being shown of fits that stopped before their end.
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

// words is how a flow is doing, in a line.
func words(e fit.Event) string {
	text := reached(e)
	if e.Rate > 0 {
		text += fmt.Sprintf(", %.0f steps/s, %s left", e.Rate, left(e.Remaining))
	}
	return text
}

// reached is where a flow has come to.
func reached(e fit.Event) string {
	text := fmt.Sprintf("epoch %d/%d, step %d/%d, loss %.4f", e.Epoch, e.Epochs, e.Step, e.Steps, e.Loss)
	if !math.IsNaN(e.Validation) {
		text += fmt.Sprintf(", validation %.4f", e.Validation)
	}
	return text
}

// summary is how a flow did, in a line.
func (f *flow) summary() string {
	e := f.Event
	switch {
	case e.Loaded:
		return "found trained in the store"
	case f.stopped:
		return "stopped at " + reached(e)
	}
	parts := []string{fmt.Sprintf("trained for %d epochs, %d steps", e.Epoch, e.Step), fmt.Sprintf("loss %.4f", e.Loss)}
	if !math.IsNaN(e.Validation) {
		parts = append(parts, fmt.Sprintf("validation %.4f nats", e.Validation))
	}
	if e.Rate > 0 {
		parts = append(parts, fmt.Sprintf("%.0f steps/s", e.Rate))
	}
	return strings.Join(parts, ", ")
}

// left is a time to wait, as a person says it.
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

// terminal draws one line over and over.
type terminal struct{ w io.Writer }

const (
	wipe          = "\r\x1b[K"
	terminalWidth = 79 // wider than this wraps on some screens, and a wrapped line can't be redrawn
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

// alone is a line of the one flow under way.
func alone(e fit.Event) string {
	const width = 12
	full := int(share(e) * width)
	line := fmt.Sprintf("%s %s%s", e.Flow, strings.Repeat("█", full), strings.Repeat("░", width-full))
	if e.Rate > 0 {
		line += fmt.Sprintf(" %s left, %.0f steps/s,", left(e.Remaining), e.Rate)
	}
	line += fmt.Sprintf(" loss %.3f", e.Loss)
	if !math.IsNaN(e.Validation) {
		line += fmt.Sprintf(" (%.3f)", e.Validation)
	}
	return line
}

// besideOthers is a line of all that are under way, no more than how far each is.
func besideOthers(all []*flow) string {
	parts := make([]string, len(all))
	for i, f := range all {
		if parts[i] = fmt.Sprintf("%s %.0f%%", f.Flow, 100*share(f.Event)); f.Rate > 0 {
			parts[i] += fmt.Sprintf(" (%s left)", left(f.Remaining))
		}
	}
	return strings.Join(parts, ", ")
}

// cell updates one output of a notebook's cell, which ends as a summary of every flow that was fitted.
type cell struct {
	id    string
	put   func(id, html string)
	sync  func()
	found []string // the flows that were loaded
	done  []string // what else stays, as HTML
}

func (c *cell) every() time.Duration { return 250 * time.Millisecond }

func (c *cell) note(text string) {
	c.done = append(c.done, noteHTML(text))
	c.draw(nil)
}

// again folds several notes into one line: every cell that uses the flow loads it and shows them.
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

// loaded is a line for the flows that were found trained, however many: cells load them again and
// again.
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

// draw is what is done above a bar for each that is under way.
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
	c.sync() // the cell's program may end before the kernel has read what it was sent
}

// bar is a flow under way as HTML, without scripts: saved notebooks lose them.
func bar(e fit.Event) string {
	return fmt.Sprintf(`<div><b>%s</b> `+
		`<span style="display:inline-block;width:12em;height:.7em;background:#ddd;border-radius:.35em;overflow:hidden;vertical-align:middle">`+
		`<span style="display:block;width:%.1f%%;height:100%%;background:#2a788e"></span></span> %s</div>`,
		html.EscapeString(e.Flow), 100*share(e), html.EscapeString(words(e)))
}

// drawn is a flow's curve and, beside it, the picture of what it makes, as HTML; empty where there
// is neither yet.
func (f *flow) drawn() string {
	curve, picture := f.chart(f.Steps), ""
	if f.picture != nil {
		picture = fmt.Sprintf(`<img width="%d" height="%d" style="display:inline-block" alt="what the flow makes, over its target" src="data:image/png;base64,%s"/>`,
			thumbnailSide, thumbnailSide, base64.StdEncoding.EncodeToString(f.picture))
	}
	if curve+picture == "" {
		return ""
	}
	return `<div class="f4f-live" style="white-space:nowrap">` + curve + picture + `</div>`
}
