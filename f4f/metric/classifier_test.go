package metric

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/spatial/kdtree"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/flowsforflows/flows/data"
)

// auc returns the AUC of x against the truth y and fails the test on an error.
func auc(t testing.TB, x, y data.Points, options TwoSample) Estimate {
	t.Helper()
	e, err := AUC(y, x, options)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAUCOfOneDistributionIsAHalf(t *testing.T) {
	for _, test := range []struct {
		name string
		n, m int
		mean []float64
	}{
		{"on the line", 1500, 1500, []float64{3}},
		{"in the plane, unequal sizes", 2500, 700, []float64{0, 0}},
		{"in five dimensions", 1000, 1000, []float64{0, 1, 2, 3, 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := auc(t, gaussian(t, test.n, 1, 2, test.mean...), gaussian(t, test.m, 2, 2, test.mean...), TwoSample{})
			if e.Error > 0.03 {
				t.Fatalf("%v is too vague to tell", e)
			}
			near(t, "AUC", e.Value, 0.5, 3*e.Error)
		})
	}
}

// The log of the ratio of N(δ, I) to N(0, I) is δ·z − |δ|²/2, of variance |δ|² under both, and its
// means are |δ|² apart: so the best AUC is P(N(|δ|², 2|δ|²) > 0) = Φ(|δ|/√2). No classifier beats
// it, and that of the neighbours comes close.
func TestAUCOfShiftedGaussiansComesCloseToTheBest(t *testing.T) {
	for _, test := range []struct {
		name  string
		shift []float64
	}{
		{"on the line", []float64{1}},
		{"in the plane", []float64{1.2, -1.6}},
		{"little", []float64{0, 0.5}},
		{"far", []float64{0, 0, 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			square := 0.0
			for _, d := range test.shift {
				square += d * d
			}
			want := distuv.UnitNormal.CDF(math.Sqrt(square / 2))
			x, y := gaussian(t, 2000, 1, 1, test.shift...), gaussian(t, 2000, 2, 1, make([]float64, len(test.shift))...)
			e := auc(t, x, y, TwoSample{})
			t.Logf("got %v, the best is %.4f", e, want)
			if e.Value > want+3*e.Error || e.Value < want-0.02-3*e.Error {
				t.Errorf("got %v, want at most %v and at least 0.02 below", e, want)
			}
			// Swapping the sets changes only the draw of the folds.
			near(t, "AUC the other way", auc(t, y, x, TwoSample{}).Value, e.Value, 4*e.Error+1e-3)
		})
	}
}

// The second feature carries no information and is a thousand times as wide. Without scaling it
// alone would determine who is near.
func TestAUCDoesNotDependOnTheUnits(t *testing.T) {
	x, y := gaussian(t, 1500, 1, 1, 1.5, 0), gaussian(t, 1500, 2, 1, 0, 0)
	wide := func(p data.Points) data.Points {
		values := slices.Clone(p.Values())
		for i := 1; i < len(values); i += 2 {
			values[i] *= 1024 // a power of 2, so that no rounding changes who is near
		}
		return points(t, 2, values...)
	}
	near(t, "AUC", auc(t, wide(x), wide(y), TwoSample{}).Value, auc(t, x, y, TwoSample{}).Value, 1e-12)
}

// Draws of N(0, 1.5²) weighted by the ratio of N(0.5, 1) to it are draws of N(0.5, 1), in each of
// two dimensions; the inverse ratio takes them farther away.
func TestAUCOfReweightedGaussiansIsAHalf(t *testing.T) {
	x, y := gaussian(t, 4000, 1, 1.5, 0, 0), gaussian(t, 3000, 2, 1, 0.5, 0.5)
	from, to := distuv.Normal{Sigma: 1.5}, distuv.Normal{Mu: 0.5, Sigma: 1}
	weights, inverse := make([]float64, x.Len()), make([]float64, x.Len())
	for i := range weights {
		for _, v := range x.Row(i) {
			weights[i] += to.LogProb(float64(v)) - from.LogProb(float64(v))
		}
		// The weights may have any scale; sums of these would overflow.
		weights[i] = 1e306 * math.Exp(weights[i])
		inverse[i] = 1 / weights[i]
	}
	plain := auc(t, x, y, TwoSample{})
	if plain.Value < 0.6 {
		t.Errorf("without weights: got %v, want above 0.6", plain)
	}
	e := auc(t, x, y, TwoSample{Weights: weights})
	t.Logf("without weights %v, with weights %v", plain, e)
	if e.Error > 0.02 {
		t.Fatalf("%v is too vague to tell", e)
	}
	near(t, "with weights", e.Value, 0.5, 3*e.Error)
	if away := auc(t, x, y, TwoSample{Weights: inverse}); away.Value < plain.Value+0.05 {
		t.Errorf("with inverse weights: got %v, want far above %v", away, plain)
	}
}

// For 120 pairs of sets from one distribution the mean AUC must be 1/2, and the stated error the
// actual spread. The standard deviation of the ratio of the variances is about √(2/120 + 2/(4·120))
// = 0.14. If the folds were taken for independent, the stated variance would be 0.4 of the true
// one.
func TestAUCStatesTheErrorThatItMakes(t *testing.T) {
	const times = 120
	values, squares := make([]float64, times), make([]float64, times)
	for k := range values {
		e := auc(t, gaussian(t, 150, uint64(2*k), 1, 0, 0), gaussian(t, 150, uint64(2*k+1), 1, 0, 0), TwoSample{})
		values[k], squares[k] = e.Value, e.Error*e.Error
	}
	mean, stated := meanOf(values), meanOf(squares).Value
	variance := times * mean.Error * mean.Error
	t.Logf("mean %v, variance %.3g, stated %.3g", mean, variance, stated)
	near(t, "mean", mean.Value, 0.5, 4*mean.Error)
	near(t, "stated variance over the true one", stated/variance, 1, 0.5)
}

func TestAUCOfCopiesAndConstantFeatures(t *testing.T) {
	same := points(t, 2, slices.Repeat([]float32{3, 3}, 40)...)
	if e := auc(t, same, same, TwoSample{}); math.Abs(e.Value-0.5) > 1e-15 || e.Error > 1e-15 {
		t.Errorf("of one place: got %v, want 0.5 ± 0", e)
	}
	other := points(t, 2, slices.Repeat([]float32{3, 4}, 40)...)
	if e := auc(t, same, other, TwoSample{Neighbours: 5}); e != (Estimate{Value: 1}) {
		t.Errorf("of two places: got %v, want 1 ± 0", e)
	}
}

// Points of weight 0 must count as absent, and equal weights as none.
func TestAUCWeightsOfZeroAndOfOne(t *testing.T) {
	x, y := gaussian(t, 300, 1, 1, 0.7, 0), gaussian(t, 300, 2, 1, 0, 0)
	equal := slices.Repeat([]float64{7}, 300)
	if plain, e := auc(t, x, y, TwoSample{}), auc(t, x, y, TwoSample{Weights: equal}); e != plain {
		t.Errorf("equal weights: got %v, want %v", e, plain)
	}
	// The half that lies far off must not vote.
	far := points(t, 2, append(slices.Clone(y.Values()), gaussian(t, 300, 3, 1, 9, 9).Values()...)...)
	weights := make([]float64, 600)
	copy(weights, equal)
	e := auc(t, far, gaussian(t, 300, 4, 1, 0, 0), TwoSample{Weights: weights})
	if e.Error > 0.05 {
		t.Fatalf("%v is too vague to tell", e)
	}
	near(t, "AUC without what weighs nothing", e.Value, 0.5, 3*e.Error)
}

func TestAUCOfLargeSetsUsesADrawOfThem(t *testing.T) {
	x, y := gaussian(t, 20000, 1, 1, 1), gaussian(t, 500, 2, 1, 0)
	of := func(seed uint64) Estimate { return auc(t, x, y, TwoSample{MaxPoints: 400, Seed: seed}) }
	if of(1) != of(1) || of(1) == of(2) {
		t.Errorf("seed 1 gave %v and %v, seed 2 gave %v", of(1), of(1), of(2))
	}
	near(t, "AUC", of(1).Value, distuv.UnitNormal.CDF(math.Sqrt(0.5)), 0.06)
}

// The area is the weighted share of pairs in the right order, where pairs with equal scores count
// half: the sum over all pairs.
func TestAreaUnderIsTheShareOfPairsInOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		scores := []scored{{0.5, 2, true}, {0.25, 1, false}} // one of either at least
		for range rapid.IntRange(0, 20).Draw(r, "n") {
			scores = append(scores, scored{
				score:  float64(rapid.IntRange(0, 5).Draw(r, "score")) / 4,
				weight: float64(rapid.IntRange(1, 4).Draw(r, "weight")),
				ofX:    rapid.Bool().Draw(r, "first"),
			})
		}
		sum, total := 0.0, 0.0
		for _, a := range scores {
			for _, b := range scores {
				if !a.ofX || b.ofX {
					continue
				}
				total += a.weight * b.weight
				switch cmp.Compare(a.score, b.score) {
				case 1:
					sum += a.weight * b.weight
				case 0:
					sum += a.weight * b.weight / 2
				}
			}
		}
		if got, want := areaUnder(scores), sum/total; math.Abs(got-want) > 1e-13 {
			r.Fatalf("got %v, want %v", got, want)
		}
	})
}

