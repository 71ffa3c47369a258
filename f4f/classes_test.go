package f4f_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
)

// A condition that is none of the classes of the training is told, and is an error under Strict;
// so are columns in another order than in the training. A file knows as much as the flow that was
// trained.
func TestConditionMustBeAClassOfTheTraining(t *testing.T) {
	rows := 64
	classes, mass := make([]string, rows), make([]float32, rows)
	for i := range mass {
		classes[i], mass[i] = []string{"ee", "mm", "tt"}[i%3], float32(i)
	}
	channel := must[data.Points](t)(data.OneHot("channel", classes))
	masses := must[data.Points](t)(must[data.Points](t)(data.NewPoints(1, mass)).WithColumnNames("mass"))
	x := sample(t, data.Ring(), rows, 1)
	table := must[*data.ConditionalTable](t)(data.FromPointsWithConditions("events", x, must[data.Points](t)(channel.HStack(masses))))
	trained := fitted(t, small(t, table).Batch(16).Epochs(1))
	path := t.TempDir() + "/flow.safetensors"
	if err := trained.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded := must[*f4f.Density](t)(f4f.LoadDensity(context.Background(), path))

	var said bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	defer slog.SetDefault(before)
	for name, d := range map[string]*f4f.Density{"trained": trained, "loaded": loaded} {
		one := must[data.Points](t)(x.Pick(0))
		for _, fits := range []data.Points{data.Point(1, 0, 0, 3), data.Point(0, 0, 1, 60)} {
			if _, err := d.Strict().At(fits).LogProb(one); err != nil {
				t.Errorf("%s: a condition of the training: %v", name, err)
			}
		}
		for _, beyond := range []data.Points{data.Point(0, 0, 0, 3), data.Point(1, 1, 0, 3), data.Point(0.5, 0.5, 0, 3)} {
			_, err := d.Strict().At(beyond).LogProb(one)
			if !errors.Is(err, f4f.ErrOutsideRange) || !strings.Contains(err.Error(), `"channel=mm"`) {
				t.Errorf("%s: strict, at %v: got the error %v", name, beyond.Values(), err)
			}
			said.Reset()
			if _, err := d.At(beyond).LogProb(one); err != nil || !strings.Contains(said.String(), "channel=mm") {
				t.Errorf("%s: at %v it was said %q, with the error %v", name, beyond.Values(), said.String(), err)
			}
		}
		swapped := must[data.Points](t)(data.Point(1, 0, 0, 3).WithColumnNames("channel=mm", "channel=ee", "channel=tt", "mass"))
		if _, err := d.At(swapped).LogProb(one); err == nil || !strings.Contains(err.Error(), "channel=ee") {
			t.Errorf("%s: conditions in another order give the error %v", name, err)
		}
	}
}
