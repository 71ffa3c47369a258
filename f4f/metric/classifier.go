package metric

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/spatial/kdtree"
	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

// TwoSample holds the options of AUC. The zero value is sensible.
type TwoSample struct {
	// Folds is the number of parts that the data are split into, at least 2; 0 means 5. Each part
	// is judged once.
	Folds int
	// Neighbours is the number of nearest points that vote on a point; 0 means √n for the n points
	// that a fold learns from.
	Neighbours int
	// MaxPoints is the largest number of points taken from either set. From a larger set, this many
	// are drawn without replacement. 0 means 4096.
	MaxPoints int
	Seed      uint64 // of the draw and of the folds
	// Weights are the weights [N] of the points x that are judged, such as density ratios. They
	// must not be negative; their scale doesn't matter. Nil means the weights that the points have
	// (data.Points.WithWeights), which may be negative, or equal ones.
	Weights []float64
}

const defaultFolds = 5

// AUC returns how well a classifier separates x [N, D], weighted if the points have weights w or
// options.Weights is set, from the truth [M, D], whose points may have weights v. It is the
// probability that the classifier scores a random point of x above a random point y of the truth:
// 0.5 means that it can't separate them, 1 that it always can.
//
//	AUC = Σ_ij w_i v_j ([s(x_i) > s(y_j)] + ½[s(x_i) = s(y_j)]) / (Σ_i w_i Σ_j v_j)
//	s = Σ_{x near} w / (Σ_{x near} w + Σ_{y near} v)
//
// If negative weights make one of the sums in s negative, it is taken as 0. If both are 0, s is ½.
//
// The score s(z) is the share of x in the votes of the nearest neighbours of z among the points of
// the other folds. Distances are Euclidean, with each feature in units of its standard deviation
// over both sets. An angle (data.Points.WithPeriod) counts as one feature, by its place on the
// circle and its root mean square distance from the mean there. Each point is judged by the other
// folds alone, and both sets are spread evenly over the folds (Lopez-Paz and Oquab, "Revisiting
// Classifier Two-Sample Tests", 2017). Value is the mean over folds. Error is the standard error
// from their spread, corrected for folds that learn from each other's points (Nadeau and Bengio,
// "Inference for the Generalization Error", 2003). With five folds Error is itself uncertain by a
// third; for sets far apart it is rather too large.
//
// The best possible AUC is that of the density ratio. This one is a little lower, and more so in
// many dimensions or with few points. So a value above 0.5 proves a difference, but 0.5 doesn't
// prove equality. If the weights vary a lot, only few points count and the folds differ more.
// Points of weight 0 are left out. Weight points instead of resampling them by their weight: copies
// within a set give it away, and copies of one set's points in the other hide it.
//
// AUC returns an error if an option isn't valid, if the sets are empty, differ in dimension or in
// periods, or aren't finite, if a set has fewer points of weight other than 0 than there are folds,
// if weights are set both on x and by the option, or if the weights of a set have a sum of 0 or
// less, in all or in a fold.
func AUC(truth, x data.Points, options TwoSample) (Estimate, error) {
	if options.Folds == 0 {
		options.Folds = defaultFolds
	}
	if options.MaxPoints == 0 {
		options.MaxPoints = defaultMaxPoints
	}
	if options.Folds < 2 {
		return Estimate{}, fmt.Errorf("metric: folds must be at least 2, got %d", options.Folds)
	}
	if options.Neighbours < 0 {
		return Estimate{}, fmt.Errorf("metric: neighbours must be at least 1, got %d", options.Neighbours)
	}
	if options.MaxPoints < options.Folds {
		return Estimate{}, fmt.Errorf("metric: a classifier must use at least a point of either set for each of %d folds, got %d",
			options.Folds, options.MaxPoints)
	}
	if err := checkPair(truth, x); err != nil {
		return Estimate{}, err
	}
	if err := checkWeights(options.Weights, x.Len()); err != nil {
		return Estimate{}, err
	}
	weights := options.Weights
	if weights != nil && x.Weights() != nil {
		return Estimate{}, errors.New("metric: the points that are judged have weights already: leave TwoSample.Weights out, or multiply them (Weights.Times)")
	}
	if weights == nil && x.Weighted() {
		weights = x.Weights()
	}
	truth, x, pairs, err := onCircles(truth, x)
	if err != nil {
		return Estimate{}, err
	}
	r := rand.New(rand.NewPCG(options.Seed, classifierStream))
	a := votersOf(x, true, weights, options.MaxPoints, r)
	b := votersOf(truth, false, weightsOf(truth), options.MaxPoints, r)
	if len(a) < options.Folds || len(b) < options.Folds {
		return Estimate{}, fmt.Errorf("metric: %d folds need as many points of weight above 0 in either set, got %d and %d", options.Folds, len(a), len(b))
	}
	standardise(append(slices.Clone(a), b...), pairs)
	aucs := make([]float64, options.Folds)
	for fold := range aucs {
		judgedX, learntX := split(a, fold, options.Folds)
		judgedY, learntY := split(b, fold, options.Folds)
		learnt := append(learntX, learntY...)
		neighbours := options.Neighbours
		if neighbours == 0 {
			neighbours = int(math.Round(math.Sqrt(float64(len(learnt)))))
		}
		if neighbours > len(learnt) {
			return Estimate{}, fmt.Errorf("metric: neighbours must be at most the %d points that a fold learns from, got %d", len(learnt), neighbours)
		}
		// The points are shuffled so that, among points at equal distance such as copies, neither
		// set is more likely to vote.
		r.Shuffle(len(learnt), func(i, j int) { learnt[i], learnt[j] = learnt[j], learnt[i] })
		tree := kdtree.New(voters(learnt), false)
		for _, judged := range [][]*voter{judgedX, judgedY} {
			if sum := sumOfVotes(judged); !(sum > 0) {
				return Estimate{}, fmt.Errorf("metric: the weights of the %d points of a set in a fold must have a sum above 0, got %.3g of the greatest: set fewer Folds, or more MaxPoints", len(judged), sum)
			}
		}
		aucs[fold] = areaUnder(score(tree, append(judgedX, judgedY...), neighbours))
	}
	return meanOfFolds(aucs), nil
}

