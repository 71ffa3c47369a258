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

// qualityCase is one thing to learn: a plane distribution, a transport between two, or a table.
type qualityCase struct {
	kind        string
	left, right string // names of distributions; a base has only left, a table has its name in left
	rows, dim   int    // of a table
	angles      bool   // the features are angles in radians, for circular flows
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

// source returns the name of the distribution whose points are scored. For a transport it is the
// right one.
func (c qualityCase) source() string {
	if c.kind == transportCase {
		return c.right
	}
	return c.left
}

// qualityCases returns all cases: seven plane distributions of the paper, one of two angles, the
// pairs of the paper's figure 4 whose sides differ, and three tables.
func qualityCases() (all []qualityCase) {
	for _, s := range []data.Distribution{
		data.Ring(), data.ConcentricRings(), data.FourCircles(), data.Checkerboard(), data.TwoSpirals(), data.Star(), data.EightStar(),
	} {
		all = append(all, qualityCase{kind: baseCase, left: s.Name()})
	}
	all = append(all, qualityCase{kind: baseCase, left: data.VonMisesMixture().Name(), angles: true})
	for _, left := range []data.Distribution{data.ConcentricRings(), data.Checkerboard(), data.Star()} {
		for _, right := range []data.Distribution{data.Ring(), data.Checkerboard(), data.TwoSpirals(), data.EightStar()} {
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

// task is what one process is asked to do for a case. Its JSON is passed to the process. The folder
// holds test.npy and train.npy; our own fits of plane distributions don't need the latter. The
// process writes scores.npy to it.
type task struct {
	Kind     string  `json:"kind"`
	Left     string  `json:"left"`
	Right    string  `json:"right"`
	Table    bool    `json:"table"`
	Angles   bool    `json:"angles"` // the features are angles in radians
	Seed     uint64  `json:"seed"`
	Folder   string  `json:"folder"`
	Store    string  `json:"store"`    // of our trained flows
	Steps    int     `json:"steps"`    // of our fits; 0 for the default
	Started  float64 `json:"started"`  // start of its process, in seconds since 1970
	Deadline float64 `json:"deadline"` // time at which a peer stops training, in seconds since 1970
}
