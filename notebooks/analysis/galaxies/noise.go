package galaxies

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// bands are the bands of the Rubin Observatory's survey, LSST, with the magnitude of a source that
// is seen at five standard deviations after ten years, and the constant γ of the band (Ivezić et
// al., arXiv:0805.2366, tables 1 and 2).
var bands = []struct {
	name     string
	depth, γ float64
}{{"u", 26.1, 0.038}, {"g", 27.4, 0.039}, {"r", 27.5, 0.039}, {"i", 26.8, 0.039}, {"z", 26.1, 0.039}, {"y", 24.9, 0.039}}

// systematic is the relative error of a flux that no exposure reduces (Ivezić et al., σ_sys).
const systematic = 0.005

// Gold is the faintest magnitude i of the galaxies whose redshifts the survey is to measure.
const Gold = 25.3

// Observed returns a source of galaxies as a telescope sees them: galaxies of the catalogue that are
// brighter than Gold, with the noise of a survey of 1 to 10 years. The logarithm of the years is
// uniform. Each draw has its own noise, so a flow that trains on many draws sees each galaxy with
// other noise every time. A point is the redshift. Its condition is the magnitude i, the colours and
// the years, as by Observe.
func Observed(galaxies data.Points) (data.ConditionalSource, error) {
	bright, err := brighterThanGold(galaxies)
	if err != nil {
		return nil, err
	}
	return observed{bright}, nil
}

// brighterThanGold returns the galaxies that are.
func brighterThanGold(galaxies data.Points) (data.Points, error) {
	if galaxies.Dim() != len(columns) {
		return data.Points{}, fmt.Errorf("galaxies: galaxies must have the columns %q, as Load returns them, got %d columns", columns, galaxies.Dim())
	}
	var rows []int
	for i := range galaxies.Len() {
		if galaxies.At(i, 1) < Gold {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return data.Points{}, fmt.Errorf("galaxies: at least one galaxy must be brighter than i = %v, got none among %d", Gold, galaxies.Len())
	}
	return galaxies.Pick(rows...)
}

// observed is the source that Observed returns.
type observed struct{ galaxies data.Points }

func (observed) Name() string      { return "galaxies, observed" }
func (observed) Dim() int          { return 1 }
func (observed) ConditionDim() int { return len(columns) }

func (o observed) Sample(n int, seed uint64) (data.Points, error) {
	x, _, err := o.SampleWithConditions(n, seed)
	return x, err
}

func (o observed) SampleWithConditions(n int, seed uint64) (x, c data.Points, err error) {
	if n < 1 {
		return data.Points{}, data.Points{}, fmt.Errorf("galaxies: the number of galaxies to draw must be at least 1, got %d", n)
	}
	r := rand.New(rand.NewPCG(seed, drawStream))
	rows, years := make([]int, n), make([]float64, n)
	for i := range rows {
		rows[i] = r.IntN(o.galaxies.Len())
		years[i] = math.Pow(10, r.Float64())
	}
	drawn, err := o.galaxies.Pick(rows...)
	if err != nil {
		return data.Points{}, data.Points{}, err
	}
	return observe(drawn, func(i int) float64 { return years[i] }, r)
}

func (observed) Given([]float32) (data.Source, error) {
	return nil, errors.New("galaxies: the distribution of redshifts at one photometry isn't known; that is what a flow learns")
}

// Streams of the generators of random numbers.
const drawStream, observeStream = 0x64726177, 0x6f627376

// Observe returns the redshifts [M, 1] of the galaxies [N, 7] brighter than Gold, and what a
// survey of so many years sees of each: the magnitude i, the colours and the years [M, 7].
//
// Fluxes f have normal noise, of the sky and of the source's own light (Ivezić et al.,
// arXiv:0805.2366, eq. 5; years make f₅ fainter by 1.25 log₁₀):
//
//	σ² = (0.04 − γ) f f₅ + γ f₅² + (0.005 f)²
//
// A noisy flux may be below 0, where there is no magnitude. So magnitudes are the inverse
// hyperbolic sine ones (Lupton, Gunn and Szalay, arXiv:astro-ph/9903081), with the sky's noise of
// one year as their softening b. They are the usual ones for f well above b.
func Observe(galaxies data.Points, years float64, seed uint64) (redshift, photometry data.Points, err error) {
	if !(years > 0) || math.IsInf(years, 1) {
		return data.Points{}, data.Points{}, fmt.Errorf("galaxies: the years of a survey must be above 0, got %v", years)
	}
	bright, err := brighterThanGold(galaxies)
	if err != nil {
		return data.Points{}, data.Points{}, err
	}
	return observe(bright, func(int) float64 { return years }, rand.New(rand.NewPCG(seed, observeStream)))
}

// observe adds the noise of years(i) years to galaxy i.
func observe(galaxies data.Points, years func(i int) float64, r *rand.Rand) (redshift, photometry data.Points, err error) {
	n := galaxies.Len()
	z, seen := make([]float32, 0, n), make([]float32, 0, n*len(columns))
	for i := range n {
		z = append(z, float32(galaxies.At(i, 0)))
		m := magnitudes(galaxies, i)
		for k, band := range bands {
			f5 := flux(band.depth) * math.Sqrt(10/years(i))
			f := flux(m[k])
			σ := math.Sqrt((0.04-band.γ)*f*f5 + band.γ*f5*f5 + systematic*systematic*f*f)
			m[k] = softened(f+σ*r.NormFloat64(), math.Sqrt(10*band.γ)*flux(band.depth))
		}
		seen = append(seen, float32(m[3]), float32(m[0]-m[1]), float32(m[1]-m[2]), float32(m[2]-m[3]), float32(m[3]-m[4]), float32(m[4]-m[5]), float32(years(i)))
	}
	if redshift, err = data.NewPoints(1, z); err != nil {
		return data.Points{}, data.Points{}, err
	}
	if redshift, err = redshift.WithColumnNames(columns[0]); err != nil {
		return data.Points{}, data.Points{}, err
	}
	if photometry, err = data.NewPoints(len(columns), seen); err != nil {
		return data.Points{}, data.Points{}, err
	}
	photometry, err = photometry.WithColumnNames(append(columns[1:len(columns):len(columns)], "years")...)
	return redshift, photometry, err
}

// magnitudes returns the magnitudes ugrizy of a galaxy of the catalogue.
func magnitudes(galaxies data.Points, row int) [6]float64 {
	at := func(j int) float64 { return galaxies.At(row, j) }
	i := at(1)
	r := i + at(4)
	g := r + at(3)
	z := i - at(5)
	return [6]float64{g + at(2), g, r, i, z, z - at(6)}
}

// flux returns the flux of a magnitude, in units of that of magnitude 0.
func flux(magnitude float64) float64 { return math.Pow(10, -0.4*magnitude) }

// softened returns the inverse hyperbolic sine magnitude of a flux, with the softening b.
func softened(f, b float64) float64 {
	return -2.5 / math.Ln10 * (math.Asinh(f/(2*b)) + math.Log(b))
}
