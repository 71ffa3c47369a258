package plan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/stat/distuv"
)

// BaseDistribution names the base distribution of one feature: Normal, Uniform or one that StudentT
// returns. The features of a flow's base distribution are independent. "" means Normal.
type BaseDistribution string

const (
	// Normal is the standard normal, the default.
	Normal BaseDistribution = "normal"
	// Uniform is the uniform distribution on [−TailBound, TailBound], for a feature with two hard
	// edges. The range of the training and held-out points, widened by 1% on either side, is mapped
	// onto this interval. A point outside has density 0.
	Uniform BaseDistribution = "uniform"
	// Circle is the uniform distribution on the circle. Columns with data.Angle have it; a plan
	// can't choose it for others.
	Circle BaseDistribution = "circle"
)

// studentT is the beginning of the names that StudentT returns.
const studentT = "student-t("

// StudentT returns Student's t distribution with ν degrees of freedom, above 0, for a feature with
// heavy tails: ν = 1 is the Cauchy distribution. Beyond the tail bound, where splines are the
// identity, the feature has the tails of this distribution: its density falls as |x|^(−ν−1),
// instead of exp(−x²/2) for Normal. See Jaini et al., "Tails of Lipschitz Triangular Flows",
// arXiv:1907.04481.
func StudentT(ν float64) BaseDistribution {
	return BaseDistribution(studentT + strconv.FormatFloat(ν, 'g', -1, 64) + ")")
}

// String returns the Go code that makes the distribution.
func (d BaseDistribution) String() string {
	switch d {
	case Normal, "":
		return "f4f.Normal"
	case Uniform:
		return "f4f.Uniform"
	}
	if ν, ok := d.degrees(); ok {
		return fmt.Sprintf("f4f.StudentT(%g)", ν)
	}
	return string(d)
}

// degrees returns the degrees of freedom of a Student's t, and false for another distribution.
func (d BaseDistribution) degrees() (ν float64, ok bool) {
	text, ok := strings.CutPrefix(string(d), studentT)
	if !ok {
		return 0, false
	}
	if text, ok = strings.CutSuffix(text, ")"); !ok {
		return 0, false
	}
	ν, err := strconv.ParseFloat(text, 64)
	return ν, err == nil
}

// Validate returns an error unless d is one of the distributions above.
func (d BaseDistribution) Validate() error {
	switch d {
	case Normal, Uniform, Circle, "":
		return nil
	}
	ν, ok := d.degrees()
	if !ok {
		return fmt.Errorf("a base distribution must be Normal, Uniform or StudentT(ν), got %q", string(d))
	}
	if !(ν > 0) || math.IsInf(ν, 0) {
		return fmt.Errorf("the degrees of freedom of StudentT must be above 0 and finite, got %g", ν)
	}
	return nil
}

// boxSlack is how far beyond the box rounding may bring a point that lies in it, as a share of its
// half width.
const boxSlack = 1e-5

// LogProb returns the log-density, shaped like z, of each value of z under a valid distribution.
// Uniform and Circle reach from −bound to bound.
func (d BaseDistribution) LogProb(z *Node, bound float64) *Node {
	switch d {
	case Normal, "":
		return AddScalar(MulScalar(Square(z), -0.5), -0.5*math.Log(2*math.Pi))
	case Circle:
		return AddScalar(ZerosLike(z), -math.Log(2*bound))
	case Uniform:
		flat := AddScalar(ZerosLike(z), -math.Log(2*bound))
		nowhere := AddScalar(ZerosLike(z), math.Inf(-1))
		return Where(GreaterThan(Abs(z), Scalar(z.Graph(), z.DType(), bound*(1+boxSlack))), nowhere, flat)
	}
	ν, _ := d.degrees()
	a, _ := math.Lgamma((ν + 1) / 2)
	b, _ := math.Lgamma(ν / 2)
	return AddScalar(MulScalar(Log1p(MulScalar(Square(z), 1/ν)), -(ν+1)/2), a-b-0.5*math.Log(ν*math.Pi))
}

// Draw draws one value of a valid distribution. Uniform and Circle reach from −bound to bound.
func (d BaseDistribution) Draw(rng *rand.Rand, bound float64) float64 {
	switch d {
	case Normal, "":
		return rng.NormFloat64()
	case Uniform, Circle:
		return bound * (2*rng.Float64() - 1)
	}
	ν, _ := d.degrees()
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: ν, Src: rng}.Rand()
}

// CDF returns the distribution function of a valid distribution at z. Uniform and Circle reach from
// −bound to bound.
func (d BaseDistribution) CDF(z, bound float64) float64 {
	switch d {
	case Normal, "":
		return distuv.UnitNormal.CDF(z)
	case Uniform, Circle:
		return math.Max(0, math.Min(1, (z/bound+1)/2))
	}
	ν, _ := d.degrees()
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: ν}.CDF(z)
}
