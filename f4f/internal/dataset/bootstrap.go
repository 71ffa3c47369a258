package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// A bootstrap replicate of a table has rows drawn from it with replacement, as many as before
// (Efron, "Bootstrap methods: another look at the jackknife", 1979). Rows are first held out for
// validation, and the training rows are drawn from the others, so that validation never sees a
// training row.
//
// Replicate number b of a table is one endless sequence of draws from all of its rows, of which each
// plan takes those that it doesn't hold out. So a base and a transport that are trained on one
// replicate of a table see the same copies, whatever their seeds.

// drawRows draws n rows of a table without replacement, and their conditions. rows are the numbers
// that they have in the table.
func drawRows(s data.Source, n int, seed uint64) (x, c data.Points, rows []int, err error) {
	if x, c, err = rowsOf(s); err != nil {
		return x, c, nil, err
	}
	if n > x.Len() {
		return x, c, nil, fmt.Errorf("f4f: %s: %d rows can't be drawn from %d", s.Name(), n, x.Len())
	}
	rows = rand.New(rand.NewPCG(seed, bootstrapStream)).Perm(x.Len())[:n]
	if x, c, err = picked(x, c, rows); err == nil {
		err = checkFinite(s, x, c)
	}
	return x, c, rows, err
}

const bootstrapStream = 0x626f6f74 // "boot"

// resampled returns the training rows that a replicate of a table consists of: as many numbers, from
// 0, as there are training rows. rows are the numbers of the training rows in the table of total
// rows.
func resampled(s data.Source, number int, rows []int, total int) ([]int, error) {
	identity, err := Identity(s)
	if err != nil {
		return nil, err
	}
	at := make([]int, total) // the place of a row among the training rows, from 1
	for i, row := range rows {
		at[row] = i + 1
	}
	sum := sha256.Sum256([]byte(identity))
	r := rand.New(rand.NewPCG(uint64(number), binary.LittleEndian.Uint64(sum[:])))
	drawn := make([]int, 0, len(rows))
	for len(drawn) < len(rows) {
		if i := at[r.IntN(total)]; i > 0 {
			drawn = append(drawn, i-1)
		}
	}
	return drawn, nil
}

// bootstrapped returns the data with training rows drawn with replacement. rows are the numbers of
// the training rows in the table.
func (t Data) bootstrapped(s data.Source, replicate int, rows []int) (Data, error) {
	drawn, err := resampled(s, replicate, rows, s.(data.Finite).Points().Len())
	if err != nil {
		return t, err
	}
	t.Drawn = t.Train
	t.Train, err = t.Train.Pick(drawn...)
	return t, err
}
