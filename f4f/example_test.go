package f4f_test

import (
	"context"
	"fmt"
	"log"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// A transport between two distributions, from nothing but the names of their sources. It is compiled and not run: training takes minutes.
func Example() {
	ctx := context.Background()
	circles := f4f.Base(data.FourCircles()).Epochs(1)
	board := f4f.Base(data.Checkerboard()).Epochs(1)
	t, err := f4f.Between(circles, board).Penalty(f4f.L1(1)).Fit(ctx)
	if err != nil {
		log.Fatal(err)
	}
	x, err := t.Left().Sample(1000, 1)
	if err != nil {
		log.Fatal(err)
	}
	y, err := t.Forward(x)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(x.Row(0), "→", y.Row(0))
}

// A plan is a value: each method gives a changed copy.
func ExampleBase() {
	plain := f4f.Base(data.Checkerboard())
	fast := plain.Epochs(2).LearningRate(3e-3)
	fmt.Println(plain)
	fmt.Println(fast)
	// Output:
	// f4f.Base(checkerboard)
	// f4f.Base(checkerboard).Epochs(2).LearningRate(0.003)
}

// What can't work is an error that names the field, what it got, and what is allowed.
func ExampleBasePlan_Fit_error() {
	_, err := f4f.Base(data.Checkerboard()).Bins(1).Fit(context.Background())
	fmt.Println(err)
	// Output:
	// f4f: base checkerboard: bijection: spline bins must be at least 2, got 1
}

// A transport under a condition: each point goes from the condition it has to another, and exactly back. It is compiled and not run.
func ExampleBetweenPlan_On() {
	turned := data.Rotated(data.FourCircles(), 45) // points that each come with a condition
	base := f4f.Base(turned).Epochs(4)
	t, err := f4f.Between(base, base).On(f4f.Difference).Epochs(4).Fit(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	x, cx, err := turned.SampleWithConditions(1000, 1)
	if err != nil {
		log.Fatal(err)
	}
	cy := data.Point(0.5) // for all of them
	y, err := t.At(cx, cy).Forward(x)
	if err != nil {
		log.Fatal(err)
	}
	back, err := t.At(cy, cx).Forward(y)
	fmt.Println(x.Row(0), "→", y.Row(0), "→", back.Row(0), err)
}
