package fit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// Names of the parts of a checkpoint file. Variables' paths begin with a slash, so they can't
// collide with these.
const (
	lossesName = "losses"
	bestPrefix = "best"
	keptPrefix = "kept" // and a number
	runText    = "run"
	digestText = "digest"
)

// stateJSON is the part of a State that isn't tensors.
type stateJSON struct {
	Step, Steps int
	Epochs      []epochJSON
	BestEpoch   int
	Seconds     float64
	Rate        float64
	Kept        []int `json:",omitempty"` // the steps of State.Kept
	// LossesAreBounds was not written by earlier versions.
	LossesAreBounds bool `json:",omitempty"`
}

// epochJSON is an EpochRecord in JSON, which has no NaN.
type epochJSON struct {
	Loss       float64
	Validation *float64 `json:",omitempty"`
}

// WriteState writes a State to a file that ReadState reads, together with texts of the caller's
// own. It returns an error if s is nil or the file can't be written.
func WriteState(path string, s *State, texts map[string]string) error {
	described, err := s.describe()
	if err != nil {
		return err
	}
	all := map[string]string{runText: described}
	for k, v := range texts {
		all[k] = v
	}
	weights := Snapshot{}
	for name, t := range s.Weights {
		weights[name] = t
	}
	for name, t := range s.Best {
		weights[bestPrefix+name] = t
	}
	for i, k := range s.Kept {
		for name, t := range k.Weights {
			if same := s.Weights[name]; same == nil || !t.Equal(same) { // frozen weights need no second copy
				weights[fmt.Sprint(keptPrefix, i, name)] = t
			}
		}
	}
	if len(s.Losses) > 0 {
		weights[lossesName] = tensors.FromFlatDataAndDimensions(s.Losses, len(s.Losses))
	}
	all[digestText] = digest(weights, all)
	return safetensors.Write(path, weights, all)
}

// digest returns the checksum of what the file's own checksum, which covers the tensors' bytes,
// leaves out: the names and shapes of tensors, and the texts.
func digest(weights Snapshot, texts map[string]string) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		fmt.Fprintf(sum, "%q %s\n", name, weights[name].Shape())
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if name != digestText && name != safetensors.ChecksumKey {
			fmt.Fprintf(sum, "%q %q\n", name, texts[name])
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// ReadState reads what WriteState wrote: the state, and all texts of the file. The error wraps
// ErrCorrupt if the file is damaged.
func ReadState(path string) (*State, map[string]string, error) {
	weights, texts, err := safetensors.Read(path)
	if err != nil {
		return nil, nil, err
	}
	if want, ok := texts[digestText]; ok && want != digest(weights, texts) {
		return nil, nil, fmt.Errorf("fit: reading %s: %w: its names, shapes or texts were altered", path, ErrCorrupt)
	}
	s, err := ParseState(texts[runText])
	if err != nil {
		return nil, nil, fmt.Errorf("fit: reading %s: %w", path, err)
	}
	s.Weights = Snapshot{}
	for name, t := range weights {
		switch best, isBest := strings.CutPrefix(name, bestPrefix+"/"); {
		case name == lossesName:
			if s.Losses, err = floats(t); err != nil {
				return nil, nil, err
			}
		case strings.HasPrefix(name, keptPrefix):
			if err := s.readKept(name, t); err != nil {
				return nil, nil, fmt.Errorf("fit: reading %s: %w", path, err)
			}
		case isBest:
			if s.Best == nil {
				s.Best = Snapshot{}
			}
			s.Best["/"+best] = t
		default:
			s.Weights[name] = t
		}
	}
	for _, k := range s.Kept {
		for name, t := range s.Weights {
			if k.Weights[name] == nil {
				k.Weights[name] = t
			}
		}
	}
	if len(s.Losses) != s.Step {
		return nil, nil, fmt.Errorf("fit: reading %s: %w: it has %d losses for %d steps", path, ErrCorrupt, len(s.Losses), s.Step)
	}
	return s, texts, nil
}

// readKept adds a tensor of a file to the values that the state kept.
func (s *State) readKept(name string, t *tensors.Tensor) error {
	for i, k := range s.Kept {
		if variable, ok := strings.CutPrefix(name, fmt.Sprint(keptPrefix, i)); ok && strings.HasPrefix(variable, "/") {
			k.Weights[variable] = t
			return nil
		}
	}
	return fmt.Errorf("%w: it has a tensor %s of a step that it doesn't name", ErrCorrupt, name)
}

// describe returns the part of a State that isn't tensors, as JSON. It returns an error if s is
// nil.
func (s *State) describe() (string, error) {
	if s == nil {
		return "", errors.New("fit: there must be a state to describe, got nil")
	}
	r := stateJSON{Step: s.Step, Steps: s.Steps, BestEpoch: s.BestEpoch, Seconds: s.Seconds, Rate: s.Rate, LossesAreBounds: s.LossesAreBounds}
	for _, k := range s.Kept {
		r.Kept = append(r.Kept, k.Step)
	}
	for _, e := range s.Epochs {
		t := epochJSON{Loss: e.Loss}
		if !math.IsNaN(e.Validation) {
			t.Validation = &e.Validation
		}
		r.Epochs = append(r.Epochs, t)
	}
	text, err := json.Marshal(r)
	return string(text), err
}

// ParseState returns a State without its tensors, from the text that WriteState wrote. The error
// wraps ErrCorrupt if the text can't be read or contradicts itself.
func ParseState(text string) (*State, error) {
	var r stateJSON
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, fmt.Errorf("%w: the progress of the run can't be read: %v", ErrCorrupt, err)
	}
	if r.Step < 0 || r.Steps < r.Step || r.BestEpoch < 0 || r.BestEpoch > len(r.Epochs) {
		return nil, fmt.Errorf("%w: it claims step %d of %d, best epoch %d of %d", ErrCorrupt, r.Step, r.Steps, r.BestEpoch, len(r.Epochs))
	}
	s := &State{Step: r.Step, Steps: r.Steps, BestEpoch: r.BestEpoch, Seconds: r.Seconds, Rate: r.Rate, LossesAreBounds: r.LossesAreBounds}
	if len(r.Kept) > maxKept {
		return nil, fmt.Errorf("%w: it claims to have kept %d steps, at most %d are", ErrCorrupt, len(r.Kept), maxKept)
	}
	for _, step := range r.Kept {
		if step < 1 || step > r.Step {
			return nil, fmt.Errorf("%w: it claims to have kept step %d of %d", ErrCorrupt, step, r.Step)
		}
		s.Kept = append(s.Kept, Kept{Step: step, Weights: Snapshot{}})
	}
	for _, e := range r.Epochs {
		record := EpochRecord{Loss: e.Loss, Validation: math.NaN()}
		if e.Validation != nil {
			record.Validation = *e.Validation
		}
		s.Epochs = append(s.Epochs, record)
	}
	return s, nil
}
