package data

import "math"

// dequantized is a Discrete with noise.
type dequantized struct{ of *Discrete }

func (d dequantized) Name() string        { return d.of.Name() + ", with noise" }
func (d dequantized) Dim() int            { return d.of.Dim() }
func (d dequantized) Fingerprint() string { return d.of.Fingerprint() }

func (d dequantized) Entropy() float64 { return d.of.Entropy() + d.of.Grid().LogVolume() }

func (d dequantized) Sample(n int, seed uint64) (Points, error) {
	if err := d.of.broken(); err != nil {
		return Points{}, err
	}
	grid, row := d.of.grid, make([]float32, 0, d.of.Dim())
	rng := stream(d.Name()+d.Fingerprint(), seed)
	return drawn(d, n, func(x []float64) {
		row = d.of.appendPoint(row[:0], d.of.pick(rng.Float64()))
		for j, v := range row {
			q, origin := grid.Quantum[j], grid.Origin[j]
			level := cell(v, q, origin)
			x[j] = float64(noisyValue(level, rng.Float64(), q, origin))
		}
	})
}

func (d dequantized) LogProb(x Points) ([]float64, error) {
	if err := d.of.broken(); err != nil {
		return nil, err
	}
	volume := d.of.grid.LogVolume()
	return logProbsOf(d, x, func(x []float64) float64 { return math.Log(d.of.mass(x)) - volume })
}
