package specs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/numbers"
)

// FlowWeights returns the weights of flows, without the state of the optimiser and the random
// generator.
func FlowWeights(all fit.Snapshot) fit.Snapshot {
	own := fit.Snapshot{}
	for path, value := range all {
		for _, scope := range []string{FlowScope, LeftScope, RightScope} {
			if strings.HasPrefix(path, "/"+scope+"/") {
				own[path] = value
			}
		}
	}
	return own
}

// Rescoped returns the weights under one scope, moved to another.
func Rescoped(weights fit.Snapshot, from, to string) fit.Snapshot {
	moved := fit.Snapshot{}
	for path, value := range weights {
		if rest, ok := strings.CutPrefix(path, "/"+from+"/"); ok {
			moved["/"+to+"/"+rest] = value
		}
	}
	return moved
}

// Merged returns the values of all snapshots. If they share a path, the last one counts.
func Merged(all ...fit.Snapshot) fit.Snapshot {
	one := fit.Snapshot{}
	for _, values := range all {
		maps.Copy(one, values)
	}
	return one
}

// Digest returns a hash of the weights by name.
func Digest(weights fit.Snapshot) (string, error) {
	sum := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(weights)) {
		fmt.Fprintf(sum, "%q %s\n", path, weights[path].Shape())
		if err := weights[path].ConstBytes(func(b []byte) { sum.Write(b) }); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Freeze adds values to a store as variables that are not trained.
func Freeze(store *model.Store, values fit.Snapshot) error {
	// This is the order of the program's inputs. It must be the same in every process, or a program
	// on disk is not found again.
	for _, path := range slices.Sorted(maps.Keys(values)) {
		v, err := store.CreateVariable(path, values[path])
		if err != nil {
			return fmt.Errorf("f4f: %w", err)
		}
		v.SetTrainable(false)
	}
	return nil
}

// Scales returns the values of a density's scalings under a scope.
func (s Density) Scales(scope string, dtype dtypes.DType) fit.Snapshot {
	values := fit.Snapshot{}
	for what, scaler := range map[string]*data.Scaler{ofPoints: s.Scaler, ofConditions: s.Conditions} {
		if scaler == nil {
			continue
		}
		maps.Copy(values, scalesOf(*scaler, scalingOf(scaler, scope, what), dtype))
	}
	switch {
	case s.Known != nil:
		maps.Copy(values, s.Known.scales(scope, dtype))
	case s.Image != nil:
		maps.Copy(values, s.Image.Left.Scales(scope+"/"+LeftScope, dtype))
		maps.Copy(values, s.Image.Units.scales(scope+"/"+LeftScope, scope, dtype))
	}
	return values
}

// scalesOf returns the values of a scaling.
func scalesOf(scaler data.Scaler, s scaling, dtype dtypes.DType) fit.Snapshot {
	path := string(s) + "/"
	return fit.Snapshot{
		path + scalingMean:   numbers.Rounded(dtype, scaler.Mean, 1, len(scaler.Mean)),
		path + scalingStd:    numbers.Rounded(dtype, scaler.Std, 1, len(scaler.Std)),
		path + scalingLogDet: numbers.Rounded(dtype, []float64{scaler.LogDet()}, 1),
	}
}

// Scales returns the values of the scalings of a transport and its bases.
func (s Transport) Scales(dtype dtypes.DType) fit.Snapshot {
	return Merged(s.Left.Scales(LeftScope, dtype), s.Right.Scales(RightScope, dtype), s.Units.scales(LeftScope, RightScope, dtype))
}

// Zeros returns zeros in the shapes of a density's weights, under a scope.
func (s Density) Zeros(scope string, dtype dtypes.DType) (fit.Snapshot, error) {
	b, err := backend.Open(context.Background(), "go") // this backend compiles nothing
	if err != nil {
		return nil, err
	}
	store := model.NewStore()
	if err := Freeze(store, s.Scales(scope, dtype)); err != nil {
		return nil, err
	}
	err = engine.Trace(b.Backend, store, dtype, s.Dim, s.Condition, func(root *model.Scope, x, c *Node) []*Node {
		return []*Node{s.Normal(scope).AllWeights(root.At("%s", scope), x, c)}
	})
	if err != nil {
		return nil, err
	}
	weights := fit.Snapshot{}
	for v := range store.IterVariables() {
		weights[v.Path()] = tensors.FromShape(v.Shape())
	}
	return weights, nil
}
