package filelock

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func TestOneAtATime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	var inside, most, entered int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			unlock, err := Lock(t.Context(), file, func(string) {})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			inside++
			entered++
			most = max(most, inside)
			mu.Unlock()
			time.Sleep(5 * time.Millisecond)
			mu.Lock()
			inside--
			mu.Unlock()
			unlock()
		})
	}
	all.Wait()
	if most != 1 || entered != 8 {
		t.Errorf("%d were inside at once and %d at all, want 1 and 8", most, entered)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	unlock, err := Lock(t.Context(), file, func(string) { t.Error("nobody is to be waited for") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	waits := 0
	if _, err := Lock(ctx, file, func(string) { waits++ }); !errors.Is(err, context.DeadlineExceeded) || waits != 1 {
		t.Errorf("Lock = %v after %d calls of wait, want the context's error after one", err, waits)
	}
	unlock()
	if unlock, err = Lock(t.Context(), file, func(string) {}); err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestUnwritableFolderIsAnError(t *testing.T) {
	if _, err := Lock(t.Context(), filepath.Join(t.TempDir(), "none", "lock"), func(string) {}); err == nil {
		t.Error("a lock in no folder must fail")
	}
}
