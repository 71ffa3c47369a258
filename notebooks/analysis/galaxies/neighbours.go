package galaxies

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/flowsforflows/flows/data"
)

// Neighbours returns the redshifts [N·k, 1] of the k galaxies of the training set that are most like
// each galaxy of photometry [N, C], of k rows for each: k draws of its redshift, by the simplest of
// methods. redshift [M, 1] and known [M, C] are of the training set. Columns are scaled to a standard
// deviation of 1. It returns an error if the numbers of rows or columns don't fit.
func Neighbours(redshift, known, photometry data.Points, k int) (data.Points, error) {
	if k < 1 || k > known.Len() || redshift.Len() != known.Len() || redshift.Dim() != 1 || photometry.Dim() != known.Dim() || photometry.Len() == 0 {
		return data.Points{}, fmt.Errorf("galaxies: %d neighbours need as many known galaxies with a redshift each and the columns of the photometry, got %d with %d redshifts, and %d columns beside %d",
			k, known.Len(), redshift.Len(), known.Dim(), photometry.Dim())
	}
	scaler, err := data.FitScaler(known)
	if err != nil {
		return data.Points{}, err
	}
	if known, err = scaler.Transform(known); err != nil {
		return data.Points{}, err
	}
	if photometry, err = scaler.Transform(photometry); err != nil {
		return data.Points{}, err
	}
	draws := make([]float32, photometry.Len()*k)
	var workers sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := w; i < photometry.Len(); i += runtime.GOMAXPROCS(0) {
				for j, row := range nearest(known, photometry.Row(i), k) {
					draws[i*k+j] = float32(redshift.At(row, 0))
				}
			}
		})
	}
	workers.Wait()
	return data.NewPoints(1, draws)
}

// nearest returns the k rows of points that are nearest to x, in order.
func nearest(points data.Points, x []float32, k int) []int {
	rows, squares := make([]int, 0, k+1), make([]float32, 0, k+1)
	worst := float32(math.Inf(1))
	for row := range points.Len() {
		sum := float32(0)
		for j, v := range points.Row(row) {
			sum += (v - x[j]) * (v - x[j])
		}
		if sum >= worst {
			continue
		}
		at, _ := slices.BinarySearch(squares, sum)
		rows, squares = slices.Insert(rows, at, row), slices.Insert(squares, at, sum)
		if len(rows) > k {
			rows, squares = rows[:k], squares[:k]
		}
		if len(rows) == k {
			worst = squares[k-1]
		}
	}
	return rows
}
