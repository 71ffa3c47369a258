package export

import (
	"encoding/json"
	"fmt"
	"slices"
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
	return f.write(path, s.Name, s, all)
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
	return f.write(path, s.Name, s, all)
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

// write records functions and writes them to path atomically.
func (f Flow) write(path, name string, spec any, functions []onnx.Func) error {
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
	m.Metadata["plan"], m.Metadata["fingerprint"] = string(text), f.Fingerprint
	return atomicfile.Write(path, m.Encode())
}
