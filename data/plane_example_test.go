package data_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

func ExamplePlane_LogProb() {
	circles := data.FourCircles()
	points, err := circles.Sample(1000, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	logDensity, err := circles.LogProb(points)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d points of dimension %d and the log-density of each of the %d\n", points.Len(), points.Dim(), len(logDensity))
	fmt.Printf("%s: entropy %.4f nats\n", circles.Name(), circles.Entropy())
	// Output:
	// 1000 points of dimension 2 and the log-density of each of the 1000
	// four circles: entropy 2.8708 nats
}

func ExampleByName() {
	board, err := data.ByName("checkerboard")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: entropy %.4f nats\n", board.Name(), board.Entropy())
	// Output: checkerboard: entropy 3.4657 nats
}

func ExampleNamed() {
	for _, set := range data.Named() {
		fmt.Printf("%-17s %.4f\n", set.Name(), set.Entropy())
	}
	// Output:
	// ring              2.9758
	// annulus           2.6260
	// concentric rings  2.7864
	// four circles      2.8708
	// checkerboard      3.4657
	// two spirals       2.6454
	// star              1.2861
	// eight star        1.9765
	// gaussian          2.8379
	// eight gaussians   2.8316
	// two moons         2.3939
	// crescent          1.8379
	// pinwheel          2.3178
	// swiss roll        2.6696
	// diamond           2.3861
	// uniform square    4.1589
	// von Mises mixture 2.4283
}

func ExampleGaussian() {
	fmt.Println(data.Gaussian(2), data.Gaussian(5))
	// Output: gaussian 5-dimensional gaussian
}
