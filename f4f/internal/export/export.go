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
func Density(path string, s specs.Density, f Flow, named []string) error {
	about := map[string]string{}
	features(about, "", s)
	return f.export(path, s.Name, s, about, named, ofDensity, "a density", func(wanted map[string]bool) ([]onnx.Func, error) { return density(s, wanted) })
}

// Transport writes functions of a transport to an ONNX model at path, all if none is named.
func Transport(path string, s specs.Transport, relation *plan.Relation, f Flow, named []string) error {
	about := map[string]string{}
	tailBound(about, "", s.Architecture)
	features(about, "left_", s.Left)
	features(about, "right_", s.Right)
	return f.export(path, s.Name, s, about, named, ofTransport, "a transport", func(wanted map[string]bool) ([]onnx.Func, error) { return transport(s, relation, wanted) })
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

// export writes the functions that are named, or all of a kind of flow, to an ONNX model at path.
// about goes to the metadata besides the plan. If none is named and not all can be written, the
// error names those that can.
func (f Flow) export(path, name string, spec any, about map[string]string, named, all []string, kind string, functions func(wanted map[string]bool) ([]onnx.Func, error)) error {
	wanted, err := chosen(named, all, kind)
	if err != nil {
		return err
	}
	m, err := f.record(name, functions, wanted)
	if err != nil {
		if can := f.those(name, functions, all); len(named) == 0 && len(can) > 0 {
			err = fmt.Errorf("%w: name the functions that can be exported: %s", err, strings.Join(can, ", "))
		}
		return err
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	about["plan"], about["fingerprint"] = string(text), f.Fingerprint
	m.Metadata = about
	content := m.Encode()
	if len(content) > math.MaxInt32 {
		return fmt.Errorf("an ONNX model must have fewer than 2 GiB, the flow's has %d bytes: export fewer functions", len(content))
	}
	return atomicfile.Write(path, content)
}

// those returns, quoted, those of all functions that can be exported.
func (f Flow) those(name string, functions func(wanted map[string]bool) ([]onnx.Func, error), all []string) (can []string) {
	for _, one := range all {
		if _, err := f.record(name, functions, map[string]bool{one: true}); err == nil {
			can = append(can, strconv.Quote(one))
		}
	}
	return can
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

// record returns a model of the functions that are wanted.
func (f Flow) record(name string, functions func(wanted map[string]bool) ([]onnx.Func, error), wanted map[string]bool) (*onnx.Model, error) {
	of, err := functions(wanted)
	if err != nil {
		return nil, err
	}
	store := model.NewStore()
	defer store.Finalize()
	for at, w := range f.Weights {
		own, err := w.LocalClone()
		if err == nil {
			_, err = store.CreateVariable(at, own)
		}
		if err != nil {
			return nil, err
		}
	}
	return onnx.Record(name, f.DType, store, of...)
}
