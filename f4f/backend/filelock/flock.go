package filelock

import (
	"context"
	"fmt"
	"time"

	"github.com/gofrs/flock"
)

// Lock waits for a file's lock, until the context ends, and calls wait once if somebody else has it. Two goroutines of a
// process keep each other out as two processes do.
func Lock(ctx context.Context, path string, wait func()) (unlock func(), err error) {
	l := flock.New(path)
	locked, err := l.TryLock()
	if err == nil && !locked {
		wait()
		_, err = l.TryLockContext(ctx, 100*time.Millisecond)
	}
	switch {
	case err == nil:
		return func() { _ = l.Unlock() }, nil // the file is closed either way, and the lock goes with it
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("filelock: %s: %w", path, err)
}
