package fit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// sample is a state with something of everything.
func sample() *State {
	weights := Snapshot{
		"/flow/layer_0/weight": tensors.FromFlatDataAndDimensions([]float32{1, 2, 3, 4, 5, 6}, 2, 3),
		"/flow/scale":          tensors.FromFlatDataAndDimensions([]float64{math.Pi}, 1),
		"/global_step":         tensors.FromScalar(int64(7)),
		"/#rngState":           tensors.FromFlatDataAndDimensions([]uint64{1, 2, 3}, 3),
	}
	best := Snapshot{"/flow/scale": tensors.FromFlatDataAndDimensions([]float64{math.E}, 1)}
	return &State{
		Step: 3, Steps: 10, Losses: []float32{3, 2, float32(math.NaN())}, BestEpoch: 1, Seconds: 1.5, Rate: 2,
		Epochs: []EpochRecord{{Loss: 2.5, Validation: 2.25}}, Weights: weights, Best: best,
	}
}

func TestAStateReadsBackAsItWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.safetensors")
	want := sample()
	if err := WriteState(path, want, map[string]string{"plan": "a plan"}); err != nil {
		t.Fatal(err)
	}
	got, texts, err := ReadState(path)
	if err != nil {
		t.Fatal(err)
	}
	if texts["plan"] != "a plan" {
		t.Errorf("texts are %v", texts)
	}
	for name, value := range want.Weights {
		if !value.Equal(got.Weights[name]) {
			t.Errorf("%s is %v, want %v", name, got.Weights[name], value)
		}
	}
	if len(got.Weights) != len(want.Weights) || !want.Best["/flow/scale"].Equal(got.Best["/flow/scale"]) {
		t.Errorf("weights %v and best %v", got.Weights, got.Best)
	}
	if got.Losses[1] != 2 || !math.IsNaN(float64(got.Losses[2])) || !reflect.DeepEqual(got.Epochs, want.Epochs) {
		t.Errorf("losses %v, epochs %v", got.Losses, got.Epochs)
	}
	got.Weights, got.Best, got.Losses, want.Weights, want.Best, want.Losses = nil, nil, nil, nil, nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestATornFileIsCorruptWhereverItIsTorn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.safetensors")
	if err := WriteState(path, sample(), nil); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		if err := os.WriteFile(path, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadState(path); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("torn after %d of %d bytes: %v", n, len(whole), err)
		}
	}
	for i := range whole {
		altered := bytes.Clone(whole)
		altered[i] ^= 0x20
		// Some letters of a header can change and leave a header, but nothing may pass for the weights that were written.
		if weights, _, err := decode(bytes.NewReader(altered), int64(len(altered))); err == nil {
			for name, value := range sample().Weights {
				if got, ok := weights[name]; ok && !value.Equal(got) && got.Shape().Equal(value.Shape()) {
					t.Fatalf("with byte %d altered, %s reads as %v", i, name, got)
				}
			}
		}
	}
}

func TestAMissingFileIsToldFromADamagedOne(t *testing.T) {
	_, _, err := ReadFile(filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrCorrupt) {
		t.Errorf("the error is %v", err)
	}
}

func TestAFailedWriteLeavesTheOldFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "flow.safetensors")
	if err := WriteFile(path, Snapshot{"a": tensors.FromScalar(int64(1))}, nil); err != nil {
		t.Fatal(err)
	}
	bad := Snapshot{"a": tensors.FromScalar(true)} // the format has no such dtype here
	if err := WriteFile(path, bad, nil); err == nil {
		t.Error("a dtype that can't be written was")
	}
	if err := WriteFile(filepath.Join(folder, "no", "such", "folder"), Snapshot{}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("writing into a missing folder: %v", err)
	}
	weights, _, err := ReadFile(path)
	if err != nil || tensors.ToScalar[int64](weights["a"]) != 1 {
		t.Errorf("the old file reads as %v, %v", weights, err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("the folder holds %v, want the one file", left)
	}
}

// FuzzDecode: a hostile file is refused or read, and never panics.
func FuzzDecode(f *testing.F) {
	file := func(header string, body []byte) []byte {
		return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), body...)
	}
	f.Add(file(`{}`, nil))
	f.Add(file(`{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}`, make([]byte, 8)))
	f.Add(file(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}`, make([]byte, 8)))
	f.Add(file(`{"a":{"dtype":"F64","shape":[-1],"data_offsets":[8,0]}}`, make([]byte, 8)))
	f.Add(file(`{"__metadata__":{"run":"{\"Step\":-1}"}}`, nil))
	f.Add(binary.LittleEndian.AppendUint64(nil, math.MaxUint64))
	f.Fuzz(func(t *testing.T, content []byte) {
		weights, texts, err := decode(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return
		}
		total := 0
		for _, w := range weights {
			total += int(w.ByteSize())
		}
		if total > len(content) {
			t.Errorf("%d bytes of tensors from a file of %d", total, len(content))
		}
		_, _ = ParseState(texts[runText])
	})
}
