package kernelext

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// events returns the events of a fit of two epochs with a step every 100 ms.
func events() []fit.Event {
	var all []fit.Event
	e := fit.Event{Flow: "base <star>", Steps: 200, Epochs: 2, Epoch: 1, Validation: math.NaN(), Rate: 10}
	for e.Step = 1; e.Step <= 200; e.Step++ {
		e.Loss = 4 - float64(e.Step)/100
		e.Remaining = time.Duration(200-e.Step) * 100 * time.Millisecond
		if e.Step > 100 {
			e.Epoch, e.Validation = 2, 3.25
		}
		all = append(all, e)
	}
	e.Step, e.Done = 200, true
	return append(all, e)
}

// play sends events to a shower, one every 100 ms.
func play(s shower, all []fit.Event) {
	at := time.Unix(0, 0)
	p := &Progress{show: s, now: func() time.Time { return at }}
	for _, e := range all {
		at = at.Add(100 * time.Millisecond)
		p.Event(e)
	}
}

func TestPlainLinesAreFewAndEndWithASummary(t *testing.T) {
	var out bytes.Buffer
	play(&plain{w: &out}, events())
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("20 seconds gave %d lines, want one every 10 seconds and a last:\n%s", len(lines), out.String())
	}
	if want := "base <star>: trained for 2 epochs, 200 steps, loss 2.0000, validation 3.2500 nats, 10 steps/s"; lines[2] != want {
		t.Errorf("the last line is %q, want %q", lines[2], want)
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Error("plain lines hold control characters")
	}
}

func TestTerminalRedrawsOneLine(t *testing.T) {
	var out bytes.Buffer
	play(&terminal{w: &out}, events())
	if got := strings.Count(out.String(), "\n"); got != 1 {
		t.Errorf("a terminal got %d lines, want the summary alone", got)
	}
	for _, part := range strings.Split(out.String(), wipe) {
		if n := len([]rune(part)); n > terminalWidth && !strings.HasSuffix(part, "\n") {
			t.Errorf("a line of %d characters would wrap: %q", n, part)
		}
	}
}

func TestAStoppedFitEndsItsLine(t *testing.T) {
	var out bytes.Buffer
	p := &Progress{show: &terminal{w: &out}, now: time.Now}
	p.Event(events()[0])
	p.Stop()
	p.Stop() // there is nothing left to stop
	if !strings.Contains(out.String(), "base <star>: stopped at epoch ") || !strings.HasSuffix(out.String(), "\n") || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("the terminal got %q", out.String())
	}
}

func TestCellUpdatesOneOutputAndLeavesASummary(t *testing.T) {
	var shown []string
	synced := false
	c := &cell{id: "x", put: func(_, html string) { shown = append(shown, html) }, sync: func() { synced = true }}
	all := events()
	all[0].Notes = []string{"1% of the points lie beyond ±4"}
	play(c, all)
	if len(shown) < 40 || len(shown) > 110 {
		t.Errorf("20 seconds gave %d updates, want about four a second", len(shown))
	}
	last := shown[len(shown)-1]
	for _, want := range []string{"base &lt;star&gt;", "trained for 2 epochs", "1% of the points", "<polyline"} {
		if !strings.Contains(last, want) {
			t.Errorf("the last output lacks %q: %s", want, last)
		}
	}
	if strings.Contains(last, "<script") || strings.Contains(last, "<star>") {
		t.Errorf("the output isn't escaped: %s", last)
	}
	if !synced {
		t.Error("the last output was not waited for")
	}
}

func TestBoundsAreNamedWhereverLossesAreShown(t *testing.T) {
	all := events()
	for i := range all {
		all[i].LossesAreBounds = true
	}
	var lines, line bytes.Buffer
	var shown []string
	play(&plain{w: &lines}, all)
	play(&terminal{w: &line}, all)
	play(&cell{put: func(_, html string) { shown = append(shown, html) }, sync: func() {}}, all)
	early, last, _ := strings.Cut(lines.String(), "trained for")
	chart := shown[len(shown)-1]
	for where, text := range map[string]string{
		"a line": early, "the last line": last, "a terminal": line.String()[:200], "a cell": shown[len(shown)/2], "a chart": chart[strings.Index(chart, "<svg"):],
	} {
		if !strings.Contains(text, "bound of −log P") || strings.Contains(text, "loss") {
			t.Errorf("%s: %q", where, text)
		}
	}
}

func TestNotesOfALoadedFlowAreShownOnceAndFoldedInACell(t *testing.T) {
	loaded := func(flow string, notes ...string) fit.Event {
		return fit.Event{Flow: flow, Loaded: true, Done: true, Notes: notes}
	}
	var lines bytes.Buffer
	var shown []string
	for _, place := range []shower{&plain{w: &lines}, &cell{put: func(_, html string) { shown = append(shown, html) }, sync: func() {}}} {
		p := &Progress{show: place, now: time.Now}
		p.Event(loaded("base <star>", "copies <1>", "far out"))
		p.Event(loaded("base ring", "an offset", "far out"))
		p.Event(loaded("star → ring", "copies <1>"))
	}
	if got, want := lines.String(), "copies <1>\nfar out\nbase <star>: found trained in the store\nan offset\nbase ring: found trained in the store\nstar → ring: found trained in the store\n"; got != want {
		t.Errorf("the lines are %q, want %q", got, want)
	}
	last := shown[len(shown)-1]
	for want, times := range map[string]int{"<details ": 1, "</details>": 1, "2 notes on base &lt;star&gt;</summary>": 1, "copies &lt;1&gt;": 1, "far out": 1, "an offset": 1, "<b>base &lt;star&gt;, base ring, star → ring</b>: found trained": 1} {
		if got := strings.Count(last, want); got != times {
			t.Errorf("the cell has %q %d times, want %d: %s", want, got, times, last)
		}
	}
}

