package f4f_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/bijection"
	"github.com/flowsforflows/flows/f4f/bijection/bijectiontest"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/metric"
)

// shear is a layer of the user's own on the plane: y_0 = x_0 and y_1 = e^a·x_1 + w·x_0, with two
// weights (a, w), from the identity on. It looks at no condition.
type shear struct{ dim int }

func (s shear) Validate() error {
	if s.dim != 2 {
		return fmt.Errorf("a shear needs 2 features, got %d", s.dim)
	}
	return nil
}

func (shear) Weights() float64   { return 2 }
func (shear) TailBound() float64 { return math.Inf(1) }

func (s shear) Forward(scope *model.Scope, x, _ *Node) (y, logDet *Node) {
	a, w, first, second := s.parts(scope, x)
	return Concatenate([]*Node{first, Add(Mul(second, Exp(a)), Mul(first, w))}, -1), Squeeze(BroadcastToShape(a, first.Shape()), -1)
}

func (s shear) Inverse(scope *model.Scope, y, _ *Node) (x, logDet *Node) {
	a, w, first, second := s.parts(scope, y)
	return Concatenate([]*Node{first, Mul(Sub(second, Mul(first, w)), Exp(Neg(a)))}, -1), Squeeze(BroadcastToShape(Neg(a), first.Shape()), -1)
}

// parts returns the weights, [1, 1] each, and the columns of x [batch, 2], [batch, 1] each.
func (shear) parts(scope *model.Scope, x *Node) (a, w, first, second *Node) {
	weights := scope.WithInitializer(initializer.Zero).VariableWithShape("weights", shapes.Make(x.DType(), 1, 2)).NodeValue(x.Graph())
	column := func(of *Node, i int) *Node { return Slice(of, AxisRange(), AxisRange(i, i+1)) }
	return column(weights, 0), column(weights, 1), column(x, 0), column(x, 1)
}

// sheared names the layer in plans and in files.
var sheared = f4f.LayerFunc("shear", func(p f4f.LayerPlace) bijection.Layer { return shear{p.Dim} })

func TestALayerOfOnesOwnKeepsItsPromises(t *testing.T) {
	b := must[*backend.Backend](t)(backend.Open(context.Background(), "go"))
	bijectiontest.Run(t, b.Backend, bijectiontest.Case{Name: "shear", Bijection: shear{2}, Dim: 2})
}

func TestALayerOfOnesOwnTrainsAndIsKept(t *testing.T) {
	truth, store := correlated(0.8), t.TempDir()
	plan := func(s data.Source) f4f.BasePlan {
		return f4f.Base(s).LayerKind(sheared).Layers(1).Samples(20_000).Batch(100).Epochs(3).LearningRate(1e-2).Devices(1).Store(store)
	}
	d := fitted(t, plan(truth))
	kl, err := metric.KL(truth, d.LogProb, 20_000, 3)
	if err != nil {
		t.Fatal(err)
	}
	if !(kl.Value < 0.002) {
		t.Errorf("KL to the truth is %v nats", kl)
	}
	if got := plan(truth).String(); !strings.Contains(got, `.LayerKind("shear")`) {
		t.Errorf("the plan reads %s", got)
	}

	transport := fitted(t, f4f.Between(plan(truth), plan(correlated(-0.5))).LayerKind(sheared).Layers(1).Samples(20_000).Batch(100).Epochs(3).LearningRate(1e-2).Devices(1).Store(store))
	x := sample(t, truth, 500, 5)
	audit := must[f4f.Audit](t)(transport.Audit(x))
	if len(audit.Warnings()) > 0 {
		t.Errorf("the transport fails its audit: %v", audit)
	}
	file := filepath.Join(store, "transport")
	if err := transport.Save(file); err != nil {
		t.Fatal(err)
	}
	again := must[*f4f.Transport](t)(f4f.LoadTransport(context.Background(), file))
	want, got := must[data.Points](t)(transport.Forward(x)).Values(), must[data.Points](t)(again.Forward(x)).Values()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("value %d is %v once loaded, and was %v", i, got[i], want[i])
		}
	}
	for _, link := range d.Layers() {
		if !link.Learned() || !math.IsInf(link.TailBound(), 1) {
			t.Errorf("%s is learned: %v, and its bound is %v", link, link.Learned(), link.TailBound())
		}
	}

	// Files that name what no program has registered are refused.
	for name, swap := range map[string][2]string{
		"layer":       {`"layer":"shear"`, `"layer":"unheard of"`},
		"transformer": {`"hidden":`, `"transformer":"unheard of","hidden":`},
	} {
		state, texts, err := fit.ReadState(file)
		if err != nil {
			t.Fatal(err)
		}
		texts["plan"] = strings.ReplaceAll(texts["plan"], swap[0], swap[1])
		other := filepath.Join(t.TempDir(), "flow")
		if err := fit.WriteState(other, state, texts); err != nil {
			t.Fatal(err)
		}
		_, err = f4f.LoadTransport(context.Background(), other)
		if err == nil || !strings.Contains(err.Error(), "unheard of") || !strings.Contains(err.Error(), "Func") {
			t.Errorf("a file of an unknown %s gives the error %v", name, err)
		}
	}
}

func TestLayersThatCannotWorkAreErrors(t *testing.T) {
	plan := f4f.Base(correlated(0.5)).Backend("go").Store(t.TempDir())
	of := func(build func(f4f.LayerPlace) bijection.Layer) f4f.LayerKind { return f4f.LayerFunc("faulty", build) }
	for name, r := range map[string]struct {
		layer func() f4f.LayerKind
		want  string
	}{
		"unknown": {func() f4f.LayerKind { return "unheard of" }, "LayerFunc"},
		"taken": {func() f4f.LayerKind {
			return f4f.LayerFunc("coupling", func(f4f.LayerPlace) bijection.Layer { return nil })
		}, "taken"},
		"nameless": {func() f4f.LayerKind { return f4f.LayerFunc("", nil) }, "name"},
		"nil":      {func() f4f.LayerKind { return of(func(f4f.LayerPlace) bijection.Layer { return nil }) }, "nil"},
		"invalid":  {func() f4f.LayerKind { return of(func(f4f.LayerPlace) bijection.Layer { return shear{3} }) }, "needs 2 features"},
		"panics": {func() f4f.LayerKind {
			return of(func(p f4f.LayerPlace) bijection.Layer {
				if p.Index > 0 {
					panic(errors.New("no second one"))
				}
				return shear{2}
			})
		}, "no second one"},
	} {
		_, err := plan.LayerKind(r.layer()).Fit(context.Background())
		if err == nil || !strings.Contains(err.Error(), r.want) {
			t.Errorf("%s: the error is %v, want one of %q", name, err, r.want)
		}
	}
}
