package f4f

import (
	"context"
	"sync"

	"github.com/flowsforflows/flows/f4f/fit"
)

type trainingKey struct{}

// onTraining returns a context in which begin is called once, when the first flow begins to train.
func onTraining(ctx context.Context, begin func()) context.Context {
	return context.WithValue(ctx, trainingKey{}, sync.OnceFunc(begin))
}

// trainingBegins calls the function set by onTraining, if there is one.
func trainingBegins(ctx context.Context) {
	if begin, ok := ctx.Value(trainingKey{}).(func()); ok {
		begin()
	}
}

// preparation is a compilation under way; the channel is closed when it ends. nil means none.
type preparation chan struct{}

// wait waits until the preparation or the context ends.
func (d preparation) wait(ctx context.Context) {
	if d == nil {
		return
	}
	select {
	case <-d:
	case <-ctx.Done():
	}
}

// prepare starts to run compile. Its errors are ignored: the training compiles again and returns
// them.
func prepare(compile func() error) preparation {
	done := make(preparation)
	go func() {
		defer close(done)
		_ = fit.Catch(func() { _ = compile() })
	}()
	return done
}
