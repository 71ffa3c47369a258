package filelock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The machines of these tests are one process that uses several names, on a file system without
// flock or with one that each machine keeps for itself. So each has a lock file of its own, and
// they share the lease.

// named returns a machine without flock whose lease lapses after half a second instead of a minute.
func named(host string) machine {
	return machine{host: host, boot: "boot of " + host, noFlock: true, beat: 100 * time.Millisecond, lapse: 500 * time.Millisecond, poll: time.Millisecond}
}

func TestMachinesTakeTurns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	takeTurns(t, []string{"a", "b", "c", "d", "e", "f"}, 5, 5*time.Millisecond, func(host string) (func(), error) {
		return named(host).lock(t.Context(), file, func(string) {})
	})
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestALeaseIsHeldAsLongAsItsOwnerLives(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	unlock, err := named("atlas").lock(t.Context(), file, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond) // three times what it takes to count as dead
	defer cancel()
	var who string
	if _, err := named("borea").lock(ctx, file, func(holder string) { who = holder }); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("another machine got the lock: %v", err)
	}
	if !strings.Contains(who, "on atlas") {
		t.Errorf("the holder is told as %q", who)
	}
	if _, err := os.Stat(Lease(file)); err != nil {
		t.Error("the lock must be leased while it is held")
	}
	unlock()
	if _, err := os.Stat(Lease(file)); err == nil {
		t.Error("the lock must not be leased after that")
	}
	if unlock, err = named("borea").lock(t.Context(), file, func(string) { t.Error("nobody is to be waited for") }); err != nil {
		t.Fatal(err)
	}
	unlock()
}

// write writes a lease's file with that content and a time that long ago.
func write(t *testing.T, file string, content []byte, ago time.Duration) {
	t.Helper()
	if err := os.WriteFile(file+leaseSuffix, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file+leaseSuffix, time.Now(), time.Now().Add(-ago)); err != nil {
		t.Fatal(err)
	}
}

func TestADeadMachinesLeaseLapses(t *testing.T) {
	text := func(host, boot string) []byte {
		text, err := json.Marshal(owner{host, boot, 12, "token"})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	const second = time.Second
	for name, test := range map[string]struct {
		me      machine
		content []byte
		ago     time.Duration
		least   time.Duration // to wait
	}{
		"another machine, just now":                {named("atlas"), text("borea", "boot of borea"), 0, second / 2},
		"another machine, yesterday":               {named("atlas"), text("borea", "boot of borea"), 24 * time.Hour, 0},
		"this machine, just now, but not by flock": {named("atlas"), text("atlas", "boot of atlas"), 0, second / 2},
		"this machine, before it was started":      {here(), text(here().host, "another boot"), 2 * time.Minute, 0},
		"this machine, just now":                   {here(), text(here().host, here().boot), 0, 0},
		"torn while it was being written":          {here(), text("borea", "boot")[:5], 0, second},
		"empty, long ago":                          {here(), nil, time.Hour, 0},
		"of the future":                            {named("atlas"), text("borea", "boot of borea"), -second, second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "lock")
			write(t, file, test.content, test.ago)
			began := time.Now()
			unlock, err := test.me.lock(t.Context(), file, func(string) {})
			if err != nil {
				t.Fatal(err)
			}
			defer unlock()
			took := time.Since(began)
			if took < test.least { // whose lease has not lapsed may be alive
				t.Errorf("it took over after %v, want no sooner than after %v", took, test.least)
			}
			t.Logf("it took over after %v", took)
		})
	}
}

func TestOneOfMachinesTakesOverFromADeadOne(t *testing.T) {
	for range 20 {
		file := filepath.Join(t.TempDir(), "lock")
		write(t, file, []byte(`{"Host":"borea","Boot":"b","PID":12,"Token":"t"}`), time.Hour)
		takeTurns(t, []string{"a", "b", "c", "d"}, 1, 2*time.Millisecond, func(host string) (func(), error) {
			return named(host).lock(t.Context(), file, func(string) {})
		})
	}
}

// On a file system without locks the leases alone keep machines apart, also when many wait for one
// that has died.
func TestHundredsOfMachinesWithoutLocksTakeTurns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	write(t, file, []byte(`{"Host":"borea","Boot":"b","PID":12,"Token":"t"}`), time.Hour)
	hosts := make([]string, 200)
	for i := range hosts {
		hosts[i] = fmt.Sprint("node", i)
	}
	takeTurns(t, hosts, 1, time.Millisecond, func(host string) (func(), error) {
		m := named(host)
		m.poll, m.lapse = 20*time.Millisecond, time.Minute // none may count as dead because this machine is busy
		return m.lock(t.Context(), file, func(string) {})
	})
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAMachineThatSleptDoesNotDisturbItsSuccessor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	asleep := named("atlas")
	asleep.beat = time.Hour
	unlockFirst, err := asleep.lock(t.Context(), file, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := named("borea").lock(t.Context(), file, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	unlockFirst() // it wakes up, and gives back what it no longer has
	if who := holder(file + leaseSuffix); !strings.Contains(who, "on borea") {
		t.Errorf("the lock is held by %s", who)
	}
}
