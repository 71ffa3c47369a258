"""Makes the notebooks that the command's tests run: python3 smoke.py

smoke.ipynb runs to its end; failing.ipynb stops at its second cell, which panics; uncompiled.ipynb at one that the compiler
refuses; endless.ipynb never ends by itself; knobs.ipynb loads and plots, and has a slider without and one with the kernel;
steps.ipynb prints numbers of steps.
"""

import json
import os

INTRO = ("markdown", "# Smoke\n\nDoes a notebook run at all? It must.")

MODULE = """// A cell imports this module.
import (
	"fmt"

	"github.com/flowsforflows/flows/data"
)

func columns(p data.Points) int { return p.Dim() }

%%
p, err := data.NewPoints(2, []float32{1, 2, 3, 4, 5, 6})
fmt.Println(columns(p), "columns", err)
"""

PICTURE = """// Another shows a picture.
import (
	"bytes"
	"image"
	"image/png"

	"github.com/janpfeifer/gonb/gonbui"
)

%%
var b bytes.Buffer
if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 4))); err != nil {
	panic(err)
}
gonbui.DisplayPNG(b.Bytes())
gonbui.Sync() // else the program may end before GoNB has taken the picture, which is then lost
"""

LATER = """// A third still has the function of the first.
%%
p, _ := data.NewPoints(3, []float32{1, 2, 3})
fmt.Println(columns(p), "columns")
"""

PANICS = """// This one goes wrong.
%%
panic("out of order")
"""

UNCOMPILED = """// This one is not Go.
%%
fmt.Println(undeclared)
"""

ENDLESS = """// This one does not end.
import "time"

%%
fmt.Println("waiting")
time.Sleep(time.Hour)
"""

STEPS = """// counted has the methods that a quick run looks for.
import "fmt"

type counted struct{}

func (counted) Steps(n int) int  { return n }
func (counted) Epochs(n int) int { return n }

%%
fmt.Println(counted{}.Steps(200_000), "of many")
fmt.Println(counted{}.Steps(100), "of few")
fmt.Println(counted{}.Epochs(30), "epoch")
"""

DECLARED = """import (
	"fmt"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	. "github.com/flowsforflows/flows/kernelext"
	"github.com/flowsforflows/flows/kernelext/plot"
)

var (
	moons  = f4f.Base(data.TwoMoons()).Samples(20_000).Epochs(2).LearningRate(3e-3)
	turned = data.Rotated(data.FourCircles(), 45)
)

// angles are n conditions from 0 to 45 degrees.
func angles(n int) []Condition {
	return Conditions("%.2f of 45°", Must(data.Line(data.Point(0), data.Point(1), n)))
}

// at draws four circles at an angle.
func at(c data.Points) (*plot.Figure, error) {
	x := Must(Must(turned.Given(c.Values())).Sample(5_000, 1))
	figure, err := plot.Points("four circles", x)
	if err == nil {
		figure.DPI = 80
	}
	return figure, err
}

%%
fmt.Println("declared")
"""

TRAINED = """%%
Fit(moons)
"""

LOADED = """%%
Show(Fit(moons))
"""

SLIDER = """%%
Slide("angle", Frames(angles(11), at)...)
"""

LIVE = """%%
SlideLive("angle", angles(46), at)
fmt.Println("ended")
"""

NOTEBOOKS = {
    "knobs": [DECLARED, TRAINED, LOADED, SLIDER, LIVE],
    "smoke": [INTRO, MODULE, PICTURE, LATER],
    "failing": [INTRO, MODULE, PANICS, LATER],
    "uncompiled": [MODULE, UNCOMPILED],
    "steps": [STEPS],
    "endless": [MODULE, ENDLESS],
}


def cell(number, what):
    kind, source = what if isinstance(what, tuple) else ("code", what)
    made = {"id": f"cell-{number}", "cell_type": kind, "metadata": {}, "source": source.rstrip().splitlines(keepends=True)}
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


for name, cells in NOTEBOOKS.items():
    notebook = {
        "cells": [cell(number, what) for number, what in enumerate(cells)],
        "metadata": {"kernelspec": {"display_name": "Go (gonb)", "language": "go", "name": "gonb"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".ipynb")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(notebook, file, indent=1)
        file.write("\n")
