package filelock

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// takeTurns makes each name take a lock several times, all names at once, hold it for a while and
// release it. It fails the test if two hold it at the same time.
func takeTurns(t *testing.T, names []string, times int, hold time.Duration, lock func(name string) (unlock func(), err error)) {
	t.Helper()
	var inside, most, entered int
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			for range times {
				unlock, err := lock(name)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				inside++
				entered++
				most = max(most, inside)
				mu.Unlock()
				time.Sleep(hold)
				mu.Lock()
				inside--
				mu.Unlock()
				unlock()
			}
		})
	}
	all.Wait()
	if want := len(names) * times; most != 1 || entered != want {
		t.Errorf("%d were inside at once and %d at all, want 1 and %d", most, entered, want)
	}
}

func TestOneAtATime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	takeTurns(t, make([]string, 8), 1, 5*time.Millisecond, func(string) (func(), error) {
		return Lock(t.Context(), file, func(string) {})
	})
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

// A thousand machines may wait for one lock. The log says how often they ask in a second.
func TestWaitingMachinesAskLessAndLess(t *testing.T) {
	m := here()
	asked := 0
	for waited, next := time.Duration(0), time.Minute; waited < time.Hour; asked++ {
		pause := m.pause(waited)
		if pause < m.poll || pause > max(m.poll, waited/20) || pause > 10*time.Second {
			t.Fatalf("after %v it pauses for %v", waited, pause)
		}
		if waited >= next {
			t.Logf("after %v each of the machines has asked %d times, and a thousand ask %.0f times a second", next, asked, 1000/pause.Seconds())
			next *= 10
		}
		waited += pause
	}
}
