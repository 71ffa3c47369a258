package galaxies

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend/python"
	"github.com/flowsforflows/flows/f4f/metric"
)

//go:embed pzflow.py
var pzflowProgram string

// task is what pzflow is to do.
type task struct {
	Folder     string   `json:"folder"`
	Columns    []string `json:"columns"`    // that the flow learns
	Conditions []string `json:"conditions"` // that it is conditioned on
	Shipped    bool     `json:"shipped"`    // take the flow that pzflow ships
	CPU        float64  `json:"cpu"`        // seconds of its training
	Cosine     bool     `json:"cosine"`     // anneal its learning rate, as ours is
	Seed       uint64   `json:"seed"`
	Rows       int      `json:"rows"` // how many test rows to predict the redshift of

	train, validation, test data.Points // columns, then conditions
}

// answer is what pzflow gives.
type answer struct {
	Epochs     int     `json:"epochs"`
	CPU        float64 `json:"cpu"` // seconds of its epochs, without compiling
	Parameters int     `json:"parameters"`

	logProbs   []float64 // of the test rows
	posteriors []float64 // of the first Rows rows: log-densities on the grid, row by row
}

// predictions returns those of the redshift of test rows.
func (a answer) predictions(from, to int) (metric.Predictions, error) {
	at := wide(grid())
	return metric.PredictionsOnGrid(at, a.posteriors[from*len(at):to*len(at)])
}

// do has pzflow do a task in an environment that has it.
func (t task) do(ctx context.Context, env python.Environment) (a answer, err error) {
	if t.Folder, err = os.MkdirTemp("", "pzflow"); err != nil {
		return a, err
	}
	defer os.RemoveAll(t.Folder)
	if t.Conditions == nil {
		t.Conditions = []string{}
	}
	if t.Columns == nil {
		t.Columns = []string{}
	}
	file := func(name string) string { return filepath.Join(t.Folder, name) }
	for name, points := range map[string]data.Points{"train.npy": t.train, "validation.npy": t.validation, "test.npy": t.test, "grid.npy": grid()} {
		if points.Len() == 0 {
			continue // the shipped flow isn't trained
		}
		if err := data.WriteNPY(file(name), points); err != nil {
			return a, err
		}
	}
	text, err := json.Marshal(t)
	if err != nil {
		return a, err
	}
	var told bytes.Buffer
	if err := env.Run(ctx, &told, pzflowProgram, string(text)); err != nil {
		return a, err
	}
	if err := json.Unmarshal(told.Bytes(), &a); err != nil {
		return a, fmt.Errorf("pzflow printed %q: %w", &told, err)
	}
	if a.logProbs, err = column(file("logprobs.npy")); err != nil || t.Rows == 0 {
		return a, err
	}
	a.posteriors, err = column(file("logposteriors.npy"))
	return a, err
}

// column returns all values of a file, row by row.
func column(path string) ([]float64, error) {
	p, err := data.ReadNPY(path)
	return wide(p), err
}

// wide returns the values of points as float64 numbers.
func wide(p data.Points) []float64 {
	values := make([]float64, 0, p.Len()*p.Dim())
	for _, v := range p.Values() {
		values = append(values, float64(v))
	}
	return values
}

// grid returns the redshifts [K, 1] at which pzflow gives the density of a redshift.
func grid() data.Points {
	const step, n = 0.001, 2401 // from 0 to 2.4; our distributions are about 0.005 wide
	values := make([]float32, n)
	for k := range values {
		values[k] = float32(step * float64(k))
	}
	p, _ := data.NewPoints(1, values) // of one feature, so the length is right
	return p
}
