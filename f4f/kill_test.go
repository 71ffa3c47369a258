package f4f_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestATrainingKilledAgainAndAgainEndsAsOneNeverStopped kills processes that fit a transport and
// its bases: at random moments, and every other time while a file is being written. It ends when
// the training does, and begins anew until there were enough kills. The long form kills a hundred
// times in Go's backend, and ten times in XLA, which compiles for most of each life:
//
//	go test ./f4f -run KilledAgain -long -v -timeout 1h
func TestATrainingKilledAgainAndAgainEndsAsOneNeverStopped(t *testing.T) {
	for _, test := range []struct {
		what        string
		short, long int // kills
		life        time.Duration
	}{
		{"transport in Go", 8, 100, 600 * time.Millisecond},
		{"transport in XLA", 0, 10, 8 * time.Second},
	} {
		kills := test.short
		if *long {
			kills = test.long
		}
		if kills == 0 {
			continue // compiling takes seconds each time
		}
		t.Run(test.what, func(t *testing.T) {
			whole := t.TempDir()
			began := time.Now()
			if out, err := child(test.what, whole).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			t.Logf("never stopped, it takes %v", time.Since(began))
			killed, writing, rounds := 0, 0, 0
			stages := map[int]int{} // kills by the number of flows that were trained by then
			rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
			for ; killed < kills; rounds++ {
				folder := t.TempDir()
				for ended := false; !ended; {
					life := time.Duration(rng.Int64N(int64(test.life)))
					if killed >= kills {
						life = time.Hour
					}
					ended = killOne(t, test.what, folder, life, killed%2 == 1)
					if ended {
						break
					}
					killed++
					if torn, _ := filepath.Glob(filepath.Join(folder, "*", ".*.safetensors.*")); len(torn) > 0 {
						writing++
					}
					flows, _ := filepath.Glob(filepath.Join(folder, "*", "flow.safetensors"))
					stages[len(flows)]++
				}
				if err := sameFlows(whole, folder, 3); err != nil {
					t.Fatalf("after %d kills: %v", killed, err)
				}
				if strange, _ := filepath.Glob(filepath.Join(folder, "*", "*.safetensors.*")); len(strange) > 0 {
					t.Errorf("set aside: %v", strange)
				}
				if torn, _ := filepath.Glob(filepath.Join(folder, "*", ".*.safetensors.*")); len(torn) > 0 {
					t.Errorf("left behind: %v", torn)
				}
			}
			t.Logf("%d kills, %d of them while a file was written; %v by the flows trained by then; %d trainings ended bit for bit as one never stopped", killed, writing, stages, rounds)
			if writing == 0 {
				t.Error("no kill came while a file was written")
			}
		})
	}
}

// killOne starts a process and kills it after a while, or at its next write after that. It reports
// whether the process ended by itself before.
func killOne(t *testing.T, what, folder string, life time.Duration, whileWriting bool) (ended bool) {
	t.Helper()
	c := child(what, folder)
	var said strings.Builder
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("%v: %s", err, &said)
		}
		return true
	case <-time.After(life):
	}
	for whileWriting {
		if torn, _ := filepath.Glob(filepath.Join(folder, "*", ".*.safetensors.*")); len(torn) > 0 {
			break
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("%v: %s", err, &said)
			}
			return true
		case <-time.After(200 * time.Microsecond): // less than a write takes, and the process has a processor
		}
	}
	if err := c.Process.Kill(); err != nil && err != os.ErrProcessDone {
		t.Fatal(err)
	}
	return <-done == nil
}
