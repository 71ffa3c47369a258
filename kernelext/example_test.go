package kernelext_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/kernelext"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// plan stands for a plan that is trained already. Its result is the mean of a ring.
type plan struct{}

func (plan) Fit(context.Context) (data.Points, error) { return data.Point(0, 0), nil }

// Fit returns what the plan's own Fit returns. It shows progress in the notebook, or on standard
// error.
func ExampleFit() {
	var p kernelext.Plan[data.Points] = plan{}
	mean := kernelext.Fit(p)
	fmt.Println(mean.Row(0))
	// Output: [0 0]
}

// A Progress writes lines to any writer.
func ExampleProgress() {
	progress := kernelext.NewProgress(os.Stdout)
	defer progress.Stop()
	ctx := f4f.WithEvents(context.Background(), progress.Event)
	_ = ctx // for plan.Fit(ctx)
	progress.Event(fit.Event{Flow: "base ring", Step: 100, Steps: 100, Epoch: 2, Epochs: 2, Loss: 3.1, Validation: 3.05, Rate: 50, Done: true})
	// Output: base ring: trained for 2 epochs, 100 steps, loss 3.1000, validation 3.0500 nats, 50 steps/s
}

// OutsideFigure shows the points outside the true distribution at two angles, for a method that is
// right at one of them.
func ExampleOutsideFigure() {
	turned := data.Rotated(data.FourCircles(), 45)
	fixed := kernelext.Method{Name: "at 0°", To: func(data.Points) (data.Points, error) {
		truth, err := turned.Given([]float32{0})
		if err != nil {
			return data.Points{}, err
		}
		return truth.Sample(1000, 1)
	}}
	conditions := []kernelext.Condition{{Name: "0°", Value: data.Point(0)}, {Name: "45°", Value: data.Point(1)}}
	figure := kernelext.OutsideFigure(turned, conditions, fixed)
	fmt.Println(len(figure.Panels), "panels")
	// Output: 2 panels
}

// LossFigure draws the losses of any Trained, here of an invented training.
func ExampleLossFigure() {
	var ring kernelext.Trained = lossless{}
	fmt.Println(len(kernelext.LossFigure(ring).Panels), "panel")
	// Output: 1 panel
}

// lossless is a flow whose loss is 0 from the first step on.
type lossless struct{}

func (lossless) String() string            { return "ring" }
func (lossless) Losses() []float32         { return make([]float32, 100) }
func (lossless) Epochs() []fit.EpochRecord { return []fit.EpochRecord{{Loss: 0, Validation: 0}} }

// Show takes the results of a function that may fail. If there is an error, the cell ends with its
// message before anything is shown.
func ExampleShow() {
	kernelext.Show(f4f.Base(data.Ring()).Steps(100), 2.5)
	kernelext.Show(strconv.Atoi("12")) // 12 and no error
	// Output:
	// f4f.Base(ring).Steps(100)
	// 2.5
	// 12
}

// Show displays a picture that was made earlier. Outside a notebook it saves it to a folder.
func ExamplePNG() {
	folder := kernelext.Must(os.MkdirTemp("", "f4f-example-"))
	defer os.RemoveAll(folder)
	was := os.Getenv("F4F_FIGURES")
	os.Setenv("F4F_FIGURES", folder)
	defer os.Setenv("F4F_FIGURES", was)

	var drawn kernelext.PNG = kernelext.Must(kernelext.FigureOf(data.Point(0, 0)).PNG())
	kernelext.Show(drawn)
	fmt.Println(len(kernelext.Must(os.ReadDir(folder))), "picture")
	// Output: 1 picture
}

// A Table shows your own numbers: as HTML in a cell, as lines elsewhere.
func ExampleTable() {
	fmt.Print(kernelext.Table{
		Columns: []string{"map", "moved"},
		Rows:    [][]string{{"flow for flow", "0.52"}, {"base transfer", "1.31"}},
		Note:    "mean distance",
	})
	// Output:
	// map            moved
	// flow for flow   0.52
	// base transfer   1.31
	// mean distance
}

// A slider needs no kernel: it has a picture for each position.
func ExampleSlider() {
	angle := kernelext.Slider{Name: "angle"}
	for _, degrees := range []float32{0, 15, 30, 45} {
		x := kernelext.Must(data.Rotated(data.FourCircles(), 45).Given([]float32{degrees / 45}))
		figure := kernelext.Must(plot.Points("turned", kernelext.Must(x.Sample(500, 1))))
		angle.Frames = append(angle.Frames, kernelext.Frame{Name: fmt.Sprintf("%v°", degrees), Figure: figure})
	}
	page := kernelext.Must(angle.HTML()) // kernelext.Show(angle) puts it into the cell
	fmt.Println(len(angle.Frames), "frames, all of them in the page:", strings.Count(page, "data:image/png") >= len(angle.Frames))
	// Output: 4 frames, all of them in the page: true
}
