package filekind

import (
	"errors"
	"io"
	"testing"
)

// zeros gives zeros without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestBoundedEndsWhatExpandsBeyondMeasure(t *testing.T) {
	for _, compressed := range []int64{0, 1000, 1 << 20} {
		n, err := io.Copy(io.Discard, Bounded(zeros{}, "gzip", func() int64 { return compressed }))
		if most := freeBytes + mostExpanded*compressed; err == nil || n > most+1<<16 {
			t.Errorf("%d compressed bytes expanded to %d, %v; want an error at %d", compressed, n, err, most)
		}
	}
	plain := io.LimitReader(zeros{}, 1<<20)
	if n, err := io.Copy(io.Discard, Bounded(plain, "gzip", func() int64 { return 0 })); n != 1<<20 || err != nil {
		t.Errorf("got %d bytes and %v, want all of them", n, err)
	}
	broken := errors.New("the disk is gone")
	if _, err := io.Copy(io.Discard, Bounded(io.MultiReader(plain, failing{broken}), "gzip", func() int64 { return 0 })); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
