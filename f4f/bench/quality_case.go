package main

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// The kinds of cases of -quality.
const (
	baseCase      = "base"
	transportCase = "transport"
	tableCase     = "table"
)

// qualityCase is one thing to learn: a set of the plane, a transport between two, or a table.
type qualityCase struct {
	kind        string
	left, right string // names of sets; the left one alone is a base's, and the name of a table
	rows, dim   int    // of a table
}

func (c qualityCase) String() string {
	switch c.kind {
	case transportCase:
		return fmt.Sprintf("transport: %s → %s", c.left, c.right)
	case tableCase:
		return fmt.Sprintf("table: %s, %d rows, D = %d", c.left, c.rows, c.dim)
	}
	return "base: " + c.left
}

// source is the name of the distribution whose points are scored: what arrives on the right, of a
// transport.
func (c qualityCase) source() string {
	if c.kind == transportCase {
		return c.right
	}
	return c.left
}

// qualityCases are all there are: the paper's seven sets, the pairs of its figure 4 whose two sides
// differ, and three tables.
func qualityCases() (all []qualityCase) {
	for _, s := range []data.Exact{
		data.Ring(), data.ConcentricRings(), data.FourCircles(), data.Checkerboard(), data.TwoSpirals(), data.Star(), data.EightStar(),
	} {
		all = append(all, qualityCase{kind: baseCase, left: s.Name()})
	}
	for _, left := range []data.Exact{data.ConcentricRings(), data.Checkerboard(), data.Star()} {
		for _, right := range []data.Exact{data.Ring(), data.Checkerboard(), data.TwoSpirals(), data.EightStar()} {
			if left.Name() != right.Name() {
				all = append(all, qualityCase{kind: transportCase, left: left.Name(), right: right.Name()})
			}
		}
	}
	return append(all,
		qualityCase{kind: tableCase, left: "penguins", rows: 342, dim: 4},
		qualityCase{kind: tableCase, left: "diamonds", rows: 10_000, dim: 7},
		qualityCase{kind: tableCase, left: "galaxies", rows: 100_000, dim: 7},
	)
}

// task is what one process is asked to do with a case. Its JSON is what a peer gets. The folder
// holds test.npy and, but for our own fits of sets, train.npy; the process writes scores.npy to it.
type task struct {
	Kind     string  `json:"kind"`
	Left     string  `json:"left"`
	Right    string  `json:"right"`
	Table    bool    `json:"table"`
	Seed     uint64  `json:"seed"`
	Folder   string  `json:"folder"`
	Store    string  `json:"store"`    // of our trained flows
	Steps    int     `json:"steps"`    // of our fits; 0 for the default
	Started  float64 `json:"started"`  // when its process is started, in seconds since 1970
	Deadline float64 `json:"deadline"` // when a peer stops training
}
