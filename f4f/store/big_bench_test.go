package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/store"
)

// BenchmarkStore lists and prunes stores of many small flows, which are links to a few files:
//
//	go test ./f4f/store -run XXX -bench Store -benchtime 1x
//	go test ./f4f/store -run XXX -bench Store/entries=100000 -benchtime 1x
func BenchmarkStore(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				folder := manyEntries(b, n)
				b.StartTimer()
				began := time.Now()
				all, err := store.List(folder)
				if err != nil || len(all) != n {
					b.Fatal(len(all), err)
				}
				b.ReportMetric(time.Since(began).Seconds(), "s-to-list")
				began = time.Now()
				gone, err := store.Prune(folder, store.Selection{OlderThan: time.Nanosecond})
				if err != nil || len(gone) != n {
					b.Fatal(len(gone), err)
				}
				b.ReportMetric(time.Since(began).Seconds(), "s-to-prune")
			}
		})
	}
}

// manyEntries returns the folder of a store with n entries of one small flow.
func manyEntries(b *testing.B, n int) string {
	b.Helper()
	one := b.TempDir()
	plan := f4f.Base(left).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).Epochs(2).Backend("go").Store(one)
	if _, err := plan.Fit(f4f.WithEvents(b.Context(), nil)); err != nil {
		b.Fatal(err)
	}
	flows, err := filepath.Glob(filepath.Join(one, "*", "flow.safetensors"))
	if err != nil || len(flows) != 1 {
		b.Fatal(flows, err)
	}
	content, err := os.ReadFile(flows[0])
	if err != nil {
		b.Fatal(err)
	}
	many := b.TempDir()
	file := ""
	for i := range n {
		if i%10_000 == 0 { // a file can have only so many links
			file = filepath.Join(many, fmt.Sprint("flow", i))
			if err := os.WriteFile(file, content, 0o644); err != nil {
				b.Fatal(err)
			}
		}
		at := filepath.Join(many, fmt.Sprintf("base-left-%016x", i))
		if err := os.Mkdir(at, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.Link(file, filepath.Join(at, "flow.safetensors")); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, "lock"), nil, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return many
}
