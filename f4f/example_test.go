package f4f_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
)

// aside makes an Example compute with GoMLX's Go backend, which compiles nothing, and keep its
// flows in a store of its own, which end removes. Trainings of Examples are a few steps of small
// networks: enough to show what is called, too few to learn from. Larger ones could also block Go's
// backend forever.
func aside() (end func()) {
	folder, err := os.MkdirTemp("", "f4f-example-")
	if err != nil {
		log.Fatal(err)
	}
	was := map[string]string{}
	for variable, value := range map[string]string{storeVariable: folder, "GOMLX_BACKEND": "go"} {
		was[variable] = os.Getenv(variable)
		os.Setenv(variable, value)
	}
	return func() {
		for variable, value := range was {
			os.Setenv(variable, value)
		}
		os.RemoveAll(folder)
	}
}

// Train a transport between two distributions from the names of their sources, and map points there
// and back.
func Example() {
	defer aside()()
	ctx := context.Background()
	circles := f4f.Base(data.FourCircles()).Hidden(12).Blocks(1).Samples(256).Epochs(1)
	board := f4f.Base(data.Checkerboard()).Hidden(12).Blocks(1).Samples(256).Epochs(1)
	t, err := f4f.Between(circles, board).Hidden(12).Blocks(1).Samples(256).Epochs(1).Fit(ctx) // trains the bases first
	if err != nil {
		log.Fatal(err)
	}
	x, err := data.FourCircles().Sample(100, 1)
	if err != nil {
		log.Fatal(err)
	}
	y, err := t.Forward(x)
	if err != nil {
		log.Fatal(err)
	}
	back, err := t.Inverse(y)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(t)
	fmt.Println(y, "and back within 0.001:", furthest(x, back) < 1e-3)
	// Output:
	// transport four circles → checkerboard
	// 100 points of 2 features and back within 0.001: true
}

// A plan is a value: each method returns a changed copy.
func ExampleBase() {
	plain := f4f.Base(data.Checkerboard())
	fast := plain.Epochs(2).LearningRate(3e-3)
	fmt.Println(plain)
	fmt.Println(fast)
	// Output:
	// f4f.Base(checkerboard)
	// f4f.Base(checkerboard).Epochs(2).LearningRate(0.003)
}

// An error names the field, the value and what is allowed.
func ExampleBasePlan_Fit_error() {
	_, err := f4f.Base(data.Checkerboard()).Bins(1).Fit(context.Background())
	fmt.Println(err)
	// Output:
	// f4f: base checkerboard: bijection: spline bins must be at least 2, got 1
}

// A fit whose context ends returns the flow it has reached. Fitting the plan again resumes from
// there.
func ExampleBasePlan_Fit_interrupted() {
	defer aside()()
	plan := f4f.Base(data.Ring()).Hidden(12).Blocks(1).Samples(640).Epochs(2)
	ctx, cancel := context.WithCancel(context.Background())
	ctx = f4f.WithEvents(ctx, func(e fit.Event) {
		if e.Step > 0 {
			cancel()
		}
	})
	d, err := plan.Fit(ctx)
	fmt.Println("interrupted:", errors.Is(err, f4f.ErrInterrupted), len(d.Losses()) < 10)
	d, err = plan.Fit(context.Background())
	fmt.Println("steps in all:", len(d.Losses()), err)
	// Output:
	// interrupted: true true
	// steps in all: 10 <nil>
}

// Set the shape of a flow: splines on half of the features at a time, with learned linear maps
// between them.
func ExampleBasePlan_LayerKind() {
	plan := f4f.Base(data.Gaussian(6)).LayerKind(f4f.Coupling).Mixing(f4f.LULinear).Layers(8)
	fmt.Println(plan)

	var kind f4f.LayerKind = "convolution"
	_, err := plan.LayerKind(kind).Fit(context.Background())
	fmt.Println(err)
	// Output:
	// f4f.Base(6-dimensional gaussian).LayerKind("coupling").Layers(8).Mixing("lu")
	// f4f: base 6-dimensional gaussian: layer must be "autoregressive", "convex potential" or "coupling", or one that LayerFunc has registered before, got "convolution"
}

// Set the direction in which a transport is trained, and a penalty on moving points.
func ExampleBetween() {
	ring, star := f4f.Base(data.Ring()), f4f.Base(data.Star())
	near := f4f.Between(ring, star).Direction(f4f.ForwardOnly).Penalty(f4f.L1(0.5).Annealed())
	fmt.Println(near)
	for _, way := range []f4f.Direction{f4f.Alternate, f4f.BothWays, f4f.ByEpochs(2)} {
		fmt.Println(way)
	}
	// Output:
	// f4f.Between(f4f.Base(ring), f4f.Base(star)).Direction(f4f.ForwardOnly).Penalty(f4f.L1(0.5).Annealed())
	// f4f.Alternate
	// f4f.BothWays
	// f4f.ByEpochs(2)
}