func TestCellShowsACurveThatGrowsAndAPictureThatIsReplaced(t *testing.T) {
	var shown []string
	p := &Progress{show: &cell{put: func(_, html string) { shown = append(shown, html) }, sync: func() {}}, now: time.Now}
	now := time.Unix(0, 0)
	p.now = func() time.Time { now = now.Add(time.Second); return now }
	end := func() (x string) { // the last point of the curve
		_, rest, _ := strings.Cut(shown[len(shown)-1], `<polyline points="`)
		points, _, _ := strings.Cut(rest, `"`)
		return points[strings.LastIndex(points, " ")+1:]
	}
	square, err := data.UniformSquare().Sample(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := data.Ring().Sample(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	all := events()
	for _, e := range all[:50] {
		p.Event(e)
	}
	if strings.Contains(shown[len(shown)-1], "<img") {
		t.Error("there is a picture before there was a glimpse")
	}
	quarter := end()
	p.Glimpse(f4f.Glimpse{Flow: "base <star>", Points: square, Target: ring})
	for _, e := range all[50:100] {
		p.Event(e)
	}
	half, first := end(), shown[len(shown)-1]
	x := func(point string) float64 {
		v, _, _ := strings.Cut(point, ",")
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			t.Fatalf("the curve ends at %q: %v", point, err)
		}
		return f - chartLeft
	}
	if a, b := x(quarter)/chartWidth, x(half)/chartWidth; math.Abs(a-0.25) > 0.01 || math.Abs(b-0.5) > 0.01 {
		t.Errorf("after a quarter of the steps the curve is at %g of the width, after half of them at %g", a, b)
	}
	p.Glimpse(f4f.Glimpse{Flow: "base <star>", Points: ring, Target: ring})
	for _, e := range all[100:] {
		p.Event(e)
	}
	last := shown[len(shown)-1]
	picture := func(html string) string {
		if strings.Count(html, "<img") != 1 {
			t.Fatalf("there should be one picture: %s", html)
		}
		_, rest, _ := strings.Cut(html, "base64,")
		code, _, _ := strings.Cut(rest, `"`)
		return code
	}
	if picture(first) == picture(last) {
		t.Error("the second glimpse has the first one's picture")
	}
	if len(last) > 30_000 {
		t.Errorf("the output that stays in the notebook has %d bytes", len(last))
	}
}

func TestFlowsSideBySideAreShownTogether(t *testing.T) {
	var both []fit.Event
	for _, e := range events() {
		other := e
		other.Flow, other.Loss = "base ring", e.Loss+10
		both = append(both, e, other)
	}
	var shown []string
	play(&cell{id: "x", put: func(_, html string) { shown = append(shown, html) }, sync: func() {}}, both)
	half := shown[len(shown)/2]
	if strings.Count(half, "display:inline-block") != 2 || !strings.Contains(half, "loss 2.") || !strings.Contains(half, "loss 12.") {
		t.Errorf("half way there should be a bar for each, with losses of its own: %s", half)
	}
	if last := shown[len(shown)-1]; strings.Count(last, "trained for 2 epochs") != 2 || strings.Contains(last, "display:inline-block") {
		t.Errorf("at the end there should be two summaries and no bar: %s", last)
	}
	var out bytes.Buffer
	play(&terminal{w: &out}, both)
	if want := "base <star> 50% (10 s left), base ring 50% (10 s left)"; !strings.Contains(out.String(), want) {
		t.Errorf("the terminal lacks %q", want)
	}
	if got := strings.Count(out.String(), "\n"); got != 2 {
		t.Errorf("the terminal got %d lines, want the two summaries alone", got)
	}
}

func TestLoadedFlowIsToldInALine(t *testing.T) {
	var out bytes.Buffer
	play(&plain{w: &out}, []fit.Event{{Flow: "base star", Loaded: true, Done: true}})
	if want := "base star: found trained in the store\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestTimeLeftReadsAsAPersonSaysIt(t *testing.T) {
	for d, want := range map[time.Duration]string{
		400 * time.Millisecond: "1 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min 01 s", 3*time.Hour + 5*time.Minute: "3 h 05 min",
	} {
		if got := left(d); got != want {
			t.Errorf("%v left reads %q, want %q", d, got, want)
		}
	}
}

// A stopped fit keeps what it has shown: the curve, the picture and the step reached.
func TestAStoppedFitKeepsItsCurveInTheNotebook(t *testing.T) {
	var shown string
	p := &Progress{show: &cell{put: func(_, html string) { shown = html }, sync: func() {}}, now: time.Now}
	for _, e := range events()[:50] {
		p.Event(e)
	}
	ring, err := data.Ring().Sample(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.Glimpse(f4f.Glimpse{Flow: "base <star>", Points: ring, Target: ring})
	p.Stop()
	if !strings.Contains(shown, "stopped at epoch 1/2, step ") || !strings.Contains(shown, "<polyline") || strings.Count(shown, "<img") != 1 {
		t.Errorf("after it stopped there stays %s", shown)
	}
}
