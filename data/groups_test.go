package data_test

import (
	"fmt"
	"testing"

	"github.com/flowsforflows/flows/data"
)

func ExampleConditionalTable_GroupBy() {
	x, err := data.NewPoints(1, []float32{1, 2, 3, 4, 5, 6})
	if err != nil {
		panic(err)
	}
	c, err := data.NewPoints(1, []float32{90, 80, 85, 81, 95, 91})
	if err == nil {
		c, err = c.WithColumnNames("mass")
	}
	if err != nil {
		panic(err)
	}
	table, err := data.FromPointsWithConditions("jets", x, c)
	if err != nil {
		panic(err)
	}
	parts, err := table.GroupBy("mass", 2)
	if err != nil {
		panic(err)
	}
	for _, part := range parts {
		fmt.Println(part.Name(), part.Points().Values())
	}
	// Output:
	// jets, mass 80 to 85 [2 3 4]
	// jets, mass 90 to 95 [1 5 6]
}

// Every row belongs to exactly one group, with its weight and its condition, and the groups of a
// feature of many values are of equal size.
func TestGroupsShareOutTheRows(t *testing.T) {
	const rows = 1001
	values, conditions, weights := make([]float32, rows), make([]float32, rows*2), make([]float64, rows)
	channels := make([]string, rows)
	for i := range rows {
		values[i], weights[i] = float32(i), float64(i+1)
		conditions[2*i], conditions[2*i+1] = float32(i*37%rows), float32(i%3) // all different, and three values
		channels[i] = []string{"ee", "mm"}[i%2]
	}
	x, err := data.NewPoints(1, values)
	if err == nil {
		x, err = x.WithWeights(weights)
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := data.NewPoints(2, conditions)
	if err == nil {
		c, err = c.WithColumnNames("mass", "")
	}
	if err != nil {
		t.Fatal(err)
	}
	channel, err := data.OneHot("channel", channels)
	if err == nil {
		c, err = c.HStack(channel)
	}
	if err != nil {
		t.Fatal(err)
	}
	table, err := data.FromPointsWithConditions("events", x, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []struct {
		feature  string
		n, parts int
	}{{"mass", 4, 4}, {"0", 4, 4}, {"1", 5, 3}, {"1", 2, 2}, {"channel", 1, 2}, {"channel=ee", 3, 2}, {"mass", 1, 1}} {
		parts, err := table.GroupBy(by.feature, by.n)
		if err != nil || len(parts) != by.parts {
			t.Errorf("by %s in %d: got %d parts and the error %v, want %d", by.feature, by.n, len(parts), err, by.parts)
			continue
		}
		seen := make([]bool, rows)
		for _, part := range parts {
			if by.feature == "mass" && (part.Points().Len() < rows/by.n || part.Points().Len() > rows/by.n+1) {
				t.Errorf("by mass in %d: a part has %d points", by.n, part.Points().Len())
			}
			for i := range part.Points().Len() {
				row := int(part.Points().Row(i)[0])
				if seen[row] || part.Points().Weights()[i] != weights[row] || part.Conditions().Row(i)[0] != conditions[2*row] {
					t.Fatalf("by %s: row %d twice, or with another weight or condition", by.feature, row)
				}
				seen[row] = true
			}
		}
		for row, s := range seen {
			if !s {
				t.Fatalf("by %s: row %d is in no part", by.feature, row)
			}
		}
	}
	for _, bad := range []struct {
		feature string
		n       int
	}{{"pt", 3}, {"7", 3}, {"mass", 0}} {
		if _, err := table.GroupBy(bad.feature, bad.n); err == nil {
			t.Errorf("GroupBy(%q, %d) gives no error", bad.feature, bad.n)
		}
	}
}
