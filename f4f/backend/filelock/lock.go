package filelock

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Lock waits for a file's lock, until the context ends, and calls wait once if somebody else has
// it, with who: "process 12 on atlas". Two goroutines of a process keep each other out as two
// processes do.
func Lock(ctx context.Context, path string, wait func(holder string)) (unlock func(), err error) {
	return here().lock(ctx, path, wait)
}

// machine is one that takes part.
type machine struct {
	host    string
	boot    string        // tells machines of one name apart, and a machine from itself before it was started again
	noFlock bool          // as on some file systems that machines share
	beat    time.Duration // between two signs of life
	lapse   time.Duration // without one, after which a holder counts as dead
	poll    time.Duration // between two looks whether the lock is free
}

func (m machine) lock(ctx context.Context, path string, wait func(holder string)) (unlock func(), err error) {
	waiting := false
	waits := func() {
		if !waiting {
			waiting = true
			wait(holder(path + leaseSuffix))
		}
	}
	giveBack, locked, err := m.flock(ctx, path, waits)
	if err == nil {
		var l *lease
		if l, err = m.lease(ctx, path+leaseSuffix, locked, waits); err == nil {
			return func() { l.end(); giveBack() }, nil
		}
		giveBack()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("filelock: %s: %w", path, err)
}

// flock waits for the operating system's lock, which a file system may lack.
func (m machine) flock(ctx context.Context, path string, waits func()) (unlock func(), locked bool, err error) {
	l := flock.New(path)
	if !m.noFlock {
		if locked, err = l.TryLock(); err == nil && !locked {
			waits()
			locked, err = l.TryLockContext(ctx, m.poll)
		}
	}
	unlock = func() { _ = l.Unlock() } // the file is closed either way, and the lock goes with it
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) {
		err = nil
	}
	return unlock, locked, err
}
