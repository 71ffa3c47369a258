package analysis

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// Options are the options of the long form of an analysis.
type Options struct {
	Seeds  int                              // number of seeds, from 1
	Quick  bool                             // train for a small part of the steps, to try it
	Store  string                           // folder of the trained flows; "" means the user's
	Folder string                           // folder of results.json and of the figures
	Report func(format string, args ...any) // prints a line of progress; nil prints nothing
}

// Say reports a line of progress.
func (o Options) Say(format string, args ...any) {
	if o.Report != nil {
		o.Report(format, args...)
	}
}

// Results are the numbers of an analysis, as stored in results.json.
type Results struct {
	Format   int      `json:"format"`
	Analysis string   `json:"analysis"`
	Runs     []Run    `json:"runs"`
	Numbers  []Number `json:"numbers"`
}

// resultsFormat is the version of the file.
const resultsFormat = 1

// Run is one run of the long form with one seed.
type Run struct {
	Seed    uint64          `json:"seed"`
	Quick   bool            `json:"quick,omitempty"`
	Command string          `json:"command"` // what to type to get these numbers again
	Seconds float64         `json:"seconds"` // duration of the run, of all parts if it was stopped and went on
	Budget  string          `json:"budget"`  // such as "30,000 steps a flow"
	Machine machine.Machine `json:"machine"`
}

// Number is one measured number, or the reason that there is none.
type Number struct {
	Table  string `json:"table"`  // the table of the page that shows it, such as "closure"
	Row    string `json:"row"`    // such as the method
	Column string `json:"column"` // such as the metric
	Seed   uint64 `json:"seed"`
	Quick  bool   `json:"quick,omitempty"`
	// Value is the number. Low and High are its interval at 95%; both are 0 if it has none, such as
	// a count.
	Value  float64 `json:"value"`
	Low    float64 `json:"low,omitempty"`
	High   float64 `json:"high,omitempty"`
	Points float64 `json:"points,omitempty"` // number of points that it was measured with
	Failed string  `json:"failed,omitempty"` // why there is no number; Value is 0 then
}

// HasInterval reports whether the number has an interval.
func (n Number) HasInterval() bool { return n.Low != 0 || n.High != 0 }

// same reports whether two numbers are measurements of one thing.
func (n Number) same(m Number) bool {
	return n.Table == m.Table && n.Row == m.Row && n.Column == m.Column && n.Seed == m.Seed && n.Quick == m.Quick
}

// Read returns the results in a folder's results.json, or empty ones if there is no such file. It
// returns an error if the file can't be read, or is of another format or another analysis.
func Read(folder, name string) (*Results, error) {
	path := filepath.Join(folder, "results.json")
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Results{Format: resultsFormat, Analysis: name}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var r Results
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("%s: %s can't be read: %w; move it away to begin anew, trained flows stay in the store", name, path, err)
	}
	if r.Format != resultsFormat || r.Analysis != name {
		return nil, fmt.Errorf("%s: %s holds results of %q in format %d, this version reads those of %q in format %d; move it away to begin anew, trained flows stay in the store", name, path, r.Analysis, r.Format, name, resultsFormat)
	}
	return &r, nil
}

// Put adds a number, in place of an older one of the same table, row, column and seed. A value that
// isn't finite is kept as a failure, because JSON has no such numbers.
func (r *Results) Put(n Number) {
	for _, v := range []float64{n.Value, n.Low, n.High, n.Points} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			n.Value, n.Low, n.High, n.Points, n.Failed = 0, 0, 0, 0, fmt.Sprintf("the value is %v (%v to %v)", n.Value, n.Low, n.High)
			break
		}
	}
	for i := range r.Numbers {
		if r.Numbers[i].same(n) {
			r.Numbers[i] = n
			return
		}
	}
	r.Numbers = append(r.Numbers, n)
}

// Has reports whether the results hold a number, also one that failed, of the same table, row,
// column and seed as n.
func (r *Results) Has(n Number) bool {
	for _, m := range r.Numbers {
		if m.same(n) {
			return true
		}
	}
	return false
}

// PutRun adds a run, with this machine, in place of an older one of the same seed. Its seconds are
// added to those of the older one, from which it has gone on.
func (r *Results) PutRun(run Run) {
	run.Machine = machine.This()
	for i := range r.Runs {
		if r.Runs[i].Seed == run.Seed && r.Runs[i].Quick == run.Quick {
			run.Seconds += r.Runs[i].Seconds
			r.Runs[i] = run
			return
		}
	}
	r.Runs = append(r.Runs, run)
}

// Write writes the results to a folder's results.json, atomically. It makes the folder if need be.
func (r *Results) Write(folder string) error {
	content, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("%s: %w", r.Analysis, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("%s: %w", r.Analysis, err)
	}
	if err := atomicfile.Write(filepath.Join(folder, "results.json"), content, []byte("\n")); err != nil {
		return fmt.Errorf("%s: %w", r.Analysis, err)
	}
	return nil
}
