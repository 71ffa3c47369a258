package main

import (
	"fmt"

	"github.com/flowsforflows/flows/f4f/plan"
)

// These are the kinds of work that a case may measure.
const (
	baseStep         = "base step"
	epoch            = "epoch" // base steps on a data set of 10⁶ points, to measure the memory of such a fit
	forwardStep      = "transport step forward"
	inverseStep      = "transport step inverse"
	alternateStep    = "transport step alternate"
	differenceStep   = "difference step"
	potentialStep    = "convex potential step" // of a base
	argmaxStep       = "argmax step"           // of a base of one feature with as many classes as it has columns
	products         = "matrix products of a base step"
	logProb          = "log-prob"
	sample           = "sample"
	transformForward = "transform forward"
	transformInverse = "transform inverse"
)

// few and many are the numbers of points of most cases, and of those that evaluate.
const few, many = 200_000, 1_000_000

// benchCase is one piece of work that ours and all peers do on the same points, with the paper's
// architecture. Its JSON is passed to a peer.
type benchCase struct {
	Work       string `json:"work"`
	Dim        int    `json:"dim"`
	Conditions int    `json:"conditions"`
	Batch      int    `json:"batch"` // points in a step, or evaluated at once
	Rows       int    `json:"rows"`  // number of points
	Layers     int    `json:"layers"`
	Hidden     int    `json:"hidden"`
	Blocks     int    `json:"blocks"`
	Bins       int    `json:"bins"`
	Folder     string `json:"folder"` // that holds points.npy [rows, dim] and conditions.npy [rows, conditions]
}

// newCase returns a case with the paper's architecture.
func newCase(work string, dim, conditions, batch, rows int) benchCase {
	return benchCase{Work: work, Dim: dim, Conditions: conditions, Batch: batch, Rows: rows, Layers: 4, Hidden: 128, Blocks: 2, Bins: 8}
}

// newPotentialCase returns a case with the default architecture of a convex potential.
func newPotentialCase(dim, batch int) benchCase {
	c, a := newCase(potentialStep, dim, 0, batch, few), plan.PaperArchitecture().WithLayer(plan.ConvexPotential)
	c.Layers, c.Hidden, c.Blocks = a.Layers, a.Hidden, a.Blocks
	return c
}

// evaluates reports whether a unit of the work is a chunk of points rather than a step.
func (c benchCase) evaluates() bool {
	switch c.Work {
	case logProb, sample, transformForward, transformInverse:
		return true
	}
	return false
}

func (c benchCase) String() string {
	switch {
	case c.Work == epoch:
		return fmt.Sprintf("step of an epoch over 10⁶ points, D = %d, batch %d", c.Dim, c.Batch)
	case c.evaluates():
		return fmt.Sprintf("%s of 10⁶ points, D = %d", c.Work, c.Dim)
	case c.Conditions > 0:
		return fmt.Sprintf("%s, D = %d, C = %d, batch %d", c.Work, c.Dim, c.Conditions, c.Batch)
	}
	return fmt.Sprintf("%s, D = %d, batch %d", c.Work, c.Dim, c.Batch)
}

// cases returns all cases, the most important first. Peers evaluate chunk points at once.
func cases(chunk int) []benchCase {
	all := []benchCase{
		newCase(baseStep, 2, 0, 128, few),
		newCase(baseStep, 2, 1, 128, few),
		newCase(forwardStep, 2, 0, 128, few),
		newCase(inverseStep, 2, 0, 128, few),
		newCase(alternateStep, 2, 0, 128, few),
		newCase(differenceStep, 2, 1, 128, few),
		newCase(logProb, 2, 0, chunk, many),
		newCase(sample, 2, 0, chunk, many),
		newCase(transformForward, 2, 0, chunk, many),
		newCase(transformInverse, 2, 0, chunk, many),
		newCase(epoch, 2, 0, 128, many),
	}
	for _, dim := range []int{2, 5, 16, 64} {
		for _, batch := range []int{128, 1024, 8192} {
			if dim != 2 || batch != 128 {
				all = append(all, newCase(baseStep, dim, 0, batch, few))
			}
		}
	}
	for _, work := range []string{forwardStep, inverseStep, alternateStep} {
		for _, dim := range []int{5, 16} {
			all = append(all, newCase(work, dim, 0, 128, few))
		}
	}
	return append(all, newPotentialCase(2, 128), newPotentialCase(8, 128), newCase(argmaxStep, 8, 0, 128, few))
}

// work does at least n units of a case. It is nil if there is nothing for the case.
type work func(n int) (done, error)

// done is the result of some work: how many units were done, how long they took, and the number of
// parameters.
type done struct {
	units, parameters int
	seconds           float64
}