// meanOfFolds returns the mean over K folds and its standard error s·√(1/K + 1/(K−1)). The error
// s/√K of independent folds would be too small, because each pair of points is used twice: either
// point learns from the other.
func meanOfFolds(values []float64) Estimate {
	e, k := meanOf(values), float64(len(values))
	e.Error *= math.Sqrt(1 + k/(k-1))
	return e
}

// classifierStream makes the folds independent of other draws with the same seed.
const classifierStream = 0x636c6173736966 // "classif"

// checkWeights returns an error unless weights is nil, or holds n finite, non-negative numbers that
// aren't all 0.
func checkWeights(weights []float64, n int) error {
	if weights == nil {
		return nil
	}
	if len(weights) != n {
		return fmt.Errorf("metric: each of the %d points that are judged must have a weight, got %d", n, len(weights))
	}
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return fmt.Errorf("metric: weights must be finite and not negative, got %v in row %d", w, i)
		}
	}
	if slices.Max(weights) == 0 {
		return fmt.Errorf("metric: some weight must be above 0, got %d of 0", n)
	}
	return nil
}

// votersOf returns the points of a set with a weight other than 0 in random order, at most most of
// them; nil weights are equal ones. Weights are scaled so that the greatest in absolute value is 1:
// only their ratios matter, and sums can't overflow.
func votersOf(p data.Points, ofX bool, weights []float64, most int, r *rand.Rand) []*voter {
	greatest := 1.0
	if weights != nil {
		greatest = max(slices.Max(weights), -slices.Min(weights))
	}
	all := make([]*voter, 0, min(p.Len(), most))
	for _, i := range r.Perm(p.Len()) {
		v := &voter{weight: 1, ofX: ofX}
		if weights != nil {
			v.weight = weights[i] / greatest
		}
		if v.weight == 0 {
			continue
		}
		v.at = make([]float64, p.Dim())
		for j, feature := range p.Row(i) {
			v.at[j] = float64(feature)
		}
		if all = append(all, v); len(all) == most {
			break
		}
	}
	return all
}

