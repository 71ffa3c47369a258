package metric

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/integrate/quad"

	"github.com/flowsforflows/flows/data"
)

// Mass gives probabilities of the points of a grid, from a density that was learned from dequantised
// points. Both fields are needed.
type Mass struct {
	// LogProb returns log p(x) of points [N, D], as f4f.Density.LogProb does.
	LogProb func(data.Points) ([]float64, error)
	// Grid is the grid that the points lie on, from data.Dequantize or a data.Discrete.
	Grid data.Grid
}

// Log returns log P(x) [N], in nats, of points x [N, D] of the grid:
//
//	P(x) = ∫ p(x + u) du  over 0 ≤ u_j < Quantum[j]
//
// It integrates over the one or two columns that have a quantum, by nodes Gauss–Legendre nodes in
// each direction. That is exact but for the integration, whose error change tells: the largest
// difference in nats to half as many nodes, among the points that have at least a thousandth of the
// mass of the most probable.
//
// It returns an error if a field is missing, if more than two columns have a quantum, if there is no
// point or one that isn't on the grid, if nodes isn't at least 2, or if LogProb returns one or gives
// NaN or +Inf.
func (m Mass) Log(x data.Points, nodes int) (logs []float64, change float64, err error) {
	columns, err := m.columns(x)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case len(columns) > 2:
		return nil, 0, fmt.Errorf("metric: a probability is an integral over at most 2 columns with a quantum, got %d: take a bound of it, by LogBound", len(columns))
	case nodes < 2:
		return nil, 0, fmt.Errorf("metric: an integral must have at least 2 nodes in each direction, got %d", nodes)
	}
	if _, err := m.Grid.Dequantize(x, 0); err != nil { // which looks at each point
		return nil, 0, err
	}
	logs, err = m.integrate(x, columns, nodes)
	if err != nil {
		return nil, 0, err
	}
	coarse, err := m.integrate(x, columns, nodes/2)
	if err != nil {
		return nil, 0, err
	}
	least := floats.Max(logs) - math.Log(1000)
	for i, l := range logs {
		if l > least {
			change = max(change, math.Abs(l-coarse[i]))
		}
	}
	return logs, change, nil
}

