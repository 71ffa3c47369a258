package entry

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/flowsforflows/flows/f4f/backend/filelock"
	"github.com/flowsforflows/flows/f4f/fit"
)

const lockName = "lock"

func (e Entry) lock() string { return filepath.Join(e.Folder, lockName) }

// Lock waits until no other process, here or on another machine, trains this plan, and takes the
// lock. If it must wait, it calls wait once with the holder's name. The lock ends with the process
// that holds it, however that ends. If ctx ends first, the error wraps fit.ErrInterrupted.
func (e Entry) Lock(ctx context.Context, wait func(holder string)) (unlock func(), err error) {
	unlock, err = filelock.Lock(ctx, e.lock(), wait)
	switch {
	case err == nil:
		return unlock, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("f4f: %w while another process trains the same plan: %w", fit.ErrInterrupted, context.Cause(ctx))
	}
	return nil, fmt.Errorf("f4f: the store can't be locked: %w", err)
}

// IsLease reports whether a file of an entry's folder is the lease of its lock. Without one nobody
// holds the lock.
func IsLease(name string) bool { return name == filelock.Lease(lockName) }

// InUse reports whether a fit holds the entry's lock. It takes the lock, which writes files: call it
// only if there is a lease.
func (e Entry) InUse() bool {
	unlock, err := e.TryLock()
	if err != nil {
		return errors.Is(err, ErrInUse)
	}
	unlock()
	return false
}

// ErrInUse is returned by TryLock while a fit trains the plan.
var ErrInUse = errors.New("a fit is using it")

// TryLock takes the entry's lock, or returns ErrInUse if somebody holds it.
func (e Entry) TryLock() (unlock func(), err error) {
	ended, cancel := context.WithCancel(context.Background())
	cancel() // so that Lock doesn't wait
	unlock, err = filelock.Lock(ended, e.lock(), func(string) {})
	if errors.Is(err, context.Canceled) {
		err = ErrInUse
	}
	return unlock, err
}
