package main

import (
	"path/filepath"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
)

// linear returns the optimal map between the normal distributions with the means and covariances of
// the points.
func (t mapTask) linear() (learned, pace, error) {
	began, start := processorTime(), time.Now()
	left, err := momentsOf(filepath.Join(t.Folder, leftFile))
	if err != nil {
		return nil, pace{}, err
	}
	right, err := momentsOf(filepath.Join(t.Folder, rightFile))
	if err != nil {
		return nil, pace{}, err
	}
	m, err := linearBetween(left, right)
	return m, pace{0, processorTime() - began, time.Since(start)}, err
}

// momentsOf returns the normal distribution with the mean and the covariance of the points of a
// file.
func momentsOf(path string) (*data.Normal, error) {
	x, err := data.ReadNPY(path)
	if err != nil {
		return nil, err
	}
	values := make([]float64, len(x.Values()))
	for i, v := range x.Values() {
		values[i] = float64(v)
	}
	all := mat.NewDense(x.Len(), x.Dim(), values)
	mean := make([]float64, x.Dim())
	for j := range mean {
		mean[j] = stat.Mean(mat.Col(nil, j, all), nil)
	}
	var covariance mat.SymDense
	stat.CovarianceMatrix(&covariance, all, nil)
	return data.NewNormal(mean, &covariance)
}

// linear is the optimal map between two normal distributions.
type linear struct {
	there, inverse *data.OptimalPair
	logDet         float64 // of the inverse
}

// linearBetween returns the optimal map between two normal distributions.
func linearBetween(left, right *data.Normal) (m linear, err error) {
	if m.there, err = data.NewBuresPair(left, right); err != nil {
		return m, err
	}
	if m.inverse, err = data.NewBuresPair(right, left); err != nil {
		return m, err
	}
	m.logDet = (logDet(left.Covariance()) - logDet(right.Covariance())) / 2
	return m, nil
}

// logDet returns the logarithm of the determinant of a positive definite matrix.
func logDet(m mat.Matrix) float64 {
	l, _ := mat.LogDet(m)
	return l
}

func (l linear) forward(x data.Points) (data.Points, error) { return l.there.Map(x) }
func (l linear) back(y data.Points) (data.Points, []float64, error) {
	x, err := l.inverse.Map(y)
	return x, slices.Repeat([]float64{l.logDet}, y.Len()), err
}
