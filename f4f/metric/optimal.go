package metric

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// UVP returns the unexplained variance percentage of a map, how far it is from the optimal one:
//
//	L2-UVP = 100 · E|T(x) − T*(x)|² / Var T*(x)
//
// from the images of the same points by the optimal map, truth [N, D], and by the map, image [N,
// D]. Var is the sum of the variances of the features. UVP is 0 for the optimal map, and 100 for a
// map that sends every point to the mean of T*. The definition is that of the Wasserstein-2
// benchmark (Korotin et al., "Do Neural Optimal Transport Solvers Work?", 2021). A data.OptimalPair
// draws points and gives their images by the optimal map.
//
// The standard error is that of the ratio, to first order. UVP returns the errors of Displacement,
// and one if the images by the optimal map don't vary, or if a column is an angle.
func UVP(truth, image data.Points) (Estimate, error) {
	if err := checkImages(truth, image); err != nil {
		return Estimate{}, err
	}
	weights, err := weightsOfBoth(truth, image)
	if err == nil {
		err = checkNoAngles(truth, image)
	}
	if err != nil {
		return Estimate{}, err
	}
	n, d := truth.Len(), truth.Dim()
	mean := make([]float64, d)
	for j := range mean {
		column := make([]float64, n)
		for i := range column {
			column[i] = truth.At(i, j)
		}
		mean[j] = weightedMean(column, weights).Value
	}
	gaps, spreads := make([]float64, n), make([]float64, n)
	for i := range n {
		for j := range d {
			gap, spread := image.At(i, j)-truth.At(i, j), truth.At(i, j)-mean[j]
			gaps[i], spreads[i] = gaps[i]+gap*gap, spreads[i]+spread*spread
		}
	}
	gap, spread := weightedMean(gaps, weights).Value, weightedMean(spreads, weights).Value
	if !(spread > 0) {
		return Estimate{}, fmt.Errorf("metric: the images by the optimal map must vary for a UVP, got the variance %g", spread)
	}
	share := gap / spread
	influence := make([]float64, n)
	for i := range influence {
		influence[i] = (gaps[i] - share*spreads[i]) / spread
	}
	return Estimate{Value: 100 * share, Error: 100 * weightedMean(influence, weights).Error}, nil
}

// Cosine returns the similarity of two maps' displacements,
//
//	E⟨T*(x) − x, T(x) − x⟩ / √(E|T*(x) − x|² · E|T(x) − x|²)
//
// from points x [N, D] and their images by the optimal map, truth [N, D], and by the map, image
// [N, D]. It is 1 for the optimal map, and for any map that moves each point in its direction by a
// fixed share of its way. The standard error is to first order. Cosine returns the errors of
// Displacement, and one if a map moves no point, or if a column is an angle.
func Cosine(x, truth, image data.Points) (Estimate, error) {
	for _, y := range []data.Points{truth, image} {
		if err := checkImages(x, y); err != nil {
			return Estimate{}, err
		}
		if err := checkNoAngles(x, y); err != nil {
			return Estimate{}, err
		}
	}
	weights, err := weightsOfBoth(x, truth)
	if err == nil && weights == nil {
		weights, err = weightsOfBoth(x, image)
	}
	if err != nil {
		return Estimate{}, err
	}
	n, d := x.Len(), x.Dim()
	products, trueWays, ways := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		for j := range d {
			u, v := truth.At(i, j)-x.At(i, j), image.At(i, j)-x.At(i, j)
			products[i], trueWays[i], ways[i] = products[i]+u*v, trueWays[i]+u*u, ways[i]+v*v
		}
	}
	product, trueWay, way := weightedMean(products, weights).Value, weightedMean(trueWays, weights).Value, weightedMean(ways, weights).Value
	if !(trueWay > 0) || !(way > 0) {
		return Estimate{}, errors.New("metric: the cosine of maps isn't defined for a map that moves no point: use UVP")
	}
	size := math.Sqrt(trueWay * way)
	cosine := product / size
	influence := make([]float64, n)
	for i := range influence {
		influence[i] = products[i]/size - cosine/2*(trueWays[i]/trueWay+ways[i]/way)
	}
	return Estimate{Value: cosine, Error: weightedMean(influence, weights).Error}, nil
}

// checkImages returns an error unless y [N, D] can be the images of x [N, D].
func checkImages(x, y data.Points) error {
	if err := checkPair(x, y); err != nil {
		return err
	}
	if x.Len() != y.Len() {
		return fmt.Errorf("metric: each point must have its image, got %d points and %d images", x.Len(), y.Len())
	}
	return nil
}

// checkNoAngles returns an error that names the first column of x or y [N, D] that is an angle, if
// there is one.
func checkNoAngles(x, y data.Points) error {
	periods, err := commonPeriods(x, y)
	if err != nil {
		return err
	}
	for j, turn := range turnsOf(periods) {
		if turn > 0 {
			return fmt.Errorf("metric: column %s is an angle of period %g, which has no variance or direction on a line: leave it out (Points.Columns), or put it on the circle (Points.OnCircles)", x.ColumnTitle(j), turn)
		}
	}
	return nil
}

// Cost is what a map costs, beside the least that its images cost. MapCost returns it.
type Cost struct {
	Map      Estimate // mean of |y − x|², or of Σ_d |y_d − x_d| under Pairing.L1, over the points that were paired
	Assigned float64  // the least mean over all assignments of the same points to the same images
	Points   int      // the number of points that were paired
}

// Excess returns by which share the map costs more than the assignment: 0.03 for 3%. It is NaN if
// the assignment costs nothing.
func (c Cost) Excess() float64 {
	if c.Assigned == 0 {
		return math.NaN()
	}
	return c.Map.Value/c.Assigned - 1
}

// String returns a text such as "cost 1.2345 ± 0.0067, assignment 1.2000 (2.87% above)".
func (c Cost) String() string {
	return fmt.Sprintf("cost %v, assignment %.4f (%.2f%% above)", c.Map, c.Assigned, 100*c.Excess())
}

// MapCost returns what a map costs, for points x [N, D] and their images y [N, D], beside the exact
// optimal assignment of the same points to the same images:
//
//	E|y_i − x_i|²  and  min over permutations σ of E|y_σ(i) − x_i|²
//
// For a map that is optimal onto its own image the two are equal, on any points: no exchange of
// images costs less. For any other map the assignment costs less, if there are enough points to
// show it. So this needs no truth, and has none of the bias of OptimalPairing, which pairs with
// other points of the right. It doesn't say whether the images are where they should be. options
// are as for OptimalPairing; from more points than MaxPoints, pairs are drawn. It returns the
// errors of Displacement, and one for points of different weights.
func MapCost(x, y data.Points, options Pairing) (Cost, error) {
	if err := checkImages(x, y); err != nil {
		return Cost{}, err
	}
	n, err := options.count(x, y)
	if err != nil {
		return Cost{}, err
	}
	periods, err := commonPeriods(x, y)
	if err != nil {
		return Cost{}, err
	}
	turns := turnsOf(periods)
	order := rand.New(rand.NewPCG(options.Seed, pairingStream)).Perm(x.Len())[:n]
	from, to := make([][]float32, n), make([][]float32, n)
	for k, i := range order {
		from[k], to[k] = x.Row(i), y.Row(i)
	}
	costs, own := assignmentCosts(from, to, turns, options.L1), make([]float64, n)
	for i := range own {
		own[i] = costs[i][i]
	}
	sum := 0.0
	for i, j := range assignment(costs) {
		sum += costs[i][j]
	}
	return Cost{Map: meanOf(own), Assigned: sum / float64(n), Points: n}, nil
}
