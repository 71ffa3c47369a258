package specs_test

import (
	"reflect"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

func conditions(t *testing.T, dim int, names []string, values ...float32) data.Points {
	t.Helper()
	p, err := data.NewPoints(dim, values)
	if err == nil && names != nil {
		p, err = p.WithColumnNames(names...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestClassesAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		c    data.Points
		want []specs.Classes
	}{
		"no classes":                        {conditions(t, 2, nil, 0.5, 1, 1, 2), nil},
		"one-hot columns without names":     {conditions(t, 3, nil, 1, 0, 0, 0, 0, 1, 0, 1, 0), []specs.Classes{{0, 1, 2}}},
		"beside a continuous feature":       {conditions(t, 3, nil, 1, 0.3, 0, 0, 0.7, 1), []specs.Classes{{0, 2}}},
		"two features by their names":       {conditions(t, 4, []string{"k=a", "l=a", "k=b", "l=b"}, 1, 0, 0, 1, 0, 0, 1, 1), []specs.Classes{{0, 2}, {1, 3}}},
		"switches":                          {conditions(t, 2, nil, 1, 1, 0, 1, 0, 0), []specs.Classes{{0}, {1}}},
		"a group by name with rows of none": {conditions(t, 2, []string{"k=a", "k=b"}, 1, 0, 0, 0), []specs.Classes{{0}, {1}}},
	} {
		if got := specs.ClassesOf(c.c); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
