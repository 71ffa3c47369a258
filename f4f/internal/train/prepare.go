package train

import (
	"context"
	"sync"

	"github.com/flowsforflows/flows/f4f/internal/panics"
)

type trainingKey struct{}

// OnTraining returns a context in which begin is called once, when the first flow begins to train.
func OnTraining(ctx context.Context, begin func()) context.Context {
	return context.WithValue(ctx, trainingKey{}, sync.OnceFunc(begin))
}

// trainingBegins calls the function set by OnTraining, if there is one.
func trainingBegins(ctx context.Context) {
	if begin, ok := ctx.Value(trainingKey{}).(func()); ok {
		begin()
	}
}

// Preparation is a compilation under way; the channel is closed when it ends. nil means none.
type Preparation chan struct{}

// Wait waits until the preparation or the context ends.
func (d Preparation) Wait(ctx context.Context) {
	if d == nil {
		return
	}
	select {
	case <-d:
	case <-ctx.Done():
	}
}

// Prepare starts to run compile. Its errors are ignored: the training compiles again and returns
// them.
func Prepare(compile func() error) Preparation {
	done := make(Preparation)
	go func() {
		defer close(done)
		_ = panics.Catch(func() { _ = compile() })
	}()
	return done
}
