package programs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f/internal/testenv"
)

// TestMain turns this test's own binary into another process that does something with a folder.
func TestMain(m *testing.M) { testenv.Main(m, processes) }

var processes = map[string]func(path string) error{
	"exercise": func(path string) error {
		f, err := Open(path, 500_000)
		if err != nil {
			return err
		}
		return exercise(f, os.Getpid(), 300)
	},
	"write": func(path string) error { // until it is killed
		f, err := Open(path, 2_000_000)
		for i := 0; err == nil; i++ {
			err = f.Put(numbered(i%10), large(i%10))
		}
		return err
	},
	"unprivileged": unprivileged,
}

// large is content that takes a while to write.
func large(i int) []byte { return bytes.Repeat(contents(i), 3) }

func TestSeveralProcessesShareAFolder(t *testing.T) {
	f := open(t, 500_000)
	others := []*exec.Cmd{testenv.Process("exercise", f.Path()), testenv.Process("exercise", f.Path())}
	outputs := make([]bytes.Buffer, len(others))
	for i, other := range others {
		other.Stdout, other.Stderr = &outputs[i], &outputs[i]
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if err := exercise(f, 1, 300); err != nil {
		t.Error(err)
	}
	for i, other := range others {
		if err := other.Wait(); err != nil {
			t.Errorf("%v: %s", err, &outputs[i])
		}
	}
}

func TestAProcessKilledWhileWritingDoesNoDamage(t *testing.T) {
	f := open(t, 2_000_000)
	half, whole := 0, 0
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	until := func(pattern string) {
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
			if found, _ := filepath.Glob(filepath.Join(f.Path(), pattern)); len(found) > 0 {
				return
			}
		}
		t.Fatalf("there must be a file %s", pattern)
	}
	for kill := range 50 {
		writer := testenv.Process("write", f.Path())
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		until("*" + suffix)
		time.Sleep(time.Duration(rng.Int64N(int64(30 * time.Millisecond))))
		if kill%2 == 1 {
			until("*" + aside + "*")
		}
		if err := writer.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = writer.Wait()
		for i := range 10 {
			switch p, err := f.Get(numbered(i)); {
			case err == nil && bytes.Equal(p, large(i)):
				whole++
			case !errors.Is(err, fs.ErrNotExist):
				t.Errorf("after kill %d, program %d: %d bytes, %v", kill, i, len(p), err)
			}
		}
		left := in(t, f)
		if slices.ContainsFunc(left, func(name string) bool { return strings.Contains(name, aside) }) {
			half++
		}
		for _, name := range left { // so that the next process begins as this one did
			if err := os.Remove(filepath.Join(f.Path(), name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("50 kills, %d of them while a file was written; %d programs were whole afterwards, none damaged", half, whole)
	if half == 0 || whole == 0 {
		t.Error("some kills must come while a file is written, and some programs be whole")
	}
}

func TestAFullDiskIsAnErrorThatLeavesNothing(t *testing.T) {
	put := func(t *testing.T, f *Folder, full error) {
		t.Helper()
		if err := f.Put(key, program); err != nil {
			t.Fatal(err)
		}
		if err := f.Put(numbered(1), make([]byte, 1<<20)); !errors.Is(err, full) || !strings.Contains(err.Error(), f.Path()) {
			t.Errorf("the error is %v", err)
		}
		if got, err := f.Get(key); err != nil || !bytes.Equal(got, program) {
			t.Errorf("what was there is %q, %v", got, err)
		}
		if found := in(t, f); len(found) != 1 {
			t.Errorf("left behind: %q", found)
		}
	}
	t.Run("a limit on the size of files", func(t *testing.T) {
		if os.Getenv("PROGRAMS_TEST_LIMITED") == "" { // the limit is the process', and go test keeps a log of its own in this one
			c := exec.Command("/proc/self/exe", "-test.run", "^TestAFullDiskIsAnErrorThatLeavesNothing$/^a_limit", "-test.v")
			c.Env = append(os.Environ(), "PROGRAMS_TEST_LIMITED=1")
			if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS: TestAFullDiskIsAnErrorThatLeavesNothing/a_limit") {
				t.Errorf("%v\n%s", err, out)
			}
			return
		}
		f := open(t, MaxBytes)
		testenv.LimitFiles(4096)
		defer testenv.LimitFiles(0)
		put(t, f, syscall.EFBIG)
	})
	t.Run("a small file system", func(t *testing.T) {
		f, err := Open(testenv.SmallDisk(t), MaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		put(t, f, syscall.ENOSPC)
	})
}

// unprivileged uses a folder that a superuser too may not write.
func unprivileged(path string) error {
	if err := testenv.DropPrivileges(); err != nil {
		return err
	}
	f, err := Open(path, MaxBytes)
	if err != nil {
		return err
	}
	if got, err := f.Get(key); err != nil || !bytes.Equal(got, program) {
		return fmt.Errorf("got %q, %v", got, err)
	}
	if got, err := f.Get(numbered(1)); !errors.Is(err, ErrDamaged) || got != nil {
		return fmt.Errorf("of the damaged one, got %q, %v", got, err)
	}
	if err := f.Put(numbered(2), program); !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("putting gives %v", err)
	}
	return nil
}

func TestAReadOnlyFolderStillGivesWhatItHas(t *testing.T) {
	f := open(t, MaxBytes)
	put(t, f, key, program, 0)
	put(t, f, numbered(1), program, 0)
	if err := os.Truncate(filepath.Join(f.Path(), numbered(1).String()+suffix), 10); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(f.Path(), 0o500); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(f.Path(), 0o700) }()
	if out, err := testenv.Process("unprivileged", f.Path()).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if found := in(t, f); len(found) != 2 {
		t.Errorf("there are the files %q", found)
	}
}
