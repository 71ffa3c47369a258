package fit

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// scoreRows is the number of points that are scored in one call.
const scoreRows = 4096

// scorer computes the mean of a problem's Score over held-out data. It works in chunks of one size,
// so that one program serves any amount of data.
type scorer struct {
	exec   *model.Exec
	flows  int
	window int // sets with more rows than this stay on the host, except for the chunk that is scored; 0 for no limit
}

func newScorer(backend compute.Backend, p Problem, window int) (*scorer, error) {
	sets := len(p.Validation)
	if sets != len(p.Data) {
		return nil, fmt.Errorf("fit: %s: there must be one validation set for each of the %d data sets, got %d", p.Flow, len(p.Data), sets)
	}
	score := p.Score
	exec, err := model.NewExec(backend, p.Store, func(scope *model.Scope, inputs []*Node) *Node {
		batches := make([]*Node, sets)
		for i := range batches {
			batches[i] = batchOf(inputs[1+i], inputs[0])
		}
		return score(scope, batches)
	})
	if err != nil {
		return nil, fmt.Errorf("fit: %s: %w", p.Flow, err)
	}
	return &scorer{exec: exec, flows: p.flows(), window: window}, nil
}

func (s *scorer) finalize() { s.exec.Finalize() }

// compile compiles the program that scores sets of these shapes, ahead of its first call.
func (s *scorer) compile(sets []*tensors.Tensor) error {
	streamed := s.streamed(sets)
	inputs := []shapes.Shape{shapes.Make(dtypes.Int32, s.flows*scoreRows)} // as in chunk
	for _, t := range sets {
		shape := t.Shape().Clone()
		if streamed {
			shape.Dimensions[0] = s.flows * scoreRows
		}
		inputs = append(inputs, shape)
	}
	_, err := s.exec.Compile(inputs...)
	return err
}

// streamed reports whether the sets stay on the host, except for the chunk that is scored.
func (s *scorer) streamed(sets []*tensors.Tensor) bool {
	longest := 0
	for _, t := range sets {
		longest = max(longest, t.Shape().Dim(0))
	}
	return s.window > 0 && longest > s.window
}

// heldOut returns the number of rows that are scored: that of the shortest set.
func heldOut(sets []*tensors.Tensor) int {
	n := sets[0].Shape().Dim(0)
	for _, t := range sets {
		n = min(n, t.Shape().Dim(0))
	}
	return n
}

// score returns the mean over the first n rows of the sets; for several flows at once, that of each
// flow over its n rows. The last chunk is filled up with row 0, whose scores are left out.
func (s *scorer) score(sets []*tensors.Tensor, n int) ([]float64, error) {
	streamed := s.streamed(sets)
	sums := make([]float64, s.flows)
	for from := 0; from < n; from += scoreRows {
		rows := make([]int32, s.flows*scoreRows)
		count := min(scoreRows, n-from)
		for i := range rows {
			rows[i] = int32(i / scoreRows * n)
			if at := i % scoreRows; at < count {
				rows[i] += int32(from + at)
			}
		}
		outputs, err := s.chunk(rows, sets, streamed)
		if err != nil {
			return nil, err
		}
		scores, err := floats(outputs[0])
		release(outputs)
		if err != nil {
			return nil, err
		}
		for k := range sums {
			sums[k] += mean(scores[k*scoreRows:][:count]) * float64(count)
		}
	}
	for k := range sums {
		sums[k] /= float64(n)
	}
	return sums, nil
}

// chunk scores rows of the sets. If the sets are streamed, only these rows are sent to the device.
func (s *scorer) chunk(rows []int32, sets []*tensors.Tensor, streamed bool) ([]*tensors.Tensor, error) {
	order := rows
	if streamed {
		var sent []*tensors.Tensor
		defer func() { release(sent) }()
		for _, t := range sets {
			t, err := gathered(t, rows, len(rows))
			if err != nil {
				return nil, err
			}
			sent = append(sent, t)
		}
		sets, order = sent, ascending(len(rows))
	}
	inputs := []any{order}
	for _, t := range sets {
		inputs = append(inputs, t)
	}
	return s.exec.Call(inputs...)
}
