package backend

import (
	"context"
	"fmt"
	"time"
)

// within waits for f no longer than a while or until the context ends; then f goes on by itself.
func within[T any](ctx context.Context, limit time.Duration, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var none T
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		return none, fmt.Errorf("no answer within %v", limit)
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
