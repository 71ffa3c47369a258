package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
)

// Table is a Source that holds its points: measured, simulated elsewhere or read from a file. It is
// Finite, so a fit uses each point instead of drawing new ones. Its density is unknown. A nil table
// has no points and no name.
type Table struct {
	name   string
	points Points
}

var (
	_ Finite        = (*Table)(nil)
	_ Fingerprinter = (*Table)(nil)
)

// FromPoints returns a table of the points p [N, D] with that name. It doesn't copy the points.
func FromPoints(name string, p Points) *Table { return &Table{name: name, points: p} }

// String describes the table: "table jets of 2000 points of 3 features".
func (t *Table) String() string {
	if t == nil {
		return "no table"
	}
	return fmt.Sprintf("table %s of %s", t.Name(), t.Points())
}

// Name returns the name given to FromPoints.
func (t *Table) Name() string {
	if t == nil {
		return ""
	}
	return t.name
}

// Dim returns the number of features of a point, D.
func (t *Table) Dim() int { return t.Points().Dim() }

// Points returns all points, [N, D], in their original order, without copying them.
func (t *Table) Points() Points {
	if t == nil {
		return Points{}
	}
	return t.points
}

// Sample draws n of the N points without replacement, [n, D], each with its weight. With n = N it
// returns all of them, shuffled. It returns an error if n is negative or more than N.
func (t *Table) Sample(n int, seed uint64) (Points, error) {
	all := t.Points()
	if n < 0 || n > all.Len() {
		return Points{}, fmt.Errorf("data: a sample of the table %q must have between 0 and its %d points, got %d", t.Name(), all.Len(), n)
	}
	return all.Pick(pick(n, all.Len(), seed)...)
}

// Fingerprint returns a hash of the table's content: N, D, the bits of each value, and the weights
// unless all are equal, but not the name. It is computed at each call, because the values behind
// the view may have changed.
func (t *Table) Fingerprint() string {
	h := sha256.New()
	block := binary.LittleEndian.AppendUint64(make([]byte, 0, 1<<15), uint64(t.Points().Len()))
	block = binary.LittleEndian.AppendUint64(block, uint64(t.Points().Dim()))
	for _, v := range t.Points().Values() {
		if len(block)+4 > cap(block) {
			h.Write(block)
			block = block[:0]
		}
		block = binary.LittleEndian.AppendUint32(block, math.Float32bits(v))
	}
	if t.Points().Weighted() {
		for _, w := range t.Points().Weights() {
			if len(block)+8 > cap(block) {
				h.Write(block)
				block = block[:0]
			}
			block = binary.LittleEndian.AppendUint64(block, math.Float64bits(w))
		}
	}
	h.Write(block)
	return hex.EncodeToString(h.Sum(nil))
}

// pick returns n distinct numbers below total, in random order, by the first n steps of a
// Fisher–Yates shuffle.
func pick(n, total int, seed uint64) []int {
	r := rand.New(rand.NewPCG(seed, tableStream))
	rows := make([]int, total)
	for i := range rows {
		rows[i] = i
	}
	for i := range n {
		j := i + r.IntN(total-i)
		rows[i], rows[j] = rows[j], rows[i]
	}
	return rows[:n]
}

// tableStream makes the random numbers of tables independent of those of other sources with the
// same seed.
const tableStream = 0x7461626c65 // "table"
