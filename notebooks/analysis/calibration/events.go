package calibration

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/flowsforflows/flows/data"
)

// Particle is the class of an event. Electrons are those that a transport is trained on; photons
// are held out.
type Particle string

// The particles.
const (
	Electron Particle = "electron" // what flows are trained on
	Photon   Particle = "photon"   // held out
)

// Events are simulated or measured events.
type Events struct {
	Name string      // "simulation" or "data"
	X    data.Points // [N, D], the features, with the weights of the events
	C    data.Points // [N, 5], the conditions: pt (GeV), |η|, ρ (GeV), and the region as one-hot columns
	// Truth [N, D] are the events of the simulation as they would have been measured, the true
	// calibration; empty for data.
	Truth data.Points
}

// The ranges of the conditions. |η| leaves out the gap between barrel and endcap.
const (
	lowestPt, highestPt        = 25.0, 175.0 // GeV
	endOfBarrel, startOfEndcap = 1.44, 1.57
	greatestEta                = 2.5
)

// Simulation draws n simulated events with the first d features. Their weights bring the
// distribution of the conditions to that of the data. 5% to 15% of the weights are negative, the
// more the higher pt, as those of a generator at next-to-leading order are.
func Simulation(p Particle, d, n int, seed uint64) (Events, error) {
	return draw("simulation", p, d, n, seed, true)
}

// Data draws n measured events with the first d features. They have no weights.
func Data(p Particle, d, n int, seed uint64) (Events, error) {
	return draw("data", p, d, n, seed, false)
}

// Table returns the events as a table for a plan.
func (e Events) Table() (*data.ConditionalTable, error) {
	return data.FromPointsWithConditions(e.Name, e.X, e.C)
}

// Slice returns events i to j−1.
func (e Events) Slice(i, j int) Events {
	s := Events{Name: e.Name, X: e.X.Slice(i, j), C: e.C.Slice(i, j)}
	if e.Truth.Len() > 0 {
		s.Truth = e.Truth.Slice(i, j)
	}
	return s
}

func draw(name string, p Particle, d, n int, seed uint64, simulated bool) (Events, error) {
	if p != Electron && p != Photon {
		return Events{}, fmt.Errorf("calibration: the particle must be %q or %q, got %q", Electron, Photon, p)
	}
	if d < 1 || d > len(features) {
		return Events{}, fmt.Errorf("calibration: the number of features must be from 1 to %d, got %d", len(features), d)
	}
	if n < 1 {
		return Events{}, fmt.Errorf("calibration: the number of events must be at least 1, got %d", n)
	}
	stream := uint64(1)
	if simulated {
		stream = 2
	}
	if p == Photon {
		stream += 2
	}
	rng := rand.New(rand.NewPCG(seed, stream))
	var (
		x      = make([]float32, 0, n*d)
		truth  = make([]float32, 0, n*d)
		c      = make([]float32, 0, n*3)
		region = make([]string, 0, n)
		w      = make([]float64, 0, n)
		row    = newEvent(d)
	)
	for range n {
		k, weight := drawConditions(rng, simulated)
		row.draw(rng, p, k)
		if simulated {
			x = row.append(x, row.z, true)
			truth = row.append(truth, row.measured(k), false)
			w = append(w, weight)
		} else {
			x = row.append(x, row.measured(k), false)
		}
		c = append(c, float32(k.pt), float32(k.eta), float32(k.rho))
		region = append(region, map[bool]string{false: "barrel", true: "endcap"}[k.eta > endOfBarrel])
	}
	e := Events{Name: name}
	var err error
	points := func(dim int, values []float32, names ...string) data.Points {
		if err != nil {
			return data.Points{}
		}
		var made data.Points
		if made, err = data.NewPoints(dim, values); err == nil {
			made, err = made.WithColumnNames(names...)
		}
		if err == nil && simulated {
			made, err = made.WithWeights(w)
		}
		return made
	}
	e.X = points(d, x, Names(d)...)
	if simulated {
		e.Truth = points(d, truth, Names(d)...)
	}
	e.C = points(3, c, "pt", "abseta", "rho")
	if err != nil {
		return Events{}, fmt.Errorf("calibration: %w", err)
	}
	regions, err := data.OneHot("region", region, "barrel", "endcap")
	if err == nil {
		e.C, err = e.C.HStack(regions)
	}
	if err != nil {
		return Events{}, fmt.Errorf("calibration: %w", err)
	}
	return e, nil
}

