package data_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// A distribution that can be enumerated is a truth for what is learned from whole numbers.
func ExampleDiscrete() {
	circles, err := data.Quantized(data.FourCircles(), -4, 4, 16)
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := circles.Sample(3, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	logs, err := circles.LogMass(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(circles, circles.Levels(), circles.Grid())
	fmt.Printf("%v %.3f, entropy %.3f nats\n", x.Values(), logs, circles.Entropy())
	// Output:
	// four circles on 16 levels [16 16] column 0 in steps of 0.5, column 1 in steps of 0.5
	// [-1 -1.5 2 0 0.5 -1] [-4.598 -5.219 -4.415], entropy 4.734 nats
}
