package paper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// Options say what to run and where. Folder is required.
type Options struct {
	Only     []string // names of experiments; none means all
	Budget   string   // "paper", "tenth", "hundredth" or "quick"; "" means "paper"
	Fast     bool     // use the fast recipe in place of the paper's
	Together bool     // train flows of one shape as one program, which pays on a GPU
	Store    string   // where trained flows are kept; "" means the default of package f4f
	Flows    string   // folder of published flows, which are loaded rather than trained; "" for none
	// Publish is a folder in which to publish all that is run; "" for none. Records are added to
	// its results.json, and a later run can use its flows as Flows. One run at a time writes to it.
	Publish  string
	Python   string      // the Python that runs flows4flows; "" leaves its cases out, see peer.go
	Folder   string      // for results, figures and the page; created if need be
	Progress func(Event) // receives progress, from several goroutines, one call at a time; nil for none
}

// Run runs experiments and writes the results to the folder: results.json, figures as PNG and SVG,
// paper.md and paper.html. It doesn't measure a case again if results.json has it from plans with
// the same fingerprints, and it doesn't train flows again that the store has. So it can be run as
// often as you like.
//
// If ctx ends, Run stops within seconds and returns an error that wraps the context's. A case that
// fails doesn't stop the others: Run returns the errors of all failed cases at the end.
func Run(ctx context.Context, o Options) error {
	if o.Budget == "" {
		o.Budget = budgets[0].Name
	}
	experiments, err := chosen(o.Only)
	if err != nil {
		return err
	}
	return runAll(ctx, o, experiments)
}

// runAll runs the given experiments.
func runAll(ctx context.Context, o Options, experiments []Experiment) error {
	budget, err := BudgetOf(o.Budget)
	if err != nil {
		return err
	}
	if o.Folder == "" {
		return errors.New("paper: there must be a folder for the results, got none")
	}
	if o.Publish != "" && filepath.Clean(o.Publish) == filepath.Clean(o.Folder) {
		return fmt.Errorf("paper: what is published must go to another folder than the results, got %s for both", o.Folder)
	}
	if err := os.MkdirAll(o.Folder, 0o755); err != nil {
		return fmt.Errorf("paper: the folder for the results can't be written: %w", err)
	}
	l := &lab{
		recipes: recipes{budget, o.Fast, o.Store}, asOne: o.Together || budget.Together, python: o.Python,
		folder: o.Folder, shelf: o.Flows, weights: weights(), publishTo: o.Publish, machine: machine.This(), work: newWork(o.Progress),
	}
	l.work.atOnce = l.atOnce()
	unlock, err := l.lock(ctx, l.folder) // else another run would overwrite these results
	if err != nil {
		return err
	}
	defer unlock()
	if l.results, err = readResults(o.Folder); err != nil {
		return err
	}
	if err := l.writePage(); err != nil { // with the present results, so that there is a page from the start
		return err
	}
	open, err := l.unfinished(o, experiments)
	if err != nil {
		return err
	}
	var failures []error
	for i, e := range experiments {
		if err := l.run(ctx, e, open[i]); err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("paper: %s stopped: %w", e.Name, err)
			}
			failures = append(failures, fmt.Errorf("paper: %s: %w", e.Name, err))
		}
	}
	return errors.Join(failures...)
}

// unfinished returns the cases of each experiment that are still to be measured, each in the first
// experiment that has it. It adds their trainings to the planned work.
func (l *lab) unfinished(o Options, experiments []Experiment) ([][]Case, error) {
	open := make([][]Case, len(experiments))
	seen := map[Case]bool{}
	for i, e := range experiments {
		for _, c := range l.budget.casesOf(e.Cases) {
			if seen[c] || !o.runs(c) {
				continue
			}
			seen[c] = true
			trainings, print, err := l.trainings(c)
			if err != nil {
				return nil, fmt.Errorf("%w (%s of %s)", err, c, e.Name)
			}
			if old := l.results.find(c, l.label()); old != nil && old.Failed == "" && old.Fingerprint == print {
				continue
			}
			open[i] = append(open[i], c)
			l.work.plan(trainings)
		}
		open[i] = byMethod(open[i])
	}
	return open, nil
}

// byMethod sorts cases by seed, and those with one seed by method. Cases of one method without
// conditions have the same programs, which are then compiled once.
func byMethod(open []Case) []Case {
	var methods []string
	for _, c := range open {
		if !slices.Contains(methods, c.Method) {
			methods = append(methods, c.Method)
		}
	}
	slices.SortStableFunc(open, func(a, b Case) int {
		return cmp.Or(cmp.Compare(a.Seed, b.Seed), cmp.Compare(slices.Index(methods, a.Method), slices.Index(methods, b.Method)))
	})
	return open
}

