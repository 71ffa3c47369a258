package f4f_test

import (
	"context"
	"errors"
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

// transportOnceCompiled trains a transport. Its bases start to train only when the transport's
// steps are compiled.
func transportOnceCompiled(store string) error {
	const all = 2 * 2 // steps and scores of the bases, which are of one shape, and of the transport
	programs := func() int {
		files, _ := filepath.Glob(filepath.Join(os.Getenv(backend.ProgramsEnv), "*.program"))
		return len(files)
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), 5*time.Minute, errors.New("the transport isn't compiled while its bases train"))
	defer cancel()
	told := f4f.WithEvents(ctx, func(e fit.Event) {
		// The programs of a base's steps and of the transport's. Scores come after first steps.
		for e.Step > 0 && programs() < 2 && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
	})
	base := func(s data.Source) f4f.BasePlan {
		return f4f.Base(s).Layers(1).Hidden(4).Blocks(1).Bins(2).Samples(500).Batch(10).Epochs(2).Validation(0.2).Backend("xla:cpu").Store(store)
	}
	_, err := f4f.Between(base(data.TwoMoons()), base(data.Ring())).
		Layers(1).Hidden(4).Blocks(1).Bins(2).Samples(500).Batch(10).Epochs(2).Validation(0.2).Backend("xla:cpu").Store(store).Fit(told)
	if n := programs(); err == nil && n != all {
		err = fmt.Errorf("there are %d programs, want %d", n, all)
	}
	return err
}

func TestATransportIsCompiledWhileItsBasesTrain(t *testing.T) {
	c := child("transport once compiled", t.TempDir())
	c.Env = append(c.Env, backend.ProgramsEnv+"="+t.TempDir())
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