// LogBound returns lower bounds of log P(x) [N], in nats, of points x [N, D] of the grid, with any
// number of columns:
//
//	log 1/K Σ_k p(x + u_k) + LogVolume(),  u_k uniform in the cell
//
// with K draws. In the mean over draws it lies below log P(x) (Burda, Grosse and Salakhutdinov,
// arXiv:1509.00519, theorem 1), and the closer the more draws there are; one draw gives the bound
// that training on dequantised points maximises. A single value may lie above.
//
// It returns an error if a field is missing, if there is no point or one that isn't on the grid, if
// draws isn't at least 1, or if LogProb returns one or gives NaN or +Inf.
func (m Mass) LogBound(x data.Points, draws int, seed uint64) ([]float64, error) {
	if _, err := m.columns(x); err != nil {
		return nil, err
	}
	if draws < 1 {
		return nil, fmt.Errorf("metric: a bound of a probability must have at least 1 draw of the noise, got %d", draws)
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	bounds := slices.Repeat([]float64{math.Inf(-1)}, x.Len())
	for range draws {
		noisy, err := m.Grid.Dequantize(x, rng.Uint64())
		if err != nil {
			return nil, err
		}
		logs, err := m.logProbs(noisy)
		if err != nil {
			return nil, err
		}
		for i, l := range logs {
			bounds[i] = floats.LogSumExp([]float64{bounds[i], l})
		}
	}
	rest := m.Grid.LogVolume() - math.Log(float64(draws))
	for i := range bounds {
		bounds[i] += rest
	}
	return bounds, nil
}

// KL returns KL(P‖Q) = Σ P (log P − log Q), in nats, of the truth P from the density's Q, over all
// points of the truth, and the change that Log gives. It is exact but for the integration. It is +Inf
// where Q is 0 at a point that P has. It returns the errors of Log, and one if the truth is nil.
func (m Mass) KL(truth *data.Discrete, nodes int) (kl, change float64, err error) {
	kl, err = DiscreteKL(truth, func(x data.Points) (logQ []float64, err error) {
		logQ, change, err = m.Log(x, nodes)
		return logQ, err
	})
	return kl, change, err
}

// DiscreteKL returns KL(P‖Q) = Σ P (log P − log Q), in nats, over all points of the truth P. logProb
// returns log Q of points [N, D]: that of a density with data.Whole, or a lower bound of it, which makes
// the result an upper bound in expectation over the bound's draws. The result is +Inf where Q is 0 at a
// point that P has. DiscreteKL returns an error if truth or logProb is nil, if logProb returns one or
// another number of values, and if a value is NaN or +Inf.
func DiscreteKL(truth *data.Discrete, logProb func(data.Points) ([]float64, error)) (kl float64, err error) {
	if truth == nil || logProb == nil {
		return 0, errNoTruth
	}
	all, err := truth.All()
	if err != nil {
		return 0, err
	}
	logQ, err := logProb(all)
	if err != nil {
		return 0, err
	}
	if len(logQ) != all.Len() {
		return 0, fmt.Errorf("metric: there must be a log-prob for each of the %d points of %s, got %d", all.Len(), truth.Name(), len(logQ))
	}
	for i, p := range all.Weights() {
		if math.IsNaN(logQ[i]) || math.IsInf(logQ[i], 1) {
			return 0, fmt.Errorf("metric: the log-prob of %v is %v, want a number or −Inf", all.Row(i), logQ[i])
		}
		if p > 0 {
			kl += p * (math.Log(p) - logQ[i])
		}
	}
	return kl, nil
}

// columns returns the columns that have a quantum, or an error if m can't say anything of points x.
func (m Mass) columns(x data.Points) (columns []int, err error) {
	if m.LogProb == nil {
		return nil, errors.New("metric: a probability needs a density, got none: set LogProb")
	}
	if x.Len() == 0 {
		return nil, errors.New("metric: there must be at least one point, got none")
	}
	for j, q := range m.Grid.Quantum {
		if q != 0 {
			columns = append(columns, j)
		}
	}
	if columns == nil {
		return nil, errors.New("metric: a probability needs a grid with a quantum in one column at least, got none: set Grid")
	}
	return columns, nil
}

// mostAtOnce is the number of points that LogProb is given at once.
const mostAtOnce = 1 << 16

// cellNode is a node of an integral over a cell: where it lies above the cell's corner, in each
// column with a quantum, and the logarithm of its weight.
type cellNode struct {
	above     []float64
	logWeight float64
}

// cellNodes returns the nodes of an integral over a cell, this many in each of the columns.
func (m Mass) cellNodes(columns []int, nodes int) []cellNode {
	all := []cellNode{{}}
	for _, j := range columns {
		t, w := make([]float64, nodes), make([]float64, nodes)
		quad.Legendre{}.FixedLocations(t, w, 0, m.Grid.Quantum[j])
		var more []cellNode
		for _, n := range all {
			for k := range nodes {
				more = append(more, cellNode{append(slices.Clone(n.above), t[k]), n.logWeight + math.Log(w[k])})
			}
		}
		all = more
	}
	return all
}

// integrate returns log P(x) [N] by this many nodes in each of the columns.
func (m Mass) integrate(x data.Points, columns []int, nodes int) ([]float64, error) {
	cell := m.cellNodes(columns, nodes)
	atOnce, terms := max(mostAtOnce/len(cell), 1), make([]float64, len(cell))
	all := make([]float64, 0, x.Len())
	for from := 0; from < x.Len(); from += atOnce {
		rows := x.Slice(from, min(from+atOnce, x.Len()))
		values := make([]float32, 0, rows.Len()*len(cell)*x.Dim())
		for i := range rows.Len() {
			for _, n := range cell {
				values = append(values, rows.Row(i)...)
				row := values[len(values)-x.Dim():]
				for k, j := range columns {
					row[j] = float32(float64(row[j]) + n.above[k])
				}
			}
		}
		inside, err := data.NewPoints(x.Dim(), values)
		if err != nil {
			return nil, err
		}
		logs, err := m.logProbs(inside)
		if err != nil {
			return nil, err
		}
		for i := range rows.Len() {
			for k, n := range cell {
				terms[k] = logs[i*len(cell)+k] + n.logWeight
			}
			all = append(all, floats.LogSumExp(terms))
		}
	}
	return all, nil
}

// logProbs returns log p(x) of points, or an error if one is NaN or +Inf.
func (m Mass) logProbs(x data.Points) ([]float64, error) {
	logs, err := m.LogProb(x)
	if err != nil {
		return nil, err
	}
	if len(logs) != x.Len() {
		return nil, fmt.Errorf("metric: a density must give a log-prob for each of %d points, got %d", x.Len(), len(logs))
	}
	for i, l := range logs {
		if math.IsNaN(l) || math.IsInf(l, 1) {
			return nil, fmt.Errorf("metric: log-probs must be below +Inf, got %v at %v", l, x.Row(i))
		}
	}
	return logs, nil
}
