package metric_test

import (
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/metric"
)

// Ratios compares the features of two samples, bin by bin.
func ExampleRatios() {
	truth, _ := data.Gaussian(1).Sample(20_000, 1)
	made, _ := data.Gaussian(1).Sample(20_000, 2)
	features, err := metric.Ratios(truth, made, metric.Binning{Edges: map[string][]float64{"0": {-2, -1, 0, 1, 2}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range features[0].Bins {
		fmt.Println(b)
	}
	var worst metric.RatioBin = features[0].Worst(400) // among the bins that hold at least 400 events
	var outside metric.Share = features[0].Over.Sample
	fmt.Println(math.Abs(worst.Ratio-1) < 0.05, outside.Value < 0.03, features[0].PValue() > 0.01)
	// Output:
	// -2 to -1: 1.0407 ± 0.0283
	// -1 to 0: 0.9780 ± 0.0168
	// 0 to 1: 0.9900 ± 0.0169
	// 1 to 2: 1.0457 ± 0.0282
	// true true true
}

// Correlations have standard errors.
func ExampleCorrelations() {
	x, _ := data.NewPoints(2, []float32{1, 1, 2, 3, 3, 2, 4, 5, 5, 4})
	var m metric.CorrelationMatrix
	m, err := metric.Correlations(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Cells[0][1])
	// Output: 0.8000 ± 0.0980
}

// The share of points that a map moves by at most a distance.
func ExampleCumulativeDisplacement() {
	x, _ := data.NewPoints(1, []float32{0, 0, 0, 0})
	y, _ := data.NewPoints(1, []float32{0, 1, -2, 3})
	var curve metric.DisplacementCurve
	curve, err := metric.CumulativeDisplacement(x, y)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(curve.Distances, curve.Shares[1], curve.Within(0.5))
	// Output: [0 1 2 3] 0.5000 ± 0.2500 1
}

// Predictions of a redshift, judged by the truth. These are normal distributions of which each is
// right.
func ExamplePredict() {
	truth, _ := data.Gaussian(1).Sample(1000, 1)
	grid, _ := data.Line(data.Point(-6), data.Point(6), 121)
	var predictions metric.Predictions
	predictions, err := metric.Predict(truth.Len(), grid, data.Gaussian(1).LogProb)
	if err != nil {
		fmt.Println(err)
		return
	}
	var pit metric.PIT
	pit, err = predictions.PIT(truth)
	if err != nil {
		fmt.Println(err)
		return
	}
	var tests metric.Uniformity
	tests, err = pit.Uniformity()
	if err != nil {
		fmt.Println(err)
		return
	}
	var ks metric.TestResult = tests.KS
	var histogram metric.PITHistogram
	histogram, err = pit.Histogram(20, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ks.PValue > 0.05, histogram.Outside(), "bins outside the band")
	crps, err := predictions.CRPS(truth)
	fmt.Println(crps, err)
	// Output:
	// true 0 bins outside the band
	// 0.5569 ± 0.0130 <nil>
}

// The curve of a classifier's scores, and by how much a cut on them improves a significance.
func ExampleROC() {
	var scores []float64
	var signal []bool
	for i := range 2000 {
		s := i%4 == 0
		score := math.Sin(float64(i)) // any scores
		if s {
			score += 0.5
		}
		scores, signal = append(scores, score), append(signal, s)
	}
	var curve metric.ROCCurve
	curve, err := metric.ROC(scores, signal, nil, metric.Resampling{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("AUC", curve.AUC)
	var best metric.SICPoint = curve.BestSIC(0)
	var runs metric.ROCCurve
	runs, err = metric.ROCOfRuns(0.68, curve, curve) // of several seeds
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(runs.AUC.Value == curve.AUC.Value)
	fmt.Printf("ε_B = %.3f at ε_S = 0.5; best gain %.2f\n", curve.At(0.5).Value, best.Gain.Value)
	// Output:
	// AUC 0.6910 (0.6594 to 0.7165 at 95%)
	// true
	// ε_B = 0.317 at ε_S = 0.5; best gain 2.55
}
