package filelock

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Lock waits for a file's lock and returns a function that releases it. If somebody else holds the
// lock, it calls wait once with the holder: "process 12 on atlas". If ctx ends first, it returns
// the context's error. Two goroutines of one process exclude each other as two processes do.
func Lock(ctx context.Context, path string, wait func(holder string)) (unlock func(), err error) {
	return here().lock(ctx, path, wait)
}

// lock takes flock's lock and then the lease.
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

// pause returns the time until the next attempt to take a lock, after having waited for some time. A
// thousand machines may wait for one lock, and each attempt asks the server of the file system.
func (m machine) pause(waited time.Duration) time.Duration {
	return max(m.poll, min(waited/20, 100*m.poll))
}

// sleep waits for some time, or until ctx ends, and then returns its error.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// flock waits for the operating system's lock. locked is false if the file system doesn't support
// it.
func (m machine) flock(ctx context.Context, path string, waits func()) (unlock func(), locked bool, err error) {
	l := flock.New(path)
	for began := time.Now(); !m.noFlock; {
		if locked, err = l.TryLock(); err != nil || locked {
			break
		}
		waits()
		if err = sleep(ctx, m.pause(time.Since(began))); err != nil {
			break
		}
	}
	unlock = func() { _ = l.Unlock() } // it closes the file in any case, which releases the lock
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) {
		err = nil
	}
	return unlock, locked, err
}
