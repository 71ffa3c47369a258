package metric

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Uniformity holds tests of whether probability integral transforms are uniform. The statistics are
// those that papers on photometric redshifts print (Schmidt et al., arXiv 2001.03621): smaller is
// better.
type Uniformity struct {
	KS, CvM, AD TestResult // of Kolmogorov and Smirnov, Cramér and von Mises, Anderson and Darling
}

// TestResult is the value of a test's statistic and the probability of a value at least as large if
// what is tested is true.
type TestResult struct {
	Statistic float64 // 0 for a perfect agreement
	PValue    float64 // from 0 to 1; small if the values are not uniform
}

// String returns a text such as "KS 0.0123 (p = 0.432), CvM 0.0891 (p = 0.641), AD 0.6320 (p =
// 0.617)".
func (u Uniformity) String() string {
	return fmt.Sprintf("KS %.4f (p = %.3g), CvM %.4f (p = %.3g), AD %.4f (p = %.3g)", u.KS.Statistic, u.KS.PValue, u.CvM.Statistic, u.CvM.PValue, u.AD.Statistic, u.AD.PValue)
}

// Uniformity returns tests of whether the values are uniform between 0 and 1. With the weighted
// empirical distribution function F and n = (Σw)²/Σw²:
//
//	KS  = max |F(u) − u|
//	CvM = n ∫ (F(u) − u)² du
//	AD  = n ∫ (F(u) − u)² / (u(1 − u)) du
//
// AD is infinite if a value is exactly 0 or 1: such a truth was impossible by the prediction. The
// p-values are those of the limit of many values, for KS with Stephens' correction ("EDF Statistics
// for Goodness of Fit", 1974). From some 20 values they are right to about 0.01; with weights they
// are approximate. Uniformity returns an error if the values or weights aren't valid.
func (p PIT) Uniformity() (Uniformity, error) {
	if err := p.check(); err != nil {
		return Uniformity{}, err
	}
	order := make([]int, len(p.Values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p.Values[a], p.Values[b]) })
	n, total := p.EffectiveSampleSize(), sumOf(p.Weights, len(p.Values))
	var ks, cvm, ad, from, f float64
	for k := 0; k <= len(order); k++ {
		to := 1.0
		if k < len(order) {
			to = p.Values[order[k]]
		}
		ks = math.Max(ks, math.Max(math.Abs(f-from), math.Abs(f-to)))
		cvm += (math.Pow(to-f, 3) - math.Pow(from-f, 3)) / 3
		ad += weighedGap(f, from, to)
		if k < len(order) {
			f += weightAt(p.Weights, order[k]) / total
		}
		if k == len(order)-1 {
			f = 1 // sums are rounded
		}
		from = to
	}
	return Uniformity{
		KS:  TestResult{ks, kolmogorovTail(ks * (math.Sqrt(n) + 0.12 + 0.11/math.Sqrt(n)))},
		CvM: TestResult{n * cvm, cramerVonMisesTail(n * cvm)},
		AD:  TestResult{n * ad, andersonDarlingTail(n * ad)},
	}, nil
}

// weighedGap returns ∫ (f − u)²/(u(1 − u)) du between two values, from the antiderivative
// f² log u − (1 − f)² log(1 − u) − u.
func weighedGap(f, from, to float64) float64 {
	term := func(factor, log float64) float64 {
		if factor == 0 {
			return 0
		}
		return factor * log
	}
	sum := term(f*f, math.Log(to)) - term(f*f, math.Log(from))
	sum -= term((1-f)*(1-f), math.Log1p(-to)) - term((1-f)*(1-f), math.Log1p(-from))
	if from == to {
		return 0
	}
	return sum - (to - from)
}

// kolmogorovTail returns the probability that √n·KS exceeds x, in the limit of large n.
func kolmogorovTail(x float64) float64 {
	if x < 0.2 {
		return 1 // to within 1e-12
	}
	sum, sign := 0.0, 1.0
	for k := 1.0; k <= 100; k++ {
		sum += sign * math.Exp(-2*k*k*x*x)
		sign = -sign
	}
	return math.Min(math.Max(2*sum, 0), 1)
}

// cramerVonMisesTail returns the probability that CvM exceeds x, in the limit of large n: the
// series of Anderson and Darling ("Asymptotic Theory of Certain 'Goodness of Fit' Criteria", 1952).
func cramerVonMisesTail(x float64) float64 {
	switch {
	case x < 0.02:
		return 1 // to within 1e-4
	case x > 10:
		return 0 // to within 1e-20, where the terms of the series that are left out are larger
	}
	sum, factor := 0.0, 1.0 // (−1)^j binomial(−½, j) = (2j−1)!!/(2j)!!
	for j := range 20 {
		a := 4*float64(j) + 1
		z := a * a / (16 * x)
		sum += factor * math.Sqrt(a) * quarterBessel(z)
		factor *= (2*float64(j) + 1) / (2*float64(j) + 2)
	}
	return math.Min(math.Max(1-sum/(math.Pi*math.Sqrt(x)), 0), 1)
}

// quarterBessel returns exp(−z) K_¼(z), with the modified Bessel function of the second kind, by
// the trapezoidal rule for ∫_0^∞ exp(−z(1 + cosh t)) cosh(t/4) dt, which converges fast.
func quarterBessel(z float64) float64 {
	const width = 0.05
	sum := math.Exp(-2*z) / 2
	for t := width; t < 12; t += width {
		sum += math.Exp(-z*(1+math.Cosh(t))) * math.Cosh(t/4)
	}
	return sum * width
}

// andersonDarlingTail returns the probability that AD exceeds x, in the limit of large n, to within
// 1e-5 (Marsaglia and Marsaglia, "Evaluating the Anderson-Darling Distribution", 2004).
func andersonDarlingTail(x float64) float64 {
	switch {
	case x <= 0:
		return 1
	case math.IsInf(x, 1):
		return 0
	case x < 2:
		return 1 - math.Exp(-1.2337141/x)/math.Sqrt(x)*(2.00012+(0.247105-(0.0649821-(0.0347962-(0.011672-0.00168691*x)*x)*x)*x)*x)
	}
	return 1 - math.Exp(-math.Exp(1.0776-(2.30695-(0.43424-(0.082433-(0.008056-0.0003146*x)*x)*x)*x)*x))
}
