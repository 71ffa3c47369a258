package plot_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"gonum.org/v1/plot/plotter"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// gaussian returns n points of the standard normal distribution of the plane.
func gaussian(n int) data.Points {
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, 2*n)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	points, err := data.NewPoints(2, values)
	if err != nil {
		panic(err)
	}
	return points
}

// Every point keeps the colour of the place where it started.
func ExampleTransport() {
	x := gaussian(1000)
	values := make([]float32, 0, 2*x.Len())
	for i := range x.Len() {
		values = append(values, -x.Row(i)[1], x.Row(i)[0]) // a rotation by 90°
	}
	y, err := data.NewPoints(2, values)
	if err != nil {
		fmt.Println(err)
		return
	}
	figure, err := plot.Transport("a quarter turn", x, plot.Output{Name: "turned", Points: y})
	if err != nil {
		fmt.Println(err)
		return
	}
	content, err := figure.PNG()
	fmt.Println(len(figure.Panels), "panels,", string(content[1:4]), err)
	// Output: 2 panels, PNG <nil>
}

// Samples and their density, side by side within the same bounds, saved to a file.
func ExampleGrid() {
	samples, err := plot.Points("samples", gaussian(50_000))
	if err != nil {
		fmt.Println(err)
		return
	}
	logProb := func(p data.Points) ([]float64, error) {
		logs := make([]float64, p.Len())
		for i := range logs {
			x, y := p.XY(i)
			logs[i] = -(x*x+y*y)/2 - math.Log(2*math.Pi)
		}
		return logs, nil
	}
	exact, err := plot.LogDensity("density", logProb, plot.Bounds{MinX: -4, MaxX: 4, MinY: -4, MaxY: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	both, err := plot.Grid("a Gaussian", 2, samples, exact)
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(os.TempDir(), "gaussian.pdf")
	defer os.Remove(path)
	fmt.Println(both.Save(path))
	fmt.Println(both.Save("gaussian.bmp"))
	// Output:
	// <nil>
	// plot: a figure can be saved as .png, .svg or .pdf, got "bmp" (saving gaussian.bmp)
}

// Losses of points with noise are bounds, and their axis says so.
func ExampleLossBounds() {
	figure, err := plot.LossBounds("counts", []float32{4, 3.5, 3.2, 3.1}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(figure.Panels[0].Y.Label.Text)
	// Output: bound of −log P (nats)
}

// Probabilities of whole numbers, cell by cell: the truth's beside those of numbers that don't depend on
// each other.
func ExampleCells() {
	truth, err := data.NewDiscrete("dice", data.Grid{Quantum: []float64{1, 1}, Origin: []float64{1, 1}}, []int{2, 2}, []float64{4, 1, 1, 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	all, err := truth.All()
	if err != nil {
		fmt.Println(err)
		return
	}
	logs, err := truth.LogMass(all)
	if err != nil {
		fmt.Println(err)
		return
	}
	independent := []float64{math.Log(25. / 64), math.Log(15. / 64), math.Log(15. / 64), math.Log(9. / 64)}
	figure, err := plot.Densities("dice", 2, plot.Bounds{MinX: 1, MaxX: 3, MinY: 1, MaxY: 3}, plot.Cells("truth", truth, logs), plot.Cells("independent", truth, independent))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s up to %.2f\n", figure.Panels[1].Bar.Label, figure.Panels[1].Bar.Max)
	_, err = plot.Densities("dice", 2, plot.Bounds{MinX: 1, MaxX: 3, MinY: 1, MaxY: 3}, plot.Cells("truth", truth, logs), plot.Density{Name: "normal", LogProb: data.Gaussian(2).LogProb})
	fmt.Println(err)
	_, err = plot.Densities("dice", 1, plot.Bounds{MinX: 1, MaxX: 3, MinY: 1, MaxY: 3}, plot.Cells("truth", truth, logs[:3]))
	fmt.Println(err)
	// Output:
	// probability up to 0.50
	// plot: dice: panels with one colour scale must have one Quantity, got "probability" and "density": draw two figures
	// plot: truth: there must be a log-prob for each point of two features, got 3 for levels of [2 2]
}

// Panels are plots of gonum, to which any plotter can be added.
func ExampleLosses() {
	steps := []float32{4, 3.5, 3.2, 3.1, 3.05, 3.02}
	epochs := []fit.EpochRecord{{Loss: 3.57, Validation: 3.2}, {Loss: 3.06, Validation: 3.04}}
	figure, err := plot.Losses("four circles", steps, epochs)
	if err != nil {
		fmt.Println(err)
		return
	}
	entropy := plotter.NewFunction(func(float64) float64 { return 2.8708 })
	figure.Panels[0].Add(entropy)
	figure.Panels[0].Legend.Add("entropy", entropy)
	figure.Panels[0].Y.Min = 2.8
	_, err = figure.SVG()
	fmt.Println(figure.Panels[0].Title.Text, err)
	// Output: four circles <nil>
}

// ConditionOutside shows points outside the true distribution, here of a method that returns points
// at 0° for every condition.
func ExampleConditionOutside() {
	turned := data.Rotated(data.FourCircles(), 45)
	fixed := plot.Method{Name: "at 0°", To: func(data.Points) (data.Points, error) {
		upright, err := turned.Given([]float32{0})
		if err != nil {
			return data.Points{}, err
		}
		return upright.Sample(1000, 1)
	}}
	figure, err := plot.ConditionOutside(turned, []plot.Condition{{Name: "45°", Value: data.Point(1)}}, fixed)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(figure.Panels), "panel")
	// Output: 1 panel
}
