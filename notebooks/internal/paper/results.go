package paper

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/backend/atomicfile"
)

// Results are all that was measured, of any budget, as results.json has it.
type Results struct {
	Format   int      `json:"format"`   // resultsFormat
	Claims   []Claim  `json:"claims"`   // what the records say of them, for whoever reads the file; made anew when it is written
	Coverage []Covers `json:"coverage"` // what the records are of; likewise
	Records  []Record `json:"records"`
	Drawn    []Drawn  `json:"figures"`
}

const resultsFormat = 1

// Record is a case that was trained and measured.
type Record struct {
	Case
	Label
	Plan        string          `json:"plan,omitempty"`           // the code that makes it; none where nothing is trained
	Fingerprint string          `json:"fingerprint,omitempty"`    // of the plan
	Steps       int             `json:"steps,omitempty"`          // of its training, without that of its bases
	Trained     Real            `json:"trainedSeconds,omitempty"` // without that of its bases
	Together    bool            `json:"together,omitempty"`       // the time is that of all flows of its shape in the experiment, trained as one program
	Measured    Real            `json:"measuredSeconds"`
	Machine     backend.Machine `json:"machine"`
	Numbers     []Number        `json:"numbers"`
	Failed      string          `json:"failed,omitempty"` // why there are no numbers
}

// Label is what a record's numbers are worth: the budget and the recipe that it was trained by.
type Label struct {
	Budget string `json:"budget"`
	Fast   bool   `json:"fast,omitempty"` // the fast recipe, in place of the paper's
}

// String is the label as the page has it.
func (l Label) String() string {
	if l.Fast {
		return l.Budget + ", fast recipe"
	}
	return l.Budget
}

// rank is lower for numbers that are worth more: by budget, and within one the paper's recipe first.
func (l Label) rank() int {
	rank := 2 * slices.IndexFunc(budgets, func(b Budget) bool { return b.Name == l.Budget })
	if l.Fast {
		rank++
	}
	return rank
}

// Number is one that was measured.
type Number struct {
	Name   string `json:"name"`
	At     string `json:"at,omitempty"` // the condition; none without
	Value  Real   `json:"value"`
	Error  Real   `json:"standardError"` // of the measurement alone, not of another seed; NaN for unknown
	Points int    `json:"points"`        // measured with
}

// The names of numbers.
const (
	kl             = "KL"                 // to the truth, in nats
	movedL1        = "L1"                 // mean Σ_d |y_d − x_d|
	movedEuclidean = "Euclidean"          // mean √Σ_d (y_d − x_d)²
	outside        = "outside"            // the share of moved points below the 0.1% quantile of the true log-density
	sliced         = "sliced Wasserstein" // SW_2 of moved points to true ones
	randomL1       = "random L1"          // of points paired at random
	randomEuclid   = "random Euclidean"
)

// Real is a number that JSON may have no word for: NaN is null, and infinities are texts.
type Real float64

// MarshalJSON implements json.Marshaler.
func (r Real) MarshalJSON() ([]byte, error) {
	switch v := float64(r); {
	case math.IsNaN(v):
		return []byte("null"), nil
	case math.IsInf(v, 1):
		return []byte(`"+Inf"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Inf"`), nil
	default:
		return json.Marshal(v)
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Real) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "null":
		*r = Real(math.NaN())
	case `"+Inf"`:
		*r = Real(math.Inf(1))
	case `"-Inf"`:
		*r = Real(math.Inf(-1))
	default:
		return json.Unmarshal(text, (*float64)(r))
	}
	return nil
}

// Drawn is a figure that was made, of all the flows whose fingerprints it has.
type Drawn struct {
	Name string `json:"name"`
	Label
	Of    string   `json:"of"`    // a hash of the fingerprints of what it shows
	Files []string `json:"files"` // in the folder of the results
}

// readResults is what a folder's results.json holds; nothing where there is none.
func readResults(folder string) (*Results, error) {
	path := resultsFile(folder)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Results{Format: resultsFormat}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	var r Results
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("paper: %s can't be read: %w; move it away to begin anew, trained flows stay in the store", path, err)
	}
	if r.Format != resultsFormat {
		return nil, fmt.Errorf("paper: %s is of format %d, this version reads %d; move it away to begin anew, trained flows stay in the store", path, r.Format, resultsFormat)
	}
	return &r, nil
}

func resultsFile(folder string) string { return filepath.Join(folder, "results.json") }

// write writes the results to a folder, whole or not at all.
func (r *Results) write(folder string) error {
	r.Claims, r.Coverage = claims(r), coverage(r)
	content, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	return writeFile(resultsFile(folder), append(content, '\n'))
}

// writeFile replaces a file atomically.
func writeFile(path string, content []byte) error {
	if err := atomicfile.Write(path, content); err != nil {
		return fmt.Errorf("paper: writing %s: %w", path, err)
	}
	return nil
}

// find is the record of a case, nil for none.
func (r *Results) find(c Case, l Label) *Record {
	for i := range r.Records {
		if r.Records[i].Case == c && r.Records[i].Label == l {
			return &r.Records[i]
		}
	}
	return nil
}

// put keeps a record in place of an older one of its case, in an order that doesn't depend on that
// of the runs.
func (r *Results) put(record Record) {
	if old := r.find(record.Case, record.Label); old != nil {
		*old = record
		return
	}
	r.Records = append(r.Records, record)
	slices.SortStableFunc(r.Records, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Family, b.Family), cmp.Compare(a.Left, b.Left), cmp.Compare(a.Right, b.Right),
			cmp.Compare(a.Method, b.Method), cmp.Compare(a.Seed, b.Seed))
	})
}

// drawn is the figure of a name, nil for none.
func (r *Results) drawn(name string, l Label) *Drawn {
	for i := range r.Drawn {
		if r.Drawn[i].Name == name && r.Drawn[i].Label == l {
			return &r.Drawn[i]
		}
	}
	return nil
}

// putDrawn keeps a figure in place of an older one of its name.
func (r *Results) putDrawn(d Drawn) {
	if old := r.drawn(d.Name, d.Label); old != nil {
		*old = d
		return
	}
	r.Drawn = append(r.Drawn, d)
	slices.SortStableFunc(r.Drawn, func(a, b Drawn) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.rank(), b.rank())) })
}

// number is a record's of a name, at a condition or none.
func (r *Record) number(name, at string) (Number, bool) {
	for _, n := range r.Numbers {
		if n.Name == name && n.At == at {
			return n, true
		}
	}
	return Number{}, false
}
