package backend

import (
	"context"
	"log/slog"
	"sync"
)

// Progress is the state of XLA's installation. It is reported a few times a second.
type Progress struct {
	Text        string // such as "downloading XLA for the CPU"
	Done, Total int64  // bytes; both are 0 if nothing is counted
}

type progressKey struct{}

// WithProgress returns a context under which Open and Install report their progress to a function;
// nil turns reports off. The function is called from the goroutine that installs, or from one that
// it started, but never from two at once. Without WithProgress the progress is logged by log/slog,
// each text once.
func WithProgress(ctx context.Context, report func(Progress)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// logged are the texts that were logged by log/slog.
var logged sync.Map

// report reports progress to the function of ctx, or logs it.
func report(ctx context.Context, p Progress) {
	if f, ok := ctx.Value(progressKey{}).(func(Progress)); !ok {
		if _, before := logged.LoadOrStore(p.Text, true); !before {
			slog.InfoContext(ctx, "backend: "+p.Text)
		}
	} else if f != nil {
		f(p)
	}
}
