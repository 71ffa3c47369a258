package galaxies_test

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/notebooks/analysis/galaxies"
)

// Of three estimates one is far off.
func ExampleJudge() {
	redshifts, err := data.NewPoints(1, []float32{0.5, 1, 1.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	var q galaxies.Quality
	q, err = galaxies.Judge([]float64{0.5, 1.01, 2.5}, redshifts)
	fmt.Println(q, err)
	// Output: bias +0.0050, σ_IQR 0.1483, σ_MAD 0.0074, outliers 0.0% <nil>
}
