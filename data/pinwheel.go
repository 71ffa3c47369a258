package data

import (
	"math"
	"math/rand/v2"
)

const (
	pinwheelArms  = 5
	pinwheelRate  = 0.25 // radians by which the arm turns, at e^f0 = 1
	pinwheelScale = 2
	radialStd     = 0.3
	tangentialStd = 0.1
)

// Pinwheel returns five bent arms about the origin, equally likely (Johnson et al., 2016, with the
// constants of FFJORD). With f = (1, 0) plus normal noise of standard deviations 0.3 and 0.1, and k
// one of 0, …, 4,
//
//	x = 2 R(−2πk/5 − ¼ exp f₀) f,  R(a) the rotation by a
func Pinwheel() *Plane { return pinwheel }

var pinwheel = newPlane("pinwheel", 2.317788,
	func(rng *rand.Rand) (x, y float64) {
		f0, f1 := 1+radialStd*rng.NormFloat64(), tangentialStd*rng.NormFloat64()
		arm := float64(rng.IntN(pinwheelArms))
		sin, cos := math.Sincos(-2*math.Pi*arm/pinwheelArms - pinwheelRate*math.Exp(f0))
		return pinwheelScale * (cos*f0 - sin*f1), pinwheelScale * (sin*f0 + cos*f1)
	},
	func() func(x, y float64) float64 { return pinwheelLogDensity })

// pinwheelLogDensity returns the log-density at (x, y), a sum over every f that an arm maps to the
// point. In polar coordinates, f = r (cos φ, sin φ), the map keeps r and takes the angle to φ − ¼
// exp(r cos φ) − 2πk/5, with determinant 1 + ¼ exp(f₀) f₁. So the f are the roots of
//
//	h(φ) = φ − ¼ exp(r cos φ) ≡ angle  (mod 2π/5)
//
// There are five roots, and more where the determinant turns negative. There the map folds and the
// density has integrable poles along the folds, which hold 1e-7 of the mass.
func pinwheelLogDensity(x, y float64) float64 {
	r, angle := math.Hypot(x, y)/pinwheelScale, math.Atan2(y, x)
	// The arms are equally likely, and both axes are scaled.
	logScale := math.Log(pinwheelArms) + 2*math.Log(pinwheelScale)
	if r > 8 {
		// More than 23 standard deviations out, the arms are wound so tightly that they can't be
		// told apart. The density there is that of f averaged over φ, by Laplace's method about φ =
		// 0.
		curvature := r*r/(tangentialStd*tangentialStd) - r*(r-1)/(radialStd*radialStd)
		return logGaussian(r-1, radialStd) + logGaussian(0, tangentialStd) +
			math.Log(2*math.Pi/curvature)/2 - math.Log(2*math.Pi) - 2*math.Log(pinwheelScale)
	}
	const cells, spacing = 64, 2 * math.Pi / pinwheelArms
	h := func(phi float64) float64 { return phi - pinwheelRate*math.Exp(r*math.Cos(phi)) }
	total := math.Inf(-1)
	from, hFrom := -math.Pi, h(-math.Pi)
	for cell := range cells {
		to := math.Pi * (2*float64(cell+1)/cells - 1)
		hTo := h(to)
		low, high := min(hFrom, hTo), max(hFrom, hTo)
		// m runs over the levels angle + spacing·m in [low, high) that h crosses in this cell.
		for m := math.Ceil((low - angle) / spacing); angle+spacing*m < high; m++ {
			phi := crossing(h, from, to, hFrom < hTo, angle+spacing*m)
			f1, f0 := math.Sincos(phi)
			f0, f1 = r*f0, r*f1
			determinant := math.Abs(1 + pinwheelRate*math.Exp(f0)*f1)
			total = logAdd(total, logGaussian(f0-1, radialStd)+logGaussian(f1, tangentialStd)-math.Log(max(determinant, 1e-12)))
		}
		from, hFrom = to, hTo
	}
	return total - logScale
}

// crossing returns the φ between from and to where h equals level, to 1e-12. It uses the Illinois
// method: false position that halves the weight of an end that stays.
func crossing(h func(float64) float64, from, to float64, rising bool, level float64) float64 {
	g := func(phi float64) float64 {
		if rising {
			return h(phi) - level
		}
		return level - h(phi)
	}
	a, b, ga, gb := from, to, g(from), g(to)
	side := 0
	for range 60 {
		if gb-ga < 1e-300 || b-a < 1e-12 {
			break
		}
		c := (a*gb - b*ga) / (gb - ga)
		gc := g(c)
		switch {
		case math.Abs(gc) < 1e-12:
			return c
		case gc > 0:
			b, gb = c, gc
			if side == 1 {
				ga /= 2
			}
			side = 1
		default:
			a, ga = c, gc
			if side == -1 {
				gb /= 2
			}
			side = -1
		}
	}
	return (a + b) / 2
}
