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
// Finite, so a fit uses each point rather than drawing; its density is unknown. A nil table has no
// points, and no name.
type Table struct {
	name   string
	points Points
}

var (
	_ Finite        = (*Table)(nil)
	_ Fingerprinter = (*Table)(nil)
)

// FromPoints is the table of the points p [N, D] under a name. It views p and copies nothing.
func FromPoints(name string, p Points) *Table { return &Table{name: name, points: p} }

// Name is what FromPoints was told.
func (t *Table) Name() string {
	if t == nil {
		return ""
	}
	return t.name
}

// Dim is the number of features of a point, D.
func (t *Table) Dim() int { return t.Points().Dim() }

// Points are all of them, [N, D], in the order they came; not a copy.
func (t *Table) Points() Points {
	if t == nil {
		return Points{}
	}
	return t.points
}

// Sample draws n of the N points without replacement, [n, D]: n = N is all of them, shuffled. It
// errs when n is negative or more than N.
func (t *Table) Sample(n int, seed uint64) (Points, error) {
	all := t.Points()
	if n < 0 || n > all.Len() {
		return Points{}, fmt.Errorf("data: a sample of the table %q must have between 0 and its %d points, got %d", t.Name(), all.Len(), n)
	}
	return all.Pick(pick(n, all.Len(), seed)...)
}

// Fingerprint is a hash of the table's content, of N, D and each value's bits, but not of its name.
// It is worked out at each call, for a view's values may have changed since the last.
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
	h.Write(block)
	return hex.EncodeToString(h.Sum(nil))
}

// pick is n different numbers below total, in random order, by the first n steps of a Fisher–Yates
// shuffle.
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

// tableStream keeps what tables draw apart from what other sources draw with the same seed.
const tableStream = 0x7461626c65 // "table"
