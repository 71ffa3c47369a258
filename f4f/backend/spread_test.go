//go:build cgo && linux

package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
)

func init() { processes["spread"] = spreadProcess }

// spreadProcess prints a product of matrices by a program that is spread, and by one that isn't, or
// nothing where programs can't be spread.
func spreadProcess(programs string) error {
	must(os.Setenv(ProgramsEnv, programs))
	if value := os.Getenv("BACKEND_TEST_SPREAD"); value != "" {
		spreadValue = value
	}
	b, err := Open(context.Background(), "xla:cpu")
	must(err)
	name, ok := b.Backend.(interface {
		Spread(name string) (string, bool)
	}).Spread("square")
	if !ok {
		return nil
	}
	x := make([][]float32, 64)
	for i := range x {
		x[i] = make([]float32, 64)
		for j := range x[i] {
			x[i][j] = float32((7*i + 3*j) % 5) // products are whole numbers, whatever the order of sums
		}
	}
	var products [][][]float32
	for _, name := range []string{name, "plain"} {
		exec := graph.MustNewExec(b.Backend, func(x *graph.Node) *graph.Node { return graph.DotGeneral(x, []int{1}, nil, x, []int{0}, nil) })
		products = append(products, exec.WithName(name).MustCall1(x).Value().([][]float32))
	}
	return json.NewEncoder(os.Stdout).Encode(products)
}

// XLA writes the options that a program is compiled by beside what it dumps of it. A plugin that
// doesn't know the option's value compiles the program all the same.
func TestASpreadProgramLeavesItsProductsToXLA(t *testing.T) {
	requirePinned(t)
	for name, test := range map[string]struct {
		programs, value string
		library         bool // whether the library computes the products of the program that is to be spread
	}{
		"programs kept": {programs: t.TempDir()},
		"none kept":     {programs: "off"},
		"an old plugin": {programs: t.TempDir(), value: "NO_SUCH_TYPE", library: true},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time programs may come from disk
				dump := t.TempDir()
				output, err := process("spread", test.programs, "BACKEND_TEST_SPREAD="+test.value, "XLA_FLAGS=--xla_dump_to="+dump+" --xla_dump_hlo_as_text").Output()
				if err != nil {
					t.Fatalf("%v: %s", err, output)
				}
				var products [][][]float32
				if err := json.Unmarshal(output, &products); err != nil || len(products) != 2 || !slices.EqualFunc(products[0], products[1], slices.Equal) {
					t.Fatalf("the products differ, %v", err)
				}
				for kind, library := range map[string]bool{spreadMark: test.library, "plain": true} {
					all := dumpedOptions(t, dump, kind)
					if has := bytes.Contains(all[len(all)-1], []byte("LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT")); has != library {
						t.Errorf("%s: the library computes products: %v, want %v", kind, has, library)
					}
				}
			}
		})
	}
}

// What the user has set counts.
func TestNothingIsSpreadAgainstTheUsersFlag(t *testing.T) {
	requireXLA(t, "xla:cpu")
	output, err := process("spread", "off", fmt.Sprintf("XLA_FLAGS=--%s=+reduce", libraryOption)).Output()
	if err != nil || len(output) > 0 {
		t.Errorf("programs are spread: %s, %v", output, err)
	}
}
