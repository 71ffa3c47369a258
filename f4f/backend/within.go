package backend

import (
	"context"
	"fmt"
	"time"
)

// within calls f and waits for its result until the limit or the end of the context. After that f
// continues in the background.
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
