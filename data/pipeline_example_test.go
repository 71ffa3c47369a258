package data_test

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// jets are momenta, the number of tracks, and a mass that is 0 for some.
func jets() data.Points {
	var values []float32
	for i := range 1000 {
		u := (float64(i) + 0.5) / 1000
		mass := 0.0
		if i%3 > 0 {
			mass = 80 + 10*math.Sin(float64(i))
		}
		values = append(values, float32(-25*math.Log(u)), float32(100+i*7%31), float32(mass))
	}
	points, _ := data.NewPoints(3, values)
	points, _ = points.WithColumnNames("pt", "tracks", "mass")
	return points
}

// Prepare looks at each column, and a plan takes what it proposes by Prepared.
func ExamplePrepare() {
	prepared, err := data.Prepare(jets())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, proposal := range prepared {
		fmt.Println(proposal.ColumnMaps, "—", proposal.Reason)
	}
	// Output:
	// "pt", data.Log, data.Quantile — positive, and skewed: from 0.0125 up to 190, half below 17.3
	// "tracks", data.Whole, data.Logit(100, 131), data.Quantile — whole numbers; many values close to both ends, 100 and 130
	// "mass", data.Spike(0), data.Logit(70, 90), data.Quantile — 33.4% of the values are exactly 0; the others: many values close to both ends, guessed as 70 and 90
}

// A pipeline maps points by itself too, and is kept as JSON.
func ExamplePipeline() {
	points := jets()
	pipeline, err := data.FitPipeline(points, data.ColumnMaps{Column: "pt", Maps: []data.ColumnMap{data.Log, data.Standardised}})
	if err != nil {
		fmt.Println(err)
		return
	}
	u, logDets, _ := pipeline.Transform(points, 1)
	x, _, _ := pipeline.InverseTransform(u)
	text, _ := json.Marshal(pipeline)
	var again data.Pipeline
	fmt.Println(pipeline, json.Unmarshal(text, &again))
	fmt.Printf("pt %.3f is %.3f with log-det %.3f, and comes back as %.3f\n", points.At(7, 0), u.At(7, 0), logDets[7], x.At(7, 0))
	_, _, err = again.Transform(data.Point(-1, 0, 0), 1)
	fmt.Println(err)
	// Output:
	// column 0 by data.Log, data.Standardised <nil>
	// pt 122.321 is 1.691 with log-det -5.054, and comes back as 122.321
	// data: row 0, column 0 is -1; data.Log takes values between 0 and +Inf, without these
}

// The probability of a whole number under a density of its images: here of a die, whose images with
// noise are uniform from 1 to 7.
func ExampleNodes() {
	die, _ := data.NewPoints(1, []float32{1, 2, 3, 4, 5, 6})
	pipeline, err := data.FitPipeline(die, data.ColumnMaps{Column: "0", Maps: []data.ColumnMap{data.Whole}})
	if err != nil {
		fmt.Println(err)
		return
	}
	nodes, _ := pipeline.Nodes(die, 32)
	ofNodes := make([]float64, nodes.U.Len())
	for k := range ofNodes {
		ofNodes[k] = -math.Log(6) // log p(u) of a flow
	}
	fmt.Printf("%.4f\n", math.Exp(nodes.LogProbs(ofNodes)[2]))
	// Output:
	// 0.1667
}
