package data_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// Two columns of a CSV file become a source that a flow can be fitted to. ReadCSV does the same
// with a path.
func ExampleReadCSVFrom() {
	file := strings.NewReader("event,mass,energy\na,80.4,120\nb,91.2,95.5\n")
	p, err := data.ReadCSVFrom(file, data.CSV{Columns: []string{"mass", "energy"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	source := data.FromPoints("bosons", p)
	fmt.Println(source.Name(), source.Dim(), source.Points().Row(1))
	// Output: bosons 2 [91.2 95.5]
}

// Points keep the names of their columns, and WriteCSV gives both back.
func ExampleWriteCSV() {
	p, err := data.ReadCSVFrom(strings.NewReader("mass,energy\n80.4,120\n91.2,95.5\n"), data.CSV{})
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(os.TempDir(), "bosons.csv")
	defer os.Remove(path)
	if err := data.WriteCSV(path, p.Slice(1, 2)); err != nil {
		fmt.Println(err)
		return
	}
	file, err := os.ReadFile(path)
	fmt.Print(string(file), err)
	// Output:
	// mass,energy
	// 91.2,95.5
	// <nil>
}

// A row that misses a value is an error unless it is to be left out, which is told.
func ExampleMissing() {
	file := "mass,energy\n80.4,120\nNA,95.5\n91.2,101\n"
	_, err := data.ReadCSVFrom(strings.NewReader(file), data.CSV{})
	fmt.Println(err)
	p, err := data.ReadCSVFrom(strings.NewReader(file), data.CSV{Missing: data.DropMissing})
	fmt.Println(p, err)
	fmt.Println(p.Notes()[0])
	// Output:
	// data: CSV: line 3, column 0 ("mass"): the value is missing: set Missing to DropMissing to leave such rows out, or leave out the column, got "NA"
	// 2 points of 2 features <nil>
	// Left out 1 of 3 rows, which miss a value (1 in column 0 ("mass")).
}

// Arrays of an .npz file become points, their weights and their conditions.
func ExampleNPZ() {
	x, err := data.NewPoints(2, []float32{1, 2, 3, 4})
	if err == nil {
		x, err = x.WithWeights([]float64{0.5, 2})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(os.TempDir(), "jets.npz")
	defer os.Remove(path)
	if err := data.WriteNPZ(path, map[string]data.Points{"jets": x, "mass": x.Slice(0, 2)}); err != nil {
		fmt.Println(err)
		return
	}
	jets, mass, err := data.ReadNPZWithConditions(path, data.NPZ{Arrays: []string{"jets"}, Conditions: []string{"mass"}, Weight: "jets_weight"})
	fmt.Println(jets.Len(), mass.Dim(), jets.Weights(), err)
	// Output: 2 2 [0.5 2] <nil>
}

// An error says where in the file the problem is.
func ExampleReadCSVFrom_mistake() {
	file := strings.NewReader("mass,energy\n80.4,120\n91.2,95.5 GeV\n")
	_, err := data.ReadCSVFrom(file, data.CSV{})
	fmt.Println(err)
	// Output: data: CSV: line 3, column 1 ("energy"): a field must be a number, got "95.5 GeV"; leave out a column of text by Columns, or name it in Classes
}

// A scaler brings every feature to mean 0 and standard deviation 1, and gives the log-det by which
// the density changes.
func ExampleScaler() {
	x, _ := data.NewPoints(2, []float32{1, 100, 3, 300})
	scaler, err := data.FitScaler(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	z, _ := scaler.Transform(x)
	back, _ := scaler.InverseTransform(z)
	fmt.Println(z.Values(), back.Values())
	fmt.Printf("log|det| %.3f\n", scaler.LogDet())
	// Output:
	// [-1 -1 1 1] [1 100 3 300]
	// log|det| -4.605
}
