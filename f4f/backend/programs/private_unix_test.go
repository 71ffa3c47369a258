//go:build unix

package programs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAFolderIsMadeForTheUserAlone(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	f := open(t, MaxBytes)
	put(t, f, key, program, 0)
	for path, want := range map[string]fs.FileMode{f.Path(): 0o700, filepath.Dir(f.Path()): 0o700, filepath.Join(f.Path(), key.String()+suffix): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has permissions %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
}

func TestAFolderThatOthersMayWriteToIsRefused(t *testing.T) {
	for mode, want := range map[os.FileMode]bool{0o700: true, 0o755: true, 0o500: true, 0o770: false, 0o707: false, 0o777 | os.ModeSticky: false} {
		path := t.TempDir()
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		f, err := Open(path, MaxBytes)
		if (err == nil) != want {
			t.Errorf("permissions %v: %v", mode, err)
		}
		if err == nil {
			f.Close()
		} else if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "chmod go-w") {
			t.Errorf("the error must name the folder and the remedy, got: %v", err)
		}
	}
	if _, err := Find(filepath.Join(t.TempDir(), "none"), MaxBytes); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("finding a folder that isn't there: %v", err)
	}
	if _, err := Open("/dev/null", MaxBytes); err == nil {
		t.Error("a folder must not be a file")
	}
}

// belongsToAnother gives a path to another user, or skips: it takes a superuser.
func belongsToAnother(t *testing.T, path string) {
	t.Helper()
	if err := os.Chown(path, os.Geteuid()+1, -1); err != nil {
		t.Skipf("only a superuser can give a file away: %v", err)
	}
}

func TestAnotherUsersFolderIsRefused(t *testing.T) {
	path := t.TempDir()
	if os.Geteuid() != 0 {
		path = "/" // which is the superuser's
	} else {
		belongsToAnother(t, path)
	}
	if _, err := Open(path, MaxBytes); err == nil || !strings.Contains(err.Error(), "belongs to user") {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatAnotherMayHaveWrittenIsSetAside(t *testing.T) {
	for name, expose := range map[string]func(t *testing.T, path string){
		"others may write to it": func(t *testing.T, path string) {
			if err := os.Chmod(path, 0o666); err != nil {
				t.Fatal(err)
			}
		},
		"it is another user's": belongsToAnother,
		"it is a pipe": func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, MaxBytes)
			put(t, f, key, program, 0)
			expose(t, filepath.Join(f.Path(), key.String()+suffix))
			if got, err := f.Get(key); !errors.Is(err, ErrDamaged) || got != nil {
				t.Errorf("got %q, %v", got, err)
			}
			if _, err := f.Get(key); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the next time: %v", err)
			}
		})
	}
}

func TestWhatIsPutInAFoldersPlaceLaterIsNotRead(t *testing.T) {
	f := open(t, MaxBytes)
	put(t, f, key, program, 0)
	if err := os.Rename(f.Path(), f.Path()+".moved"); err != nil {
		t.Fatal(err)
	}
	theirs, err := Open(f.Path(), MaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	put(t, theirs, key, []byte("something else"), 0)
	if got, err := f.Get(key); err != nil || string(got) != string(program) {
		t.Errorf("got %q, %v", got, err)
	}
}
