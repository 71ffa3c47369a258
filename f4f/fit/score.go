package fit

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// scoreRows is how many points are scored in one call.
const scoreRows = 4096

// scorer gives the mean of a problem's Score over held-out data, in chunks of one size, so that one program serves any amount of data.
type scorer struct {
	exec *model.Exec
}

func newScorer(backend compute.Backend, p Problem) (*scorer, error) {
	sets := len(p.Validation)
	if sets != len(p.Data) {
		return nil, fmt.Errorf("fit: %s: there must be one validation set for each of the %d data sets, got %d", p.Flow, len(p.Data), sets)
	}
	exec, err := model.NewExec(backend, p.Store, func(scope *model.Scope, inputs []*Node) *Node {
		batches := make([]*Node, sets)
		for i := range batches {
			batches[i] = batchOf(inputs[1+i], inputs[0])
		}
		return p.Score(scope, batches)
	})
	if err != nil {
		return nil, fmt.Errorf("fit: %s: %w", p.Flow, err)
	}
	return &scorer{exec: exec}, nil
}

func (s *scorer) finalize() { s.exec.Finalize() }

// score is the mean over as many rows as the shortest set has. The rest of the last chunk scores row 0, and is left out.
func (s *scorer) score(sets []*tensors.Tensor) (float64, error) {
	n := sets[0].Shape().Dim(0)
	for _, t := range sets[1:] {
		n = min(n, t.Shape().Dim(0))
	}
	sum := 0.0
	for from := 0; from < n; from += scoreRows {
		rows := make([]int32, scoreRows)
		kept := min(scoreRows, n-from)
		for i := range kept {
			rows[i] = int32(from + i)
		}
		inputs := []any{rows}
		for _, t := range sets {
			inputs = append(inputs, t)
		}
		outputs, err := s.exec.Call(inputs...)
		if err != nil {
			return 0, err
		}
		scores, err := floats(outputs[0])
		release(outputs)
		if err != nil {
			return 0, err
		}
		sum += mean(scores[:kept]) * float64(kept)
	}
	return sum / float64(n), nil
}
