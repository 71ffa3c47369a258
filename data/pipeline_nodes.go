package data

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// The number of nodes of a row with noise in one column, and in more than two.
const (
	nodesOfOne     = 32
	nodesOfSeveral = 64
)

// Nodes are the nodes of a quadrature over the noise of points, for their log-probs: log p(x) =
// log Σ exp(log p(u) + logWeight) over the nodes u of x; see LogProbs.
//
// A row without noise has one node, whose log-weight is the log-det. A row with noise in one column has the
// 32 nodes of Gauss–Legendre quadrature, and one with noise in two columns n × n, for the n that the caller
// chooses. A row with noise in more columns has 64 quasirandom nodes, of an additive recurrence that fills
// the unit cube evenly (Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018), turned
// about the cube by random numbers of its own. p(x) is then inexact, the more the more columns there are
// and the more it changes within a cell. It is right in expectation over the turns, so that log p(x) is a
// lower bound in expectation. The same row always has the same turns.
type Nodes struct {
	U          Points    // [M, D]
	LogWeights []float64 // [M]
	Counts     []int     // [N], the number of nodes of each point; the nodes of a point are consecutive
	Random     []bool    // [N], whether the nodes of each point are quasirandom
}

// Nodes returns the nodes of points x [N, D], this many in each of two columns for a row with noise in two.
// It returns an error if each isn't at least 1, and the errors of Transform.
func (t Pipeline) Nodes(x Points, each int) (Nodes, error) {
	if each < 1 {
		return Nodes{}, fmt.Errorf("data: a quadrature must have at least 1 node in each of two columns, got %d", each)
	}
	if err := t.Validate(x.Dim()); err != nil {
		return Nodes{}, err
	}
	rules := map[int]noiseRule{} // by the number of columns with noise
	n := Nodes{Counts: make([]int, x.Len()), Random: make([]bool, x.Len())}
	var values []float32
	noise := make([]float64, x.Dim())
	for i := range x.Len() {
		noisy := t.noisyColumns(x, i)
		rule, made := rules[len(noisy)]
		if !made {
			rule = noiseRuleOf(len(noisy), each)
			rules[len(noisy)] = rule
		}
		n.Counts[i], n.Random[i] = len(rule.at), rule.turns
		var turns []float64
		if rule.turns {
			turns = turnsOf(x.Row(i), len(noisy))
		}
		for k, at := range rule.at {
			for l, j := range noisy {
				noise[j] = at[l]
				if rule.turns {
					_, share := math.Modf(at[l] + turns[l])
					noise[j] = inside(share)
				}
			}
			logWeight := rule.logWeights[k]
			if rule.turns {
				logWeight += float64(len(noisy)) * logInside
			}
			values = append(values, x.Row(i)...)
			node := values[len(values)-x.Dim():]
			for j, c := range t.columns {
				if c == nil || c.inGroup() {
					continue
				}
				u, logDerivative, err := c.forward(x, i, j, noise[j])
				if err != nil {
					return Nodes{}, err
				}
				node[j] = c.rounded(u, x.At(i, j))
				logWeight += logDerivative
			}
			for _, g := range t.groups {
				logDet, err := g.forward(t, x, i, func(j int) float64 { return noise[j] }, node)
				if err != nil {
					return Nodes{}, err
				}
				logWeight += logDet
			}
			n.LogWeights = append(n.LogWeights, logWeight)
		}
	}
	u, err := NewPoints(max(x.Dim(), 1), values)
	n.U = u.named(x.names)
	return n, err
}

// noisyColumns returns the columns in which the value of row i has noise.
func (t Pipeline) noisyColumns(x Points, i int) (noisy []int) {
	for j, c := range t.columns {
		if c != nil && c.noisy(x.At(i, j)) {
			noisy = append(noisy, j)
		}
	}
	return noisy
}

// noiseRule is a quadrature over the noise of some columns: its nodes [nodes][columns] and the
// logarithms of their weights [nodes].
type noiseRule struct {
	at         [][]float64
	logWeights []float64
	turns      bool // each row turns the nodes about the unit cube
}

// turnsOf returns random numbers between 0 and 1 that depend on a row alone.
func turnsOf(row []float32, columns int) []float64 {
	var bits []byte
	for _, v := range row {
		bits = binary.LittleEndian.AppendUint32(bits, math.Float32bits(v))
	}
	h := fnv.New64a()
	_, _ = h.Write(bits) // a hash's Write never errs
	rng, turns := rand.New(rand.NewPCG(h.Sum64(), turnStream)), make([]float64, columns)
	for l := range turns {
		turns[l] = rng.Float64()
	}
	return turns
}

// turnStream keeps the turns of nodes apart from other random numbers.
const turnStream = 0x6e6f646573 // "nodes"

func noiseRuleOf(columns, each int) (rule noiseRule) {
	add := func(logWeight float64, at ...float64) {
		rule.at, rule.logWeights = append(rule.at, at), append(rule.logWeights, logWeight)
	}
	switch columns {
	case 0:
		add(0)
	case 1:
		at, weights := gaussLegendre(nodesOfOne, 0, 1)
		for k, w := range weights {
			add(math.Log(w), at[k])
		}
	case 2:
		at, weights := gaussLegendre(each, 0, 1)
		for k, w := range weights {
			for l, v := range weights {
				add(math.Log(w*v), at[k], at[l])
			}
		}
	default:
		rule.turns = true
		for k := range nodesOfSeveral {
			add(-math.Log(nodesOfSeveral), recurrence(k, columns)...)
		}
	}
	return rule
}

// recurrence returns the point k of an additive recurrence in the unit cube, whose steps are powers of 1/φ
// with φ^(d+1) = φ + 1.
func recurrence(k, columns int) []float64 {
	phi := 1.5
	for range 30 { // a fixed-point iteration
		phi = math.Pow(1+phi, 1/float64(columns+1))
	}
	at, step := make([]float64, columns), 1.0
	for j := range at {
		step /= phi
		_, share := math.Modf(0.5 + float64(k+1)*step)
		at[j] = share
	}
	return at
}

// LogProbs returns the log-probs [N] of the points, given those of the nodes [M].
func (n Nodes) LogProbs(ofNodes []float64) []float64 {
	logProbs := make([]float64, len(n.Counts))
	from := 0
	for i, count := range n.Counts {
		logProbs[i] = math.Inf(-1)
		for k := from; k < from+count; k++ {
			logProbs[i] = logAdd(logProbs[i], ofNodes[k]+n.LogWeights[k])
		}
		from += count
	}
	return logProbs
}
