package backend

import (
	"context"
	"log/slog"
	"sync"
)

// Progress tells how far the installation of XLA has come. It arrives a few times a second.
type Progress struct {
	Text        string // what goes on: "downloading XLA for the CPU"
	Done, Total int64  // bytes, both 0 where nothing is counted
}

type progressKey struct{}

// WithProgress gives a context under which Open and Install report to a function; nil has nothing
// reported. It is called from the goroutine that installs, or from one that it started, never from
// two at once. Under a context without WithProgress, what goes on is logged by log/slog, each text
// once.
func WithProgress(ctx context.Context, report func(Progress)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// logged are the texts that went to log/slog.
var logged sync.Map

func report(ctx context.Context, p Progress) {
	if f, ok := ctx.Value(progressKey{}).(func(Progress)); !ok {
		if _, before := logged.LoadOrStore(p.Text, true); !before {
			slog.InfoContext(ctx, "backend: "+p.Text)
		}
	} else if f != nil {
		f(p)
	}
}