// sumOfVotes returns the sum of the weights.
func sumOfVotes(all []*voter) float64 {
	sum := 0.0
	for _, v := range all {
		sum += v.weight
	}
	return sum
}

// standardise scales each feature by its standard deviation over all points. A constant feature
// stays unchanged. Where pairs is true, a feature and the next are the cosine and the sine of an
// angle, and both are scaled by the root of the sum of their variances: then it doesn't matter
// where the angle is 0.
func standardise(all []*voter, pairs []bool) {
	column := make([]float64, len(all))
	deviation := func(j int) float64 {
		for i, v := range all {
			column[i] = v.at[j]
		}
		return stat.StdDev(column, nil)
	}
	for j, width := 0, 1; j < len(all[0].at); j += width {
		std := deviation(j)
		if width = 1; pairs != nil && pairs[j] {
			std, width = math.Hypot(std, deviation(j+1)), 2
		}
		if std == 0 {
			continue
		}
		for _, v := range all {
			for k := range width {
				v.at[j+k] /= std
			}
		}
	}
}

// split returns the points of a fold, which are judged, and the others, which the classifier learns
// from. Both are new slices.
func split(all []*voter, fold, folds int) (judged, learnt []*voter) {
	for i, v := range all {
		if i%folds == fold {
			judged = append(judged, v)
		} else {
			learnt = append(learnt, v)
		}
	}
	return judged, learnt
}

// scored is a judged point: its score, its weight, and whether it belongs to x.
type scored struct {
	score, weight float64
	ofX           bool
}

// score returns the score of each judged point: the share of x in the votes of its
// nearest neighbours in the tree, between 0 and 1.
func score(tree *kdtree.Tree, judged []*voter, neighbours int) []scored {
	scores := make([]scored, len(judged))
	for i, v := range judged {
		keeper := kdtree.NewNKeeper(neighbours)
		tree.NearestSet(keeper, v)
		ofX, total, negative := 0.0, 0.0, false
		for _, near := range keeper.Heap {
			voter := near.Comparable.(*voter)
			total += voter.weight
			if voter.ofX {
				ofX += voter.weight
			}
			negative = negative || voter.weight < 0
		}
		share := ofX / total
		if negative {
			share = shareOf(ofX, total-ofX)
		}
		scores[i] = scored{share, v.weight, v.ofX}
	}
	return scores
}

// shareOf returns the share of x in the votes for x and for the truth, of which one or both may be
// negative.
func shareOf(x, truth float64) float64 {
	x, truth = max(x, 0), max(truth, 0)
	if x+truth == 0 {
		return 0.5
	}
	return x / (x + truth)
}

// areaUnder returns the weighted AUC of the scores, which it sorts in ascending order. Each point
// of x counts the weight of the truth below it, and half of the weight with the
// same score.
func areaUnder(scores []scored) float64 {
	slices.SortFunc(scores, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	area, xs, truths := 0.0, 0.0, 0.0
	for from := 0; from < len(scores); {
		to, x, truth := from, 0.0, 0.0
		for ; to < len(scores) && scores[to].score == scores[from].score; to++ {
			if scores[to].ofX {
				x += scores[to].weight
			} else {
				truth += scores[to].weight
			}
		}
		area += x * (truths + truth/2)
		xs, truths = xs+x, truths+truth
		from = to
	}
	return area / (xs * truths)
}
