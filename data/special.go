package data

import "math"

// logGaussian returns the log-density at z of a normal distribution with mean 0 and standard
// deviation std.
func logGaussian(z, std float64) float64 {
	z /= std
	return -z*z/2 - math.Log(std) - math.Log(2*math.Pi)/2
}

// logSmearedBox returns the log-density at z of U(−half, half) plus normal noise,
//
//	log [ (Φ((z+half)/std) − Φ((z−half)/std)) / (2 half) ]
//
// It is finite however far out z is: the tail never underflows to a density of zero.
func logSmearedBox(z, half, std float64) float64 {
	z = math.Abs(z)
	// Φ(b) − Φ(a) = ½ (erfc(near) − erfc(far)), on the side where erfc is small.
	near, far := (z-half)/(math.Sqrt2*std), (z+half)/(math.Sqrt2*std)
	scale := math.Log(4 * half)
	if near < 5 {
		return math.Log(math.Erfc(near)-math.Erfc(far)) - scale
	}
	// far² − near² is computed as the width times the sum: far out the squares cancel, and so do
	// far and near themselves.
	width := math.Sqrt2 * half / std
	ratio := math.Exp(-width*(far+near)) * scaledErfc(far)
	return -near*near + math.Log(scaledErfc(near)-ratio) - scale
}

// scaledErfc returns exp(x²) erfc(x) for x ≥ 5, to 2e-6 or better, by the asymptotic series
// (Abramowitz and Stegun 7.1.23).
func scaledErfc(x float64) float64 {
	v := 1 / (2 * x * x)
	return (1 - v*(1-3*v*(1-5*v*(1-7*v)))) / (x * math.Sqrt(math.Pi))
}

// logScaledBesselI0 returns log(exp(−x) I₀(x)) for x ≥ 0, to a relative accuracy of 1e-14: by the
// power series below 20, and by the asymptotic series from there on (Abramowitz and Stegun 9.6.12,
// 9.7.1).
func logScaledBesselI0(x float64) float64 {
	if x < 20 {
		// I₀(x) = Σ (x²/4)^k / (k!)²
		q, term, sum := x*x/4, 1.0, 1.0
		for k := 1.0; term > 1e-17*sum; k++ {
			term *= q / (k * k)
			sum += term
		}
		return math.Log(sum) - x
	}
	// exp(−x) I₀(x) = (2πx)^−½ Σ (1·9·25⋯(2k−1)²) / (k! (8x)^k), cut off before its terms grow
	// again
	term, sum := 1.0, 1.0
	for k := 1.0; k <= 40 && term > 1e-17; k++ {
		term *= (2*k - 1) * (2*k - 1) / (k * 8 * x)
		sum += term
	}
	return math.Log(sum) - math.Log(2*math.Pi*x)/2
}
