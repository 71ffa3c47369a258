package backend_test

import (
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/f4f/backend"
)

// Products that don't depend on each other must not wait for each other's workers forever.
func TestIndependentProductsEnd(t *testing.T) {
	b, err := backend.Open(t.Context(), "go")
	if err != nil {
		t.Fatal(err)
	}
	const products, size, runs = 24, 260, 10
	x := make([][]float32, size)
	for i := range x {
		x[i] = make([]float32, size)
	}
	exec, err := NewExec(b.Backend, func(x *Node) *Node {
		all := make([]*Node, products)
		for k := range all {
			own := AddScalar(x, float64(k))
			all[k] = ReduceAllSum(Dot(own, own).Product())
		}
		return Stack(all, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		for range runs {
			if _, err := exec.Call(x); err != nil {
				ended <- err
				return
			}
		}
		ended <- nil
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(3 * time.Minute):
		t.Fatal("the products wait for each other")
	}
}
