package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Argmax follows Whole in the columns of a feature with K classes. There are K of them, one for each class,
// and a row has 1 in the column of its class and 0 in the others, as a OneHotCode writes it. The name of
// the feature tells which columns go together. Argmax takes them to K numbers, of which that of the class
// is the largest, and back, so that every sample of a flow has a class. With noise that is learned
// (f4f.BasePlan.VariationalNoise) the flow is an argmax flow with thresholds (Hoogeboom et al., "Argmax
// Flows and Multinomial Diffusion", 2021).
//
// With noise r in (0, 1), uniform in each column, the class c and the others i get
//
//	v_c = L⁻¹(r_c^(1/K)),  v_i = L⁻¹(r_i L(v_c))
//
// L is the distribution function of 1.9 asinh(ℓ/3) for ℓ of a logistic distribution, which is nearly
// standard normal. If classes are equally frequent and noise is uniform, the K numbers are thus
// independent and nearly standard normal. The paper's threshold, T − softplus(T − u), keeps others below
// v_c as well; this one starts there.
func Argmax(feature string) ColumnMap { return ColumnMap{kind: argmaxName, feature: feature} }

const argmaxName = "argmax"

var _ = register(argmaxName, mapKind{
	name: "Argmax", fixed: true,
	allows: func(m ColumnMap) error { return argmaxMap{m.feature}.validate() },
	fit:    func(m ColumnMap, _ []float64) (monotone, error) { return argmaxMap{m.feature}, nil },
	empty:  func() monotone { return &argmaxMap{} },
})

// argmaxMap is one column's part of Argmax, before the columns of the feature go together: it changes
// nothing.
type argmaxMap struct {
	Feature string `json:"feature"`
}

func (argmaxMap) forward(v float64) (u, logDerivative float64) { return v, 0 }
func (argmaxMap) inverse(u float64) (v, logDerivative float64) { return u, 0 }
func (argmaxMap) domain() (low, high float64)                  { return 0, 2 } // digits with noise

func (m argmaxMap) validate() error {
	if m.Feature == "" {
		return errors.New("data: Argmax must have the name of the feature whose classes the columns are, got an empty one")
	}
	return nil
}

// argmaxGroup is the columns of a feature with Argmax.
type argmaxGroup struct {
	feature string
	columns []int // in order
}

// argmaxGroups returns the groups of columns with Argmax. It returns an error for one of a single column.
func argmaxGroups(columns []*fittedColumn) (groups []argmaxGroup, err error) {
	for j, c := range columns {
		if !c.inGroup() {
			continue
		}
		feature := c.maps[0].feature
		k := slices.IndexFunc(groups, func(g argmaxGroup) bool { return g.feature == feature })
		if k < 0 {
			k = len(groups)
			groups = append(groups, argmaxGroup{feature: feature})
		}
		groups[k].columns = append(groups[k].columns, j)
	}
	for _, g := range groups {
		if len(g.columns) < 2 {
			return nil, fmt.Errorf("data: %s must be given to a column for each of at least two classes, got column %d alone", Argmax(g.feature), g.columns[0])
		}
	}
	return groups, nil
}

// inGroup reports whether a column has Argmax.
func (c *fittedColumn) inGroup() bool {
	return c != nil && len(c.maps) == 1 && c.maps[0].kind == argmaxName
}

// forward maps the columns of the group in row i of x, with noise from 0 to 1 for column j, to a row of
// images u [D], and returns log|det| of that. It returns an error unless one column is 1 and the others 0.
func (g argmaxGroup) forward(t Pipeline, x Points, i int, noise func(j int) float64, u []float32) (logDet float64, err error) {
	values, ones := make([]float64, len(g.columns)), 0
	for k, j := range g.columns {
		if values[k], _, err = t.columns[j].forward(x, i, j, noise(j)); err != nil {
			return 0, err
		}
		ones += int(values[k])
	}
	if ones != 1 {
		return 0, fmt.Errorf("data: row %d has %d ones in the %d columns of %q; %s takes rows with one 1, in the column of the row's class, and zeros: make them with a OneHotCode", i, ones, len(values), g.feature, Argmax(g.feature))
	}
	logDet = argmaxForward(values)
	for k, j := range g.columns {
		u[j] = float32(values[k])
	}
	return logDet, nil
}

// inverse maps a row u [D] back to digits in a row x [D], and returns log|det| of that.
func (g argmaxGroup) inverse(u, x []float32) (logDet float64) {
	values := make([]float64, len(g.columns))
	for k, j := range g.columns {
		values[k] = float64(u[j])
	}
	logDet = argmaxInverse(values)
	for k, j := range g.columns {
		x[j] = float32(math.Floor(values[k]))
	}
	return logDet
}

// The numbers are argmaxStretch·asinh(ℓ/argmaxScale): a logistic ℓ is then nearly standard normal, with a
// fourth moment of 2.9.
const (
	argmaxScale   = 3
	argmaxStretch = 1.9
)

// argmaxForward maps digits with noise [K], one of them from 1 to 2 and the others from 0 to 1, in
// place, and returns log|det|. With p = L(v), log p of the class is log r/K, and that of another
// column log r more than that.
func argmaxForward(values []float64) (logDet float64) {
	n := float64(len(values))
	class := slices.IndexFunc(values, func(v float64) bool { return v >= 1 })
	logMost := math.Log(values[class]-1) / n
	logDet = -math.Log(n)
	for i, v := range values {
		logP, logR := logMost, n*logMost
		if i != class {
			logR = math.Log(v)
			logP += logR
		}
		logRest := math.Log(-math.Expm1(logP)) // log(1 − p)
		logistic := (logP - logRest) / argmaxScale
		values[i] = argmaxStretch * math.Asinh(logistic)
		logDet -= logR + logRest + math.Log(argmaxScale/argmaxStretch*math.Hypot(logistic, 1))
	}
	return logDet
}

// farthest is where values stop to count, well before sinh overflows.
const farthest = 350

// argmaxInverse undoes argmaxForward for any values.
func argmaxInverse(values []float64) (logDet float64) {
	n, class := float64(len(values)), 0
	logDet = math.Log(n)
	logPs := make([]float64, len(values))
	for i, v := range values {
		if v > values[class] {
			class = i
		}
		logistic := math.Sinh(min(max(v/argmaxStretch, -farthest), farthest))
		logRest := -logAdd(0, argmaxScale*logistic)
		logPs[i] = -logAdd(0, -argmaxScale*logistic)
		logDet += logRest + math.Log(argmaxScale/argmaxStretch*math.Hypot(logistic, 1))
	}
	logMost := logPs[class]
	for i, logP := range logPs {
		logR := logP - logMost
		if i == class {
			logR = n * logMost
		}
		logDet += logR
		values[i] = min(math.Exp(logR), math.Nextafter(2, 1)-1) // so that one more is below 2
	}
	values[class]++
	return logDet
}