// run trains and measures the open cases of an experiment, draws its figures, and writes the page.
func (l *lab) run(ctx context.Context, e Experiment, open []Case) error {
	if l.asOne {
		l.work.start(e.Name)
		if err := l.together(ctx, open); err != nil && ctx.Err() != nil {
			return err // any other error is returned again by the case that it concerns
		}
	}
	for _, c := range l.budget.casesOf(e.Cases) { // the cases that aren't open
		if err := l.publish(ctx, e, c); err != nil {
			return err
		}
	}
	var mu sync.Mutex // guards the results, including the published ones, and the failures
	var failures []error
	var group errgroup.Group
	group.SetLimit(l.atOnce())
	for i, c := range open {
		group.Go(func() error {
			record, err := l.record(ctx, c, fmt.Sprintf("%s %d/%d %s", e.Name, i+1, len(open), c))
			if ctx.Err() != nil {
				return errors.Join(ctx.Err(), err)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				record.Failed = err.Error()
				failures = append(failures, fmt.Errorf("%s: %w", c, err))
			}
			l.results.put(record)
			err = errors.Join(l.results.write(l.folder), l.writePage(), l.publish(ctx, e, c))
			l.work.tell(Event{Text: e.Name + ": " + summary(record), Line: true})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, f := range e.Figures {
		if err := l.draw(ctx, f); err != nil {
			if ctx.Err() != nil {
				return errors.Join(ctx.Err(), err)
			}
			failures = append(failures, fmt.Errorf("figure %s: %w", f.name, err))
		}
	}
	return errors.Join(append(failures, l.writePage())...)
}

// atOnce returns how many cases are trained and measured side by side. It is one if cases are
// trained one by one, since training keeps all processors busy. If the flows were trained together
// beforehand, it is one for each processor: what remains is compiling the programs that evaluate
// flows, which keeps only one processor busy.
func (l *lab) atOnce() int {
	if l.asOne {
		return runtime.GOMAXPROCS(0)
	}
	return 1
}

// record trains and measures a case, and returns its record.
func (l *lab) record(ctx context.Context, c Case, about string) (Record, error) {
	l.work.start(about)
	record := Record{Case: c, Label: l.label(), Together: l.asOne, Machine: l.machine}
	trainings, print, err := l.trainings(c)
	if err != nil {
		return record, err
	}
	record.Fingerprint = print
	bases, transport := recipes{l.budget, l.fast, ""}.needs(c) // without the store, which readers elsewhere don't have
	switch {
	case transport != nil:
		record.Plan, record.Steps = transport.String(), trainings[len(trainings)-1].steps
	case c.beside() != "":
		record.Plan = l.task(c).String()
		if c.beside() != baseTransfer {
			_, record.Steps = l.task(c).steps()
		}
	case len(bases) > 0:
		var plans []string
		for _, b := range bases {
			plans = append(plans, b.String())
		}
		record.Plan = strings.Join(plans, ", ")
		if c.Method == learnedBase {
			record.Steps = trainings[0].steps
		}
	}
	start, trainedBefore := time.Now(), l.work.spentSoFar()
	m, err := l.measure(ctx, c)
	measuring := time.Since(start) - (l.work.spentSoFar() - trainedBefore)
	l.work.caseDone(measuring)
	record.Numbers, record.Trained, record.Measured = m.numbers, Real(m.seconds), Real(measuring.Seconds())
	return record, err
}

// summary returns a record as one line.
func summary(r Record) string {
	if r.Failed != "" {
		return fmt.Sprintf("%s failed: %s", r.Case, r.Failed)
	}
	var parts []string
	for _, n := range r.Numbers {
		switch n.Name {
		case kl:
			parts = append(parts, strings.TrimSpace(n.At+" KL ")+" "+rounded(float64(n.Value), float64(n.Error)))
		case movedEuclidean:
			parts = append(parts, "moves "+rounded(float64(n.Value), float64(n.Error)))
		}
	}
	return fmt.Sprintf("%s: %s", r.Case, strings.Join(parts, ", "))
}

// draw draws a figure if all that it shows is measured, unless it exists already.
func (l *lab) draw(ctx context.Context, f figure) error {
	prints := ""
	for _, c := range l.budget.casesOf(f.cases) {
		record := l.results.find(c, l.label())
		if record == nil || record.Failed != "" {
			return nil
		}
		prints += record.Fingerprint
	}
	name := f.name + "." + fileName(l.label().String())
	drawn := Drawn{Name: f.name, Label: l.label(), Of: shortHash(prints), Files: []string{name + ".png", name + ".svg"}}
	if old := l.results.drawn(f.name, l.label()); old != nil && old.Of == drawn.Of && slices.Equal(old.Files, drawn.Files) && l.exist(drawn.Files) {
		return l.publishFigure(ctx, f, drawn)
	}
	l.work.start("drawing " + f.name)
	figure, err := f.draw(ctx, l)
	if err != nil {
		return err
	}
	for _, file := range drawn.Files {
		if err := figure.Save(filepath.Join(l.folder, file)); err != nil {
			return err
		}
	}
	l.results.putDrawn(drawn)
	return errors.Join(l.results.write(l.folder), l.publishFigure(ctx, f, drawn))
}

// exist reports whether all files exist.
func (l *lab) exist(files []string) bool {
	for _, file := range files {
		if _, err := os.Stat(filepath.Join(l.folder, file)); err != nil {
			return false
		}
	}
	return true
}

// writePage writes the page of all results, as Markdown and as HTML.
func (l *lab) writePage() error {
	page := pageOf(l.results)
	return errors.Join(
		writeFile(filepath.Join(l.folder, "paper.md"), []byte(page.markdown())),
		writeFile(filepath.Join(l.folder, "paper.html"), []byte(page.html())),
	)
}

// runs reports whether a case is run. It isn't if it needs a Python and Options has none.
func (o Options) runs(c Case) bool { return c.beside() == "" || o.Python != "" }

// Check returns an error on an unknown budget or experiment, which lists the known ones.
func (o Options) Check() error {
	if _, err := BudgetOf(o.Budget); err != nil {
		return err
	}
	_, err := chosen(o.Only)
	return err
}
