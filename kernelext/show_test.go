package kernelext

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/kernelext/plot"
)

func TestPointsSourcesAndFiguresHaveFigures(t *testing.T) {
	x, err := data.FourCircles().Sample(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	made, err := plot.Points("made before", x)
	if err != nil {
		t.Fatal(err)
	}
	for want, thing := range map[string]any{"points": x, "checkerboard": data.Checkerboard(), "made before": made} {
		f, err := FigureOf(thing)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		if len(f.Panels) != 1 || f.Panels[0].Title.Text != want {
			t.Errorf("the figure of %T has %d panels, the first called %q; want one, %q", thing, len(f.Panels), f.Panels[0].Title.Text, want)
		}
	}
	if f, err := FigureOf(made); err != nil || f != made {
		t.Errorf("the figure of a figure is %p, want %p itself (error %v)", f, made, err)
	}
}

func TestWhatHasNoFigureIsRefusedByItsType(t *testing.T) {
	for want, thing := range map[string]any{
		"int": 3, "<nil>": nil, "*plot.Figure": (*plot.Figure)(nil), "*f4f.Density": (*f4f.Density)(nil), "*f4f.Transport": (*f4f.Transport)(nil),
	} {
		if f, err := FigureOf(thing); f != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("FigureOf(%T) gives %v and the error %v, want one that names %s", thing, f, err, want)
		}
	}
}

func TestShowOutsideANotebookSaysWhatToDoInstead(t *testing.T) {
	t.Setenv(FiguresVariable, "")
	err := Show(data.FourCircles())
	if err == nil || !strings.Contains(err.Error(), "Save") || !strings.Contains(err.Error(), FiguresVariable) {
		t.Errorf("Show outside a notebook gives %v", err)
	}
}

func TestShowSavesFiguresWhereTheEnvironmentSays(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(FiguresVariable, folder)
	defer func(before int) { saved = before }(saved)
	saved = 0
	if err := Show(data.FourCircles(), data.Checkerboard()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"figure-1.png", "figure-2.png"} {
		file, err := os.Open(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.DecodeConfig(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		file.Close()
	}
	t.Setenv(FiguresVariable, filepath.Join(folder, "missing"))
	if err := Show(data.FourCircles()); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("showing into a missing folder gives %v, want an error that names it", err)
	}
}
