package ensemble

import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

// groups returns the rows that belong to each of k members, given the member of each row.
func groups(members []int, k int) [][]int {
	all := make([][]int, k)
	for row, i := range members {
		all[i] = append(all[i], row)
	}
	return all
}

// Rows returns some rows of conditions: c itself if it is one condition for all points, or none.
func Rows(c data.Points, rows []int) (data.Points, error) {
	if c.Len() <= 1 {
		return c, nil
	}
	return c.Pick(rows...)
}

// ByRow calls run for each flow that some rows of x are for, with their numbers and the rows. of
// holds the number of the flow of each row.
func ByRow[F any](x data.Points, of []int, flows []F, run func(flow F, rows []int, own data.Points) error) error {
	for i, rows := range groups(of, len(flows)) {
		if len(rows) == 0 {
			continue
		}
		own, err := x.Pick(rows...)
		if err == nil {
			err = run(flows[i], rows, own)
		}
		if err != nil {
			return fmt.Errorf("%w (flow %d of %d, which has %d of the %d rows, from row %d on)", err, i+1, len(flows), len(rows), x.Len(), rows[0])
		}
	}
	return nil
}

// MapRows maps points x [N, D] by run, as ByRow does, and returns the images in the order of x,
// with its weights.
func MapRows[F any](x data.Points, of []int, flows []F, run func(flow F, rows []int, own data.Points) (data.Points, error)) (data.Points, error) {
	values := make([]float32, len(x.Values()))
	var names []string
	var periods [][2]float64
	err := ByRow(x, of, flows, func(flow F, rows []int, own data.Points) error {
		images, err := run(flow, rows, own)
		if err != nil {
			return err
		}
		names, periods = images.ColumnNames(), images.Periods()
		for i, row := range rows {
			copy(values[row*x.Dim():(row+1)*x.Dim()], images.Row(i))
		}
		return nil
	})
	if err != nil {
		return data.Points{}, err
	}
	y, err := data.NewPoints(x.Dim(), values)
	if err != nil {
		return y, err
	}
	if y, err = y.WithColumnNames(names...); err != nil {
		return y, err
	}
	if y, err = y.WithPeriods(periods); err != nil {
		return y, err
	}
	return y.WithWeightsOf(x)
}

// ValuesOfRows evaluates points x [N, D] by run, as ByRow does, and returns the values [N] in the
// order of x.
func ValuesOfRows[F any](x data.Points, of []int, flows []F, run func(flow F, rows []int, own data.Points) ([]float64, error)) ([]float64, error) {
	values := make([]float64, x.Len())
	err := ByRow(x, of, flows, func(flow F, rows []int, own data.Points) error {
		some, err := run(flow, rows, own)
		for i, v := range some {
			values[rows[i]] = v
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}
