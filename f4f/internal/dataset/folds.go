package dataset

import (
	"fmt"
	"math"
	"slices"

	"github.com/flowsforflows/flows/data"
)

// Folds divide points into k parts of the same size, by a hash of their features: the hashes of
// part i lie from bound i−1 (included) to bound i (excluded). So a point is known again wherever it
// comes from, points in another order and some of them alone have the same parts, and equal points
// are in one part. A point that was not among those divided has a part too.
type Folds struct {
	Seed   uint64   `json:"seed,string"`
	Bounds []uint64 `json:"bounds"` // [k−1], ascending
}

// EvenFolds returns k folds for points of a distribution that has no table.
func EvenFolds(k int, seed uint64) Folds {
	f := Folds{Seed: seed}
	for i := 1; i < k; i++ {
		f.Bounds = append(f.Bounds, math.MaxUint64/uint64(k)*uint64(i))
	}
	return f
}

// FoldsOf divides the rows of a table into k folds. It returns an error if there are too few that
// differ.
func FoldsOf(s data.Source, k int, seed uint64) (Folds, error) {
	x, _, err := rowsOf(s)
	if err != nil {
		return Folds{}, err
	}
	f := Folds{Seed: seed}
	hashes := make([]uint64, x.Len())
	for i := range hashes {
		hashes[i] = hashRow(x.Row(i), seed)
	}
	slices.Sort(hashes)
	different := len(slices.Compact(slices.Clone(hashes)))
	if different < 2*k {
		return Folds{}, fmt.Errorf("f4f: %s: %d folds need at least %d rows that differ, got %d of %d rows", s.Name(), k, 2*k, different, x.Len())
	}
	for i := 1; i < k; i++ {
		f.Bounds = append(f.Bounds, hashes[i*x.Len()/k])
	}
	return f, nil
}

// FoldsOfEach divides the tables among sources into k folds each, and says which of them are tables.
// Equal tables are divided equally, and other sources evenly. It returns an error if no source is a
// table.
func FoldsOfEach(sources []data.Source, k int, seed uint64) (folds []Folds, tables []bool, err error) {
	some := slices.ContainsFunc(sources, IsTable)
	for _, s := range sources {
		of, table := EvenFolds(k, seed), IsTable(s)
		if table || !some { // without a table, the error says so
			if of, err = FoldsOf(s, k, seed); err != nil {
				return nil, nil, err
			}
		}
		folds, tables = append(folds, of), append(tables, table)
	}
	return folds, tables, nil
}

// Of returns the fold of a point with these features [D].
func (f Folds) Of(row []float32) int {
	h := hashRow(row, f.Seed)
	at, _ := slices.BinarySearchFunc(f.Bounds, h, func(bound, h uint64) int {
		if bound <= h {
			return -1
		}
		return 1
	})
	return at
}

// OfEach returns the fold of each point of x [N, D].
func (f Folds) OfEach(x data.Points) []int {
	of := make([]int, x.Len())
	for i := range of {
		of[i] = f.Of(x.Row(i))
	}
	return of
}

// Validate returns an error unless the folds are k.
func (f Folds) Validate(k int) error {
	if len(f.Bounds) != k-1 || !slices.IsSorted(f.Bounds) {
		return fmt.Errorf("%d bounds of folds for %d flows", len(f.Bounds), k)
	}
	return nil
}

// Without returns a table of the rows of s that are not in fold i.
func (f Folds) Without(s data.Source, i int) (data.Source, error) {
	x, c, err := rowsOf(s)
	if err != nil {
		return nil, err
	}
	var rows []int
	for row := range x.Len() {
		if f.Of(x.Row(row)) != i {
			rows = append(rows, row)
		}
	}
	k := len(f.Bounds) + 1
	name := fmt.Sprintf("%s without fold %d of %d", s.Name(), i+1, k)
	if len(rows) == 0 || len(rows) == x.Len() {
		return nil, fmt.Errorf("f4f: %s: fold %d of %d has %d of the %d rows, because so many are equal: take fewer folds, or add noise (data.Dequantize)", s.Name(), i+1, k, x.Len()-len(rows), x.Len())
	}
	if x, c, err = picked(x, c, rows); err != nil {
		return nil, err
	}
	if c.Len() == 0 {
		return data.FromPoints(name, x), nil
	}
	return data.FromPointsWithConditions(name, x, c)
}

// hashRow returns a hash of the values of a row. Equal rows have equal hashes; different ones have
// equal hashes with a probability of 2⁻⁶⁴.
func hashRow(row []float32, seed uint64) uint64 {
	h := seed
	for _, v := range row {
		h ^= uint64(math.Float32bits(v + 0)) // −0 is 0
		// The mixing steps of SplitMix64.
		h += 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}
