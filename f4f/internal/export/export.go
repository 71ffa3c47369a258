package export

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/onnx"
	"github.com/flowsforflows/flows/f4f/internal/specs"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Flow is a trained flow to export.
type Flow struct {
	Weights     fit.Snapshot
	DType       dtypes.DType // of the weights
	Fingerprint string
}

// Density writes functions of a density to an ONNX model at path, all if none is named.
func Density(path string, s specs.Density, f Flow, functions []string) error {
	wanted, err := chosen(functions, ofDensity, "a density")
	if err != nil {
		return err
	}
	all, err := density(s, wanted)
	if err != nil {
		return err
	}
	about := map[string]string{}
	features(about, "", s)
	return f.write(path, s.Name, s, about, all)
}

// Transport writes functions of a transport to an ONNX model at path, all if none is named.
func Transport(path string, s specs.Transport, relation *plan.Relation, f Flow, functions []string) error {
	wanted, err := chosen(functions, ofTransport, "a transport")
	if err != nil {
		return err
	}
	all, err := transport(s, relation, wanted)
	if err != nil {
		return err
	}
	about := map[string]string{}
	tailBound(about, "", s.Architecture)
	features(about, "left_", s.Left)
	features(about, "right_", s.Right)
	return f.write(path, s.Name, s, about, all)
}

// features adds to a model's metadata what programs that don't read the plan's JSON may ask of the
// features of a density.
func features(about map[string]string, side string, s specs.Density) {
	tailBound(about, side, s.Architecture)
	for key, names := range map[string][]string{"columns": s.Columns, "condition_columns": s.ConditionColumns} {
		if len(names) > 0 {
			about[side+key] = strings.Join(names, "\n")
		}
	}
}

// tailBound adds the tail bound of an architecture, unless the flow has none of its own.
func tailBound(about map[string]string, side string, a plan.Architecture) {
	if a.TailBound > 0 {
		about[side+"tail_bound"] = strconv.FormatFloat(a.TailBound, 'g', -1, 64)
	}
}

// chosen returns the functions that are wanted: those named, or all of a kind of flow.
func chosen(functions, all []string, kind string) (map[string]bool, error) {
	if len(functions) == 0 {
		functions = all
	}
	wanted := map[string]bool{}
	for _, f := range functions {
		if !slices.Contains(all, f) {
			return nil, fmt.Errorf("%s has the functions %s, got %q", kind, strings.Join(all, ", "), f)
		}
		wanted[f] = true
	}
	return wanted, nil
}

// write records functions and writes them to path atomically. about goes to the metadata besides the
// plan.
func (f Flow) write(path, name string, spec any, about map[string]string, functions []onnx.Func) error {
	store := model.NewStore()
	defer store.Finalize()
	for at, w := range f.Weights {
		own, err := w.LocalClone()
		if err == nil {
			_, err = store.CreateVariable(at, own)
		}
		if err != nil {
			return err
		}
	}
	m, err := onnx.Record(name, f.DType, store, functions...)
	if err != nil {
		return err
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	m.Metadata = about
	m.Metadata["plan"], m.Metadata["fingerprint"] = string(text), f.Fingerprint
	content := m.Encode()
	if len(content) > math.MaxInt32 {
		return fmt.Errorf("an ONNX model must have fewer than 2 GiB, the flow's has %d bytes: export fewer functions", len(content))
	}
	return atomicfile.Write(path, content)
}
