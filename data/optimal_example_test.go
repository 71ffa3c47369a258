package data_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/flowsforflows/flows/data"
)

func ExampleNormal() {
	n, err := data.NewNormal([]float64{1, 2}, mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1}))
	if err != nil {
		fmt.Println(err)
		return
	}
	logs, err := n.LogProb(data.Point(1, 2))
	fmt.Printf("%s: log-density %.4f at its mean, entropy %.4f nats, %v\n", n, logs[0], n.Entropy(), err)
	_, err = data.NewNormal([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 2, 2, 1}))
	fmt.Println(err)
	// Output:
	// normal about (1, 2): log-density -2.1177 at its mean, entropy 3.1177 nats, <nil>
	// data: the covariance of a normal distribution must be positive definite, but its least eigenvalue is -1 and its greatest 3: leave out a feature that the others determine, or add a small number to the diagonal
}

func ExampleMixture() {
	one, _ := data.NewNormal([]float64{-3}, nil)
	other, _ := data.NewNormal([]float64{3}, nil)
	m, err := data.NewMixture([]float64{1, 3}, one, other)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m, m.Weights(), m.Mean(), m.Covariance().At(0, 0))
	// Output: mixture of 2 normals in 1 dimension [0.25 0.75] [1.5] 7.75
}

func ExampleBox() {
	b, err := data.NewBox([]float64{0, -1}, []float64{2, 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	logs, err := b.LogProb(data.Point(1, 0))
	fmt.Printf("%s: log-density %.4f, %v", b, logs[0], err)
	// Output: box [0, 2]×[-1, 1]: log-density -1.3863, <nil>
}

// The optimal map between two normal distributions along the axes scales each axis.
func ExampleOptimalPair() {
	left, _ := data.NewNormal([]float64{0, 0}, nil)
	right, _ := data.NewNormal([]float64{1, 0}, mat.NewDiagDense(2, []float64{4, 9}))
	pair, err := data.NewBuresPair(left, right)
	if err != nil {
		fmt.Println(err)
		return
	}
	y, err := pair.Map(data.Point(1, 1))
	fmt.Println(pair, y.Row(0), err)
	// Output: normal about (0, 0) → normal about (1, 0) [3 3] <nil>
}

// A Potential makes a pair of any distribution: its image by the gradient of a convex function. This
// one is |x|²/2 + log cosh x.
func ExamplePotential() {
	var f data.Potential
	f, err := data.NewRidges(1, []float64{1}, [][]float64{{1}}, []float64{0})
	if err != nil {
		fmt.Println(err)
		return
	}
	pair, err := data.NewPushedPair("pushed", data.Gaussian(1), f)
	if err != nil {
		fmt.Println(err)
		return
	}
	y, _ := pair.Map(data.Point(0))
	logs, err := pair.Right().LogProb(y) // log N(0; 0, 1) − log F″(0), with F″(0) = 2
	fmt.Printf("%.4f %v", logs, err)
	// Output: [-1.6121] <nil>
}

// Ridges are a convex function of closed form in any dimension.
func ExampleRidges() {
	f, err := data.NewRidges(0.5, []float64{2}, [][]float64{{1, 0}}, []float64{0})
	if err != nil {
		fmt.Println(err)
		return
	}
	g, h := make([]float64, 2), mat.NewSymDense(2, nil)
	f.Gradient(g, []float64{0, 1})
	f.Hessian(h, []float64{0, 1})
	fmt.Println(g, mat.Row(nil, 0, h), mat.Row(nil, 1, h))
	// Output: [0 0.5] [2.5 0] [0 0.5]
}
