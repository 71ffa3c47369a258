package paper

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// Results are all measurements, of any budget, as stored in results.json.
type Results struct {
	Format   int      `json:"format"`   // resultsFormat
	Claims   []Claim  `json:"claims"`   // the verdicts on the records, for readers of the file; computed anew whenever it is written
	Beside   []Beside `json:"beside"`   // the parts of the claims in which flows4flows has been run; likewise
	Coverage []Covers `json:"coverage"` // how much has been run; likewise
	Records  []Record `json:"records"`
	Drawn    []Drawn  `json:"figures"`
}

const resultsFormat = 1

// Covers says how much of an experiment has been run.
type Covers struct {
	Experiment string `json:"experiment"`
	Title      string `json:"title"`
	Run        string `json:"run"`
}

// Record is a case that was trained and measured.
type Record struct {
	Case
	Label
	Plan        string `json:"plan,omitempty"`           // the code that makes the plan; "" if nothing is trained
	Fingerprint string `json:"fingerprint,omitempty"`    // of the plan
	Steps       int    `json:"steps,omitempty"`          // of its training, without its bases'
	Trained     Real   `json:"trainedSeconds,omitempty"` // without the time of its bases
	// Together says that Trained is the time of all flows with the same shape in the experiment,
	// which were trained as one program.
	Together bool            `json:"together,omitempty"`
	Measured Real            `json:"measuredSeconds"`
	Machine  machine.Machine `json:"machine"`
	Numbers  []Number        `json:"numbers"`
	Failed   string          `json:"failed,omitempty"` // why there are no numbers
}

// Label says how much a record's numbers are worth: its budget and its recipe.
type Label struct {
	Budget string `json:"budget"`
	Fast   bool   `json:"fast,omitempty"` // trained by the fast recipe, in place of the paper's
}

// String returns the label as the page shows it.
func (l Label) String() string {
	if l.Fast {
		return l.Budget + ", fast recipe"
	}
	return l.Budget
}

// rank returns a number that is lower for more significant labels: by budget, and within one budget
// the paper's recipe first.
func (l Label) rank() int {
	rank := 2 * slices.IndexFunc(budgets, func(b Budget) bool { return b.Name == l.Budget })
	if l.Fast {
		rank++
	}
	return rank
}

// Number is a measured number.
type Number struct {
	Name   string `json:"name"`
	At     string `json:"at,omitempty"` // the condition; "" without conditions
	Value  Real   `json:"value"`
	Error  Real   `json:"standardError"` // standard error of the measurement alone, which says nothing of other seeds; NaN if unknown
	Points int    `json:"points"`        // number of points that it was measured with
}

// The names of numbers.
const (
	kl             = "KL"                 // to the truth, in nats
	movedL1        = "L1"                 // mean Σ_d |y_d − x_d|
	movedEuclidean = "Euclidean"          // mean √Σ_d (y_d − x_d)²
	outside        = "outside"            // share of moved points below the 0.1% quantile of the true log-density
	sliced         = "sliced Wasserstein" // SW_2 of moved points and true points
	randomL1       = "random L1"          // for points paired at random
	randomEuclid   = "random Euclidean"
)

// Real is a float64 that JSON can also hold when it isn't finite: NaN is null, and infinities are
// strings.
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

// Drawn is a figure that was drawn.
type Drawn struct {
	Name string `json:"name"`
	Label
	Of    string   `json:"of"`    // a hash of the fingerprints of all that it shows
	Files []string `json:"files"` // in the folder of the results
}

// find returns the record of a case, or nil.
func (r *Results) find(c Case, l Label) *Record {
	for i := range r.Records {
		if r.Records[i].Case == c && r.Records[i].Label == l {
			return &r.Records[i]
		}
	}
	return nil
}

// put adds a record, in place of an older one of its case. The order of the records doesn't depend
// on that of the runs.
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

// drawn returns the figure with the name, or nil.
func (r *Results) drawn(name string, l Label) *Drawn {
	for i := range r.Drawn {
		if r.Drawn[i].Name == name && r.Drawn[i].Label == l {
			return &r.Drawn[i]
		}
	}
	return nil
}

// putDrawn adds a figure, in place of an older one with its name.
func (r *Results) putDrawn(d Drawn) {
	if old := r.drawn(d.Name, d.Label); old != nil {
		*old = d
		return
	}
	r.Drawn = append(r.Drawn, d)
	slices.SortStableFunc(r.Drawn, func(a, b Drawn) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.rank(), b.rank())) })
}

// number returns a record's number by its name and its condition, "" for none.
func (r *Record) number(name, at string) (Number, bool) {
	for _, n := range r.Numbers {
		if n.Name == name && n.At == at {
			return n, true
		}
	}
	return Number{}, false
}