// Train a transport with conditions. Each point goes from its own condition to another, and exactly
// back.
func ExampleBetweenPlan_On() {
	defer aside()()
	turned := data.Rotated(data.FourCircles(), 45) // points that each come with a condition
	base := f4f.Base(turned).Hidden(12).Blocks(1).Samples(256).Epochs(1)
	t, err := f4f.Between(base, base).On(f4f.Difference).Hidden(12).Blocks(1).Samples(256).Epochs(1).Fit(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	x, cx, err := turned.SampleWithConditions(100, 1)
	if err != nil {
		log.Fatal(err)
	}
	cy := data.Point(0.5) // for all of them
	y, err := t.At(cx, cy).Forward(x)
	if err != nil {
		log.Fatal(err)
	}
	back, err := t.At(cy, cx).Forward(y)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(y, "and back within 0.001:", furthest(x, back) < 1e-3)
	// Output:
	// 100 points of 2 features and back within 0.001: true
}

// A relation says what the flow sees of the conditions. These are the paper's; RelationFunc makes
// your own.
func ExampleRelation() {
	for _, relation := range []f4f.Relation{f4f.Difference, f4f.Both, f4f.Shared} {
		fmt.Println(relation)
	}
	// Output:
	// f4f.Difference
	// f4f.Both
	// f4f.Shared
}

// A recipe is a struct: start from one and change its fields.
func ExampleRecipe() {
	recipe := f4f.Fast()
	recipe.Epochs = 4
	fmt.Println(f4f.Base(data.Star()).Recipe(recipe))
	fmt.Println("the paper's learning rate:", f4f.Paper().LearningRate)
	// Output:
	// f4f.Base(star).Recipe(f4f.Fast()).Epochs(4)
	// the paper's learning rate: 0.0001
}

// Fit several plans side by side, each as Fit alone would.
func ExampleFitAll() {
	defer aside()()
	var plans []f4f.BasePlan
	for _, set := range []data.Source{data.Ring(), data.Star()} {
		plans = append(plans, f4f.Base(set).Hidden(12).Blocks(1).Samples(256).Epochs(1))
	}
	flows, err := f4f.FitAll(context.Background(), plans...)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range flows {
		fmt.Printf("%s, trained in %d steps\n", d, len(d.Losses()))
	}
	// Output:
	// density of ring (2 features), trained in 2 steps
	// density of star (2 features), trained in 2 steps
}

// Write a function for all kinds of plans, for bases as for transports.
func ExamplePlan() {
	// Any plan has a fingerprint: what it trains into, wherever it runs and is kept.
	name := func(plan f4f.Plan[*f4f.Density]) string {
		text, err := plan.Fingerprint()
		if err != nil {
			log.Fatal(err)
		}
		return text
	}
	plan := f4f.Base(data.Ring())
	fmt.Println(name(plan) == name(plan.Backend("go").Store("elsewhere")), name(plan) == name(plan.Seed(1)))
	// Output: true false
}

// List what plans train, to hand it out by a scheduler of your own: bases come first.
func ExampleTask() {
	star := f4f.Base(data.Star())
	tasks, err := f4f.Between(star, f4f.Base(data.Ring())).Store("an empty folder").Tasks()
	if err != nil {
		log.Fatal(err)
	}
	for _, task := range tasks {
		fmt.Println(task.Name, len(task.Bases), task.Trained()) // Fit trains it
	}
	// Output:
	// base star 0 false
	// base ring 0 false
	// star → ring 2 false
}

// Save a flow to a file, and load it in another program.
func ExampleLoadDensity() {
	defer aside()()
	ctx := context.Background()
	d, err := f4f.Base(data.Ring()).Hidden(12).Blocks(1).Samples(256).Epochs(1).Fit(ctx)
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(os.Getenv(storeVariable), "ring.safetensors")
	if err := d.Save(path); err != nil {
		log.Fatal(err)
	}
	again, err := f4f.LoadDensity(ctx, path)
	if err != nil {
		log.Fatal(err)
	}
	x := data.Point(2, 0)
	before, _ := d.LogProb(x)
	after, err := again.LogProb(x)
	fmt.Println(before[0] == after[0], err)
	// Output: true <nil>
}

// Read the shape of a flow from its file's metadata, as programs in any language can.
func ExampleArchitecture() {
	defer aside()()
	d, err := f4f.Base(data.Ring()).Bins(12).Hidden(12).Blocks(1).Samples(256).Epochs(1).Fit(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(os.Getenv(storeVariable), "ring.safetensors")
	if err := d.Save(path); err != nil {
		log.Fatal(err)
	}
	_, texts, err := fit.ReadState(path)
	if err != nil {
		log.Fatal(err)
	}
	var plan struct {
		Spec struct{ Architecture f4f.Architecture }
	}
	if err := json.Unmarshal([]byte(texts["plan"]), &plan); err != nil {
		log.Fatal(err)
	}
	shape := plan.Spec.Architecture
	fmt.Printf("%d %s layers of %d bins\n", shape.Layers, shape.Layer, shape.Bins)
	// Output: 4 autoregressive layers of 12 bins
}

// Map points by the transport that needs no training, through the standard normal, and measure how
// far it moves them.
func ExampleBaseTransfer() {
	defer aside()()
	ctx := context.Background()
	flows, err := f4f.FitAll(ctx, f4f.Base(data.Ring()).Hidden(12).Blocks(1).Samples(256).Epochs(1), f4f.Base(data.Star()).Hidden(12).Blocks(1).Samples(256).Epochs(1))
	if err != nil {
		log.Fatal(err)
	}
	t, err := f4f.BaseTransfer(flows[0], flows[1])
	if err != nil {
		log.Fatal(err)
	}
	x, err := data.Ring().Sample(100, 1)
	if err != nil {
		log.Fatal(err)
	}
	moved, err := t.Displacement(x)
	fmt.Println(moved.Euclidean > 0, moved.L1 >= moved.Euclidean, err)
	logProb, err := t.LogProb(x)
	fmt.Println(len(logProb), math.IsNaN(logProb[0]), err)
	// Output:
	// true true <nil>
	// 100 false <nil>
}

// Check how exact a trained flow is, and whether points lie where its splines act. Here three of a
// hundred do not.
func ExampleAudit() {
	defer aside()()
	d, err := f4f.Base(data.Ring()).Hidden(12).Blocks(1).Samples(256).Epochs(1).Fit(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	x, err := data.Ring().Sample(100, 1)
	if err != nil {
		log.Fatal(err)
	}
	values := x.Values()
	values[0], values[2], values[4] = 5, -5, 6
	far, err := data.NewPoints(2, values)
	if err != nil {
		log.Fatal(err)
	}
	audit, err := d.Audit(far) // print it to see all
	if err != nil {
		log.Fatal(err)
	}
	var worst f4f.Worst = audit.RoundTrip
	fmt.Printf("round trip within 0.001: %t; %v%% beyond the bound; %d warning\n", worst.Error < 1e-3, 100*audit.Beyond, len(audit.Warnings()))
	// Output:
	// round trip within 0.001: true; 3% beyond the bound; 1 warning
}

// Look at the flow every few seconds while it trains.
func ExampleWithGlimpses() {
	defer aside()()
	seen := make(chan f4f.Glimpse, 100)
	ctx := f4f.WithGlimpses(context.Background(), 50, func(g f4f.Glimpse) {
		select {
		case seen <- g: // draw it elsewhere: the training waits for this function
		default:
		}
	})
	if _, err := f4f.Base(data.Ring()).Hidden(12).Blocks(1).Samples(256).Epochs(1).Fit(ctx); err != nil {
		log.Fatal(err)
	}
	close(seen)
	for g := range seen {
		fmt.Println(g.Flow, "after", g.Step, "steps")
	}
	fmt.Println("this one ended before the first was due")
	// Output: this one ended before the first was due
}

// Follow points through the maps of a flow, one after another, to debug it.
func ExampleLayer() {
	defer aside()()
	d, err := f4f.Base(data.Ring()).Layers(2).Hidden(12).Blocks(1).Samples(256).Epochs(1).Fit(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	var layers []f4f.Layer = d.Layers()
	for _, layer := range layers {
		fmt.Println(layer, layer.Learned())
	}
	// Output:
	// layer 0, autoregressive true
	// layer 1, reversal false
	// layer 2, autoregressive true
}

// The same plan in double precision is a different plan, with a flow of its own.
func ExamplePrecision() {
	plan := f4f.Base(data.Ring())
	double := plan.Precision(f4f.Float64)
	one, _ := plan.Fingerprint()
	other, err := double.Fingerprint()
	fmt.Println(double, one == other, err)
	// Output: f4f.Base(ring).Precision("float64") false <nil>
}

// Import a flow that was trained in Python from its state dict, and export it again.
func ExampleImportNFlows() {
	defer aside()()
	d, err := f4f.ImportNFlows(context.Background(), "testdata/nflows_paper.safetensors", f4f.NFlows{Name: "mine"})
	if err != nil {
		log.Fatal(err)
	}
	_, err = d.LogProb(data.Point(0.5, -1))
	fmt.Println(d, err)
	fmt.Println(d.ExportNFlows(filepath.Join(os.Getenv(storeVariable), "back.safetensors")))
	// Output:
	// density of mine (2 features) <nil>
	// <nil>
}

// What a density knows besides log-densities: its score, samples with theirs, and the density of
// its first features, whatever the others are.
func ExampleDensity_Score() {
	defer aside()()
	d, err := f4f.Base(data.TwoMoons()).Mixing(f4f.InOrder).Hidden(12).Blocks(1).Samples(256).Epochs(1).Fit(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	x, logProbs, err := d.SampleWithLogProb(100, 1)
	if err != nil {
		log.Fatal(err)
	}
	score, err := d.Score(x) // ∇ log p(x), which points to where points are denser
	if err != nil {
		log.Fatal(err)
	}
	first, err := x.Columns(0)
	if err != nil {
		log.Fatal(err)
	}
	marginal, err := d.LogProbOfLeading(first) // log p(x₀)
	if err != nil {
		log.Fatal(err)
	}
	completed, err := d.Complete(first, 2) // draws x₁ given x₀
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(logProbs), score, len(marginal), completed)
	// Output: 100 100 points of 2 features 100 100 points of 2 features
}

// Four flows on bootstrap replicates of a table: the log-density of their mean, and how far they
// disagree.
func ExampleEnsemble() {
	defer aside()()
	ctx := context.Background()
	x, err := data.TwoMoons().Sample(200, 1)
	if err != nil {
		log.Fatal(err)
	}
	plan := f4f.Base(data.FromPoints("moons", x)).Hidden(12).Blocks(1).Epochs(1)
	e, err := f4f.Ensemble(plan, 4).Bootstrap().Fit(ctx)
	if err != nil {
		log.Fatal(err)
	}
	spread, err := e.LogProbSpread(x)
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(os.TempDir(), "moons.ensemble")
	defer os.Remove(path)
	if err := e.Save(path); err != nil {
		log.Fatal(err)
	}
	again, err := f4f.LoadEnsemble[*f4f.DensityEnsemble](ctx, path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again, len(spread))
	// Output: ensemble of 4: density of moons (2 features) 200
}

// An ensemble of transports maps points to the mean of their images, with its spread.
func ExampleTransportEnsemble() {
	defer aside()()
	plan := f4f.Between(f4f.Base(data.Ring()).Hidden(12).Blocks(1).Samples(256).Epochs(1), f4f.Base(data.Star()).Hidden(12).Blocks(1).Samples(256).Epochs(1))
	e, err := f4f.Ensemble(plan.Hidden(12).Blocks(1).Samples(256).Epochs(1), 2).Fit(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	x, err := data.Ring().Sample(10, 1)
	if err != nil {
		log.Fatal(err)
	}
	y, err := e.Forward(x)
	if err != nil {
		log.Fatal(err)
	}
	spread, err := e.ForwardSpread(x)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e, y, spread)
	// Output: ensemble of 2: transport ring → star 10 points of 2 features 10 points of 2 features
}

// Each row of a table is scored by the flow that was trained without it.
func ExampleCrossFit() {
	defer aside()()
	ctx := context.Background()
	left, err := data.Ring().Sample(200, 1)
	if err != nil {
		log.Fatal(err)
	}
	right, err := data.Star().Sample(200, 1)
	if err != nil {
		log.Fatal(err)
	}
	base := func(name string, x data.Points) f4f.BasePlan {
		return f4f.Base(data.FromPoints(name, x)).Hidden(12).Blocks(1).Epochs(1)
	}
	cross, err := f4f.CrossFit(base("ring", left), 2).Fit(ctx) // a *CrossDensity
	if err != nil {
		log.Fatal(err)
	}
	logProbs, err := cross.LogProb(left)
	if err != nil {
		log.Fatal(err)
	}
	var moved *f4f.CrossTransport
	moved, err = f4f.CrossFit(f4f.Between(base("ring", left), base("star", right)).Hidden(12).Blocks(1).Epochs(1), 2).Fit(ctx)
	if err != nil {
		log.Fatal(err)
	}
	y, err := moved.Forward(left)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(logProbs), y)
	// Output: 200 200 points of 2 features
}

// Learn the density of points by a flow for flow from a density that is known, without a base for
// the points.
func ExamplePointsOf() {
	defer aside()()
	plan := f4f.Between(f4f.Known(data.Gaussian(2)), f4f.PointsOf(data.Ring()))
	fmt.Println(plan)
	t, err := plan.Hidden(12).Blocks(1).Samples(256).Epochs(1).Fit(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	x, err := data.Ring().Sample(100, 1)
	if err != nil {
		log.Fatal(err)
	}
	logProb, err := t.LogProb(x) // of the ring, under the normal distribution transported
	fmt.Println(len(logProb), err)
	_, err = t.Right().LogProb(x)
	fmt.Println(errors.Is(err, f4f.ErrNoDensity))
	// Output:
	// f4f.Between(f4f.Known(gaussian), f4f.PointsOf(ring)).Direction(f4f.InverseOnly)
	// 100 <nil>
	// true
}
