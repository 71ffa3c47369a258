package specs

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Evaluation returns log p(u) [N] of points u [N, D] under conditions c [1 or N, C], both in the units that
// the flow sees.
type Evaluation func(u, c data.Points) ([]float64, error)

// nodesEach are the numbers of nodes in each of two columns with noise that integrals are computed by, one
// after another, until they agree. In most cells of a fine grid the first three do, by 69 nodes in all.
// Where p jumps within a cell it takes up to 1,637: by eight in each column, a probability next to the edge
// of a checkerboard was off by 4.8 nats, and by 32 it is by 0.03. With first ones of 2, 3 and 4 a jump next
// to an end of the noise was missed, which all of these are too far from to see.
var nodesEach = []int{2, 4, 7, 12, 20, 32}

// near is how close to each other the last two log-probs of an integral must be. The one before them may be
// three times as far, which two that agree by chance seldom pass. Log-probs came out within some 1e-3, less
// than what a bound by a hundred draws loses.
const near = 1e-3

// mostNodes is the number of nodes that log-probs are computed at a time, and mostOther that of a row with
// noise in any other number of columns than two.
const (
	mostNodes = 1 << 20
	mostOther = 64
)

// mostExact is the number of columns in which a point may have noise for LogProbs to be exact, but for the
// integral's own error (see nodesEach). Beyond it is a lower bound in expectation.
const mostExact = 2

// LogProbs returns the log-densities [N] of points x [N, D] in the data's units, under conditions c
// [1 or N, C] in the units that the flow sees. A point with noise is an integral over its nodes (see
// data.Nodes), of p over the noise r itself where few columns of the point have noise. With noise in more
// than two, few nodes are where p is large; the noise that is learned is, so that p(k + r)/q is integrated
// over noise of q: byNoise takes the nodes' noise to it, and returns log p less the log-density of that.
// In one and two, p/q has kinks and came out five times less exact. Rows that are equal are computed once.
func (s Density) LogProbs(x, c data.Points, logProbs, byNoise Evaluation) ([]float64, error) {
	if !s.AddsNoise() {
		u, logDets, err := s.Enter(x)
		if err != nil {
			return nil, err
		}
		of, err := logProbs(u, c)
		return Added(of, logDets), err
	}
	firsts, same := distinct(x, c)
	last, before := make([]float64, x.Len()), make([]float64, x.Len())
	left := firsts // rows whose log-prob isn't final
	for pass, each := range nodesEach {
		values, final, err := s.byNodes(x, c, left, each, logProbs, byNoise)
		if err != nil {
			return nil, err
		}
		var next []int
		for i, row := range left {
			v := values[i]
			// Neither two of −Inf agree: p may be 0 at these few nodes alone.
			agree := pass >= 2 && math.Abs(v-last[row]) < near && math.Abs(v-before[row]) < 3*near
			if !agree && !final[i] && !math.IsNaN(v) {
				next = append(next, row)
			}
			before[row], last[row] = last[row], v
		}
		left = next
	}
	all := make([]float64, x.Len())
	for i, first := range same {
		all[i] = last[first]
	}
	return all, nil
}

// distinct returns the first of all equal rows of x [N, D], under equal rows of conditions c [1 or N, C], and
// for each row [N] which of them it equals.
func distinct(x, c data.Points) (firsts, same []int) {
	found, same := map[string]int{}, make([]int, x.Len())
	var key []byte
	for i := range x.Len() {
		row := x.Row(i)
		if c.Len() > 1 {
			row = slices.Concat(row, c.Row(i))
		}
		key = key[:0]
		for _, v := range row {
			key = binary.LittleEndian.AppendUint32(key, math.Float32bits(v))
		}
		first, known := found[string(key)]
		if !known {
			first = i
			found[string(key)] = i
			firsts = append(firsts, i)
		}
		same[i] = first
	}
	return firsts, same
}

// byNodes returns the log-probs of some rows of x, by this many nodes in each of two columns with noise, and
// whether they are final, as those of all other rows are.
func (s Density) byNodes(x, c data.Points, rows []int, each int, logProbs, byNoise Evaluation) (values []float64, final []bool, err error) {
	for block := range slices.Chunk(rows, max(mostNodes/max(each*each, mostOther), 1)) {
		own, err := x.Pick(block...)
		if err != nil {
			return nil, nil, err
		}
		nodes, err := s.Pipeline.Nodes(own, each)
		if err != nil {
			if _, _, whole := s.Enter(x); whole != nil { // which names the row in x
				err = whole
			}
			return nil, nil, err
		}
		conditions := c
		if c.Len() > 1 { // the condition of each node
			of := make([]int, 0, nodes.U.Len())
			for i, count := range nodes.Counts {
				of = append(of, slices.Repeat([]int{block[i]}, count)...)
			}
			if conditions, err = c.Pick(of...); err != nil {
				return nil, nil, err
			}
		}
		of, err := s.ofNodes(nodes, conditions, logProbs, byNoise)
		if err != nil {
			return nil, nil, err
		}
		values = append(values, nodes.LogProbs(of)...)
		for i, count := range nodes.Counts {
			final = append(final, nodes.Random[i] || count != each*each)
		}
	}
	return values, final, nil
}

// ofNodes returns the integrand of LogProbs at nodes, whose conditions c are one for all or one for each.
func (s Density) ofNodes(nodes data.Nodes, c data.Points, logProbs, byNoise Evaluation) ([]float64, error) {
	switch {
	case len(s.Noise) == 0 || !slices.Contains(nodes.Random, true):
		return logProbs(nodes.U, c)
	case !slices.Contains(nodes.Random, false):
		return byNoise(nodes.U, c)
	}
	var rows [2][]int // of points that are integrated over the noise itself, and by learned noise
	from := 0
	for i, count := range nodes.Counts {
		by := 0
		if nodes.Random[i] {
			by = 1
		}
		for k := from; k < from+count; k++ {
			rows[by] = append(rows[by], k)
		}
		from += count
	}
	all := make([]float64, from)
	for by, of := range []Evaluation{logProbs, byNoise} {
		u, err := nodes.U.Pick(rows[by]...)
		own := c
		if err == nil && c.Len() > 1 {
			own, err = c.Pick(rows[by]...)
		}
		if err != nil {
			return nil, err
		}
		values, err := of(u, own)
		if err != nil {
			return nil, err
		}
		for i, k := range rows[by] {
			all[k] = values[i]
		}
	}
	return all, nil
}
