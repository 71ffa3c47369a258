package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric/wasserstein2"
)

// The kinds of pairs of -optimal.
const (
	normalsCase = "normals"
	mixtureCase = "mixture"
	fileCase    = "file"
)

// pairSeed is the seed of the pairs that are drawn at random.
const pairSeed = 1

// optimalCase is a pair of distributions with a known optimal map between them.
type optimalCase struct {
	Kind string `json:"kind"`
	Dim  int    `json:"dim"`  // 0 for a file
	Path string `json:"path"` // of a file of the Wasserstein-2 benchmark
}

// String names a file by its last element, so that results of two machines compare.
func (c optimalCase) String() string {
	if c.Kind == fileCase {
		return "file: " + filepath.Base(c.Path)
	}
	return fmt.Sprintf("%s, D = %d", c.Kind, c.Dim)
}

// optimalCases returns pairs of normal distributions, pairs that start from a mixture, and those of
// the files.
func optimalCases(paths []string) (all []optimalCase) {
	for _, kind := range []string{normalsCase, mixtureCase} {
		for _, dim := range []int{2, 4, 8, 16} {
			all = append(all, optimalCase{Kind: kind, Dim: dim})
		}
	}
	for _, path := range paths {
		all = append(all, optimalCase{Kind: fileCase, Path: path})
	}
	return all
}

// pair returns the case's distributions with the optimal map between them.
func (c optimalCase) pair() (*data.OptimalPair, error) {
	switch c.Kind {
	case normalsCase:
		rng := rand.New(rand.NewPCG(pairSeed, uint64(c.Dim)))
		left, err := randomNormal(rng, c.Dim)
		if err != nil {
			return nil, err
		}
		right, err := randomNormal(rng, c.Dim)
		if err != nil {
			return nil, err
		}
		return data.NewBuresPair(left, right)
	case mixtureCase:
		return data.MixturePair(c.Dim, pairSeed)
	case fileCase:
		return wasserstein2.Read(c.Path)
	}
	return nil, fmt.Errorf("bench: a pair is of normals, of a mixture or of a file, got %q", c.Kind)
}

// randomNormal returns a normal distribution with a random mean and covariance.
func randomNormal(rng *rand.Rand, dim int) (*data.Normal, error) {
	draw := func() []float64 {
		v := make([]float64, dim)
		for j := range v {
			v[j] = rng.NormFloat64()
		}
		return v
	}
	mean, covariance := draw(), mat.NewSymDense(dim, nil)
	for j := range dim {
		covariance.SetSym(j, j, 0.1)
	}
	for range dim {
		covariance.SymRankOne(covariance, 1/float64(dim), mat.NewVecDense(dim, draw()))
	}
	return data.NewNormal(mean, covariance)
}