// The votes are those of the k nearest by a sort of all distances.
func TestScoreCountsTheVotesOfTheNearest(t *testing.T) {
	const n, k = 200, 7
	r := rand.New(rand.NewPCG(1, 1))
	draw := func(n int) []*voter {
		drawn := make([]*voter, n)
		for i := range drawn {
			drawn[i] = &voter{[]float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}, 1 + r.Float64(), i%3 == 0}
		}
		return drawn
	}
	learnt, judged := draw(n), draw(50)
	got := score(kdtree.New(voters(slices.Clone(learnt)), false), judged, k)
	for i, v := range judged {
		slices.SortFunc(learnt, func(a, b *voter) int { return cmp.Compare(v.Distance(a), v.Distance(b)) })
		first, total := 0.0, 0.0
		for _, near := range learnt[:k] {
			total += near.weight
			if near.ofX {
				first += near.weight
			}
		}
		near(t, "score", got[i].score, first/total, 1e-14)
		if got[i].ofX != v.ofX || got[i].weight != v.weight {
			t.Errorf("point %d: got %+v of %+v", i, got[i], *v)
		}
	}
}

func TestAUCRefusesWhatMakesNoSense(t *testing.T) {
	x, y := gaussian(t, 10, 1, 1, 0), gaussian(t, 10, 2, 1, 0)
	with := func(row int, w float64) TwoSample {
		weights := slices.Repeat([]float64{1}, 10)
		weights[row] = w
		return TwoSample{Weights: weights}
	}
	for _, test := range []struct {
		name    string
		x, y    data.Points
		options TwoSample
		want    string
	}{
		{"negative weight", x, y, with(3, -1), "finite and not negative, got -1 in row 3"},
		{"NaN weight", x, y, with(9, math.NaN()), "finite and not negative, got NaN in row 9"},
		{"infinite weight", x, y, with(0, math.Inf(1)), "finite and not negative, got +Inf in row 0"},
		{"too few weights", x, y, TwoSample{Weights: []float64{1}}, "each of the 10 points that are judged must have a weight, got 1"},
		{"no weights but some asked", x, y, TwoSample{Weights: []float64{}}, "must have a weight, got 0"},
		{"weights all 0", x, y, TwoSample{Weights: make([]float64, 10)}, "some weight must be above 0, got 10 of 0"},
		{"too few above 0", x, y, TwoSample{Weights: []float64{1, 1, 1, 1, 0, 0, 0, 0, 0, 0}}, "5 folds need as many points of weight above 0 in either set, got 4 and 10"},
		{"dimensions", x, gaussian(t, 10, 1, 1, 0, 0), TwoSample{}, "one dimension, got 2 and 1"},
		{"empty", x, data.Points{}, TwoSample{}, "both sets must hold points, got 0 and 10"},
		{"NaN", x, points(t, 1, 1, float32(math.NaN())), TwoSample{}, "the first set: data: row 1, column 0 is NaN"},
		{"too few points", x, y.Slice(0, 4), TwoSample{}, "5 folds need as many points of weight above 0 in either set, got 10 and 4"},
		{"one fold", x, y, TwoSample{Folds: 1}, "folds must be at least 2, got 1"},
		{"negative neighbours", x, y, TwoSample{Neighbours: -1}, "neighbours must be at least 1, got -1"},
		{"too many neighbours", x, y, TwoSample{Neighbours: 17}, "at most the 16 points that a fold learns from, got 17"},
		{"few at most", x, y, TwoSample{MaxPoints: 4}, "for each of 5 folds, got 4"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := AUC(test.y, test.x, test.options)
			wantError(t, err, test.want)
		})
	}
	auc(t, x, y, TwoSample{Neighbours: 16}) // as many as there are will do
}
