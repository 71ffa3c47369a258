package template

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/notebooks/internal/analysis"
)

// Budgets of the scan over signal regions.
const (
	scanned             = 1_000_000 // background events from 2.6 to 4.5 TeV
	scanRows            = 60_000    // events of the sidebands that each flow is trained on
	scanSteps           = 3_000     // of each base and of each transport
	scanSide, scanWidth = 0.3, 0.4
)

// Scan returns a plan for each of n signal regions, 0.4 TeV wide, that begin at 2.9, 3.0, … TeV,
// with sidebands of 0.3 TeV, and their windows. Each is trained on as many of its sidebands' events,
// so that all flows are of one shape and share their programs. It returns an error unless n is
// between 1 and 10.
func Scan(n int, x, m data.Points, steps int, store string) ([]f4f.BetweenPlan, []Window, error) {
	if n < 1 || n > 10 {
		return nil, nil, fmt.Errorf("template: a scan has 1 to 10 signal regions, got %d", n)
	}
	var plans []f4f.BetweenPlan
	var windows []Window
	for i := range n {
		from := 2.9 + 0.1*float64(i)
		w := Window{From: from, To: from + scanWidth, Side: scanSide}
		sx, sm, err := w.Sidebands(x, m)
		if err != nil {
			return nil, nil, err
		}
		if sx.Len() < scanRows {
			return nil, nil, fmt.Errorf("template: the sidebands of %v must hold %d events, got %d", w, scanRows, sx.Len())
		}
		table, err := data.FromPointsWithConditions(fmt.Sprintf("sidebands of %.1f TeV", from), sx.Slice(0, scanRows), sm.Slice(0, scanRows))
		if err != nil {
			return nil, nil, err
		}
		base := Base(table).Steps(steps).Store(store)
		plans, windows = append(plans, Among(base).Steps(steps).Store(store)), append(windows, w)
	}
	return plans, windows, nil
}

// regions trains the flows of ten signal regions by one FitAll, in a store of its own, then those of
// one region in another, and compares the times. One region is trained before, so that both times are
// without compilation. Then it measures the closure in each region.
func (l *long) regions(ctx context.Context) error {
	last := analysis.Number{Table: "regions", Row: "ten regions over one", Column: "seconds", Quick: l.Quick}
	if l.results.Has(last) {
		return nil
	}
	x, m, err := Background(scanned, 2.6, 4.5, 1)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "regions-")
	if err != nil {
		return fmt.Errorf("template: %w", err)
	}
	defer os.RemoveAll(folder)
	var seconds [3]float64
	var flows []*f4f.Transport
	var windows []Window
	for i, n := range []int{1, 10, 1} {
		plans, of, err := Scan(n, x, m, l.steps(scanSteps), fmt.Sprintf("%s/%d", folder, i))
		if err != nil {
			return err
		}
		l.Say("%d signal regions by one FitAll", n)
		start := time.Now()
		trained, err := f4f.FitAll(ctx, plans...)
		if err != nil {
			return err
		}
		seconds[i] = time.Since(start).Seconds()
		if n > 1 {
			flows, windows = trained, of
		}
	}
	l.results.Put(analysis.Number{Table: "regions", Row: "one region", Column: "seconds", Quick: l.Quick, Value: seconds[2]})
	l.results.Put(analysis.Number{Table: "regions", Row: "ten regions by one FitAll", Column: "seconds", Quick: l.Quick, Value: seconds[1]})
	for i, t := range flows {
		if err := l.region(ctx, t, windows[i], x, m); err != nil {
			return err
		}
	}
	last.Value = seconds[1] / seconds[2]
	l.results.Put(last)
	return l.results.Write(l.Folder)
}

// region measures the closure in a signal region.
func (l *long) region(ctx context.Context, t *f4f.Transport, w Window, x, m data.Points) error {
	sx, sm, err := w.Sidebands(x, m)
	if err != nil {
		return err
	}
	spectrum, err := FitSpectrum(sm, w)
	if err != nil {
		return err
	}
	to, err := spectrum.Sample(sx.Len(), w.From, w.To, 1)
	if err != nil {
		return err
	}
	moved, err := t.At(sm, to).Forward(sx)
	if err != nil {
		return err
	}
	truth, _, err := Background(judges/2, w.From, w.To, 3000)
	if err != nil {
		return err
	}
	told, err := Trees{}.Separate(ctx, moved, truth)
	if err != nil {
		return err
	}
	l.Say("%.1f to %.1f TeV: AUC %v", w.From, w.To, told.AUC)
	return l.put(analysis.Number{Table: "scan", Row: fmt.Sprintf("%.1f to %.1f TeV", w.From, w.To), Column: "AUC, trees", Seed: 1, Quick: l.Quick}, told.AUC, moved.Len())
}
