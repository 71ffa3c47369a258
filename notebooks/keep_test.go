package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put writes a notebook of a text and one cell of code, with outputs, and gives its file.
func put(t *testing.T, name, source, outputs string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	content := fmt.Sprintf(`{"cells":[{"cell_type":"markdown","metadata":{},"source":"# Title"},{"cell_type":"code","execution_count":3,"metadata":{},"outputs":[%s],"source":[%q]}],"metadata":{"kernelspec":{"name":"gonb"}},"nbformat":4,"nbformat_minor":5}`, outputs, source)
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// painted is a PNG of many colours, so large.
func painted(t *testing.T, width, height int) string {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			picture.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	var content bytes.Buffer
	if err := png.Encode(&content, picture); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(content.Bytes())
}

func TestOutputsAreKeptSmallAndWithoutWhatDiffersFromRunToRun(t *testing.T) {
	progress := `<div><b>base</b>: trained for 2 epochs, 100 steps, loss 3.1000, 950 steps/s</div><div class=\"f4f-live\"><svg>a\ncurve</svg></div><div>a note</div>`
	ran := put(t, "ran.ipynb", "Fit(base)", `{"output_type":"stream","name":"stdout","text":["it is in /tmp/flows-store-12/base/flow\n","bye"]},{"output_type":"display_data","metadata":{},"data":{"text/html":"`+progress+`"}},{"output_type":"display_data","metadata":{},"data":{"image/png":"`+painted(t, 1000, 300)+`"}}`)
	kept := put(t, "kept.ipynb", "Fit(base)", "")
	if err := keepOutputs(ran, kept); err != nil {
		t.Fatal(err)
	}
	nb, err := readNotebook(kept)
	if err != nil {
		t.Fatal(err)
	}
	if nb.Metadata.Ours.OutputsOf != nb.digest() {
		t.Error("the outputs are not said to be those of the cells")
	}
	outputs := nb.Cells[1].Outputs
	if len(outputs) != 3 {
		t.Fatalf("%d outputs are kept, want 3", len(outputs))
	}
	if got, want := string(outputs[1].Data["text/html"]), "<div><b>base</b>: trained for 2 epochs, 100 steps, loss 3.1000</div><div>a note</div>"; got != want {
		t.Errorf("progress is kept as %s, want %s", got, want)
	}
	content, _, err := outputs[2].picture()
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if _, few := picture.(*image.Paletted); !few || picture.Bounds() != image.Rect(0, 0, 800, 240) {
		t.Errorf("the picture is kept as %T of %v", picture, picture.Bounds())
	}
	text, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"execution_count": null`, `"name": "gonb"`, `"# Title"`, `"it is in …/base/flow\n"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the notebook lacks %s", want)
		}
	}
	if err := keepOutputs(ran, kept); err != nil {
		t.Fatal(err)
	}
	if again, _ := os.ReadFile(kept); !bytes.Equal(again, text) {
		t.Error("kept again, the notebook differs")
	}
}

func TestOutputsOfOtherCellsAreToldFromTheirOwn(t *testing.T) {
	ran, kept := put(t, "ran.ipynb", "Fit(base)", ""), put(t, "kept.ipynb", "Fit(base)", "")
	if err := keepOutputs(ran, kept); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, bytes.Replace(content, []byte("Fit(base)"), []byte("Fit(board)"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	nb, err := readNotebook(kept)
	if err != nil {
		t.Fatal(err)
	}
	if nb.Metadata.Ours.OutputsOf == nb.digest() {
		t.Error("an edited cell is not noticed")
	}
	if err := keepOutputs(ran, kept); err == nil || !strings.Contains(err.Error(), "edited while it ran") {
		t.Errorf("outputs of other cells are kept (%v)", err)
	}
	text := strings.Repeat("too much ", mostKept/9+1)
	if err := keepOutputs(put(t, "ran.ipynb", "x", `{"output_type":"stream","name":"stdout","text":"`+text+`"}`), put(t, "kept.ipynb", "x", "")); err == nil || !strings.Contains(err.Error(), "may be 400 kB") {
		t.Errorf("a notebook that is too large gives %v", err)
	}
}