// conditions are those of an event.
type conditions struct{ pt, eta, rho float64 }

// t, e and r return the conditions about 0, in units of about their width.
func (k conditions) t() float64 { return math.Log(k.pt / 45) }
func (k conditions) e() float64 { return k.eta/1.25 - 1 }
func (k conditions) r() float64 { return (k.rho - 23) / 6 }

// The distributions of the conditions, in the simulation and in the data: pt falls exponentially, η
// by a straight line, ρ is normal.
const (
	meanPtSim, meanPtData   = 36.0, 31.0 // GeV, above the lowest pt
	meanRhoSim, meanRhoData = 22.0, 24.0 // GeV
	widthRho                = 6.0
	slopeEtaSim             = 0.0
	slopeEtaData            = -0.12
)

// drawConditions draws the conditions of an event and, for the simulation, its weight: the ratio of
// the densities of the conditions, with a sign.
func drawConditions(rng *rand.Rand, simulated bool) (k conditions, weight float64) {
	meanPt, meanRho, slope := meanPtData, meanRhoData, slopeEtaData
	if simulated {
		meanPt, meanRho, slope = meanPtSim, meanRhoSim, slopeEtaSim
	}
	for k.pt = math.Inf(1); k.pt > highestPt; {
		k.pt = lowestPt + meanPt*rng.ExpFloat64()
	}
	for {
		k.eta = greatestEta * rng.Float64()
		if gap := k.eta > endOfBarrel && k.eta < startOfEndcap; !gap && rng.Float64()*1.1 < 1+slope*(k.eta-1.25) {
			break
		}
	}
	for k.rho = 0; k.rho < 8 || k.rho > 40; {
		k.rho = meanRho + widthRho*rng.NormFloat64()
	}
	if !simulated {
		return k, 1
	}
	above := k.pt - lowestPt
	ratio := math.Exp(above/meanPtSim-above/meanPtData) * (meanPtSim / meanPtData) *
		(1 + slopeEtaData*(k.eta-1.25)) *
		math.Exp((math.Pow(k.rho-meanRhoSim, 2)-math.Pow(k.rho-meanRhoData, 2))/(2*widthRho*widthRho))
	negative := 0.05 + 0.10*min(above/100, 1) // the share of negative weights at this pt
	ratio /= 1 - 2*negative                   // so that the sum of the weights at this pt is right
	if rng.Float64() < negative {
		ratio = -ratio
	}
	return k, ratio
}

// event holds the latents of one event.
type event struct {
	z, mean, shifted []float64 // [d]: the latents, their means given the conditions, and those of the data
}

func newEvent(d int) *event {
	return &event{make([]float64, d), make([]float64, d), make([]float64, d)}
}

// draw draws the latents under the conditions. Photons have other hidden causes than electrons: they
// radiate less, and are better isolated.
func (v *event) draw(rng *rand.Rand, p Particle, k conditions) {
	h := [2]float64{rng.NormFloat64(), rng.NormFloat64()}
	if p == Photon {
		h = [2]float64{0.35 + 0.9*h[0], -0.30 + 1.1*h[1]}
	}
	for j := range v.z {
		f := &features[j]
		v.mean[j] = f.pt*k.t() + f.eta*k.e() + f.rho*k.r()
		own := math.Sqrt(1 - f.cause[0]*f.cause[0] - f.cause[1]*f.cause[1])
		v.z[j] = v.mean[j] + f.cause[0]*h[0] + f.cause[1]*h[1] + own*rng.NormFloat64()
	}
}

// measured returns the latents of the event as it would have been measured. It is the same function
// of z and the conditions for both particles.
func (v *event) measured(k conditions) []float64 {
	for j := range v.z {
		f := &features[j]
		v.shifted[j] = v.z[j] + f.shift + f.shiftPt*k.t() + f.shiftEta*k.e() + (f.scale+f.scaleEta*k.e())*(v.z[j]-v.mean[j])
		if j > 0 {
			v.shifted[j] += f.mix * (v.z[j-1] - v.mean[j-1])
		}
	}
	return v.shifted
}

// append appends the features of latents z to values.
func (v *event) append(values []float32, z []float64, simulated bool) []float32 {
	for j := range z {
		values = append(values, float32(features[j].of(simulated).g(z[j])))
	}
	return values
}
