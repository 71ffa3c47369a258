package f4f_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
)

func init() { children["transport once compiled"] = transportOnceCompiled }

// transportOnceCompiled trains a transport, and its bases only once what its first step takes is compiled.
func transportOnceCompiled(store string) error {
	const all = 2 * 2 // steps and scores of the bases, which are of one shape, and of the transport
	programs := func() int {
		files, _ := filepath.Glob(filepath.Join(os.Getenv(backend.ProgramsEnv), "*.program"))
		return len(files)
	}
	ctx := f4f.WithEvents(context.Background(), func(e fit.Event) {
		for e.Step > 0 && programs() < 2 { // those of steps; scores are compiled after the first ones
			time.Sleep(10 * time.Millisecond)
		}
	})
	base := func(s data.Source) f4f.BasePlan {
		return f4f.Base(s).Layers(1).Hidden(4).Blocks(1).Bins(2).Points(500).Batch(10).Epochs(2).Validation(0.2).Backend("xla:cpu").Store(store)
	}
	_, err := f4f.Between(base(data.TwoMoons()), base(data.Ring())).
		Layers(1).Hidden(4).Blocks(1).Bins(2).Points(500).Batch(10).Epochs(2).Validation(0.2).Backend("xla:cpu").Store(store).Fit(ctx)
	if n := programs(); err == nil && n != all {
		err = fmt.Errorf("there are %d programs, want %d", n, all)
	}
	return err
}

// The child waits for ever where a transport is not compiled while its bases train.
func TestATransportIsCompiledWhileItsBasesTrain(t *testing.T) {
	c := child("transport once compiled", t.TempDir())
	c.Env = append(c.Env, backend.ProgramsEnv+"="+t.TempDir())
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Minute):
		c.Process.Kill()
		t.Fatal("it isn't compiled", <-ended)
	}
}
