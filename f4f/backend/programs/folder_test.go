package programs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// open opens a new folder that holds at most so many bytes.
func open(t testing.TB, most int64) *Folder {
	t.Helper()
	f, err := Open(filepath.Join(t.TempDir(), "cache", "programs"), most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// put keeps a program, and makes it unused for so long.
func put(t testing.TB, f *Folder, key Key, program []byte, unused time.Duration) {
	t.Helper()
	if err := f.Put(key, program); err != nil {
		t.Fatal(err)
	}
	age(t, filepath.Join(f.Path(), key.String()+suffix), unused)
}

func age(t testing.TB, path string, unused time.Duration) {
	t.Helper()
	then := time.Now().Add(-unused)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

// in lists a folder's files by name.
func in(t testing.TB, f *Folder) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(f.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func numbered(i int) Key { return KeyOf(fmt.Append(nil, i)) }

func TestWhatIsPutCanBeGotAgain(t *testing.T) {
	f := open(t, MaxBytes)
	if got, err := f.Get(key); !errors.Is(err, fs.ErrNotExist) || got != nil {
		t.Errorf("before: got %q, %v", got, err)
	}
	for _, p := range [][]byte{program, []byte("another"), {}} { // the later ones replace it
		put(t, f, key, p, 0)
		if got, err := f.Get(key); err != nil || !bytes.Equal(got, p) {
			t.Errorf("got %q, %v, want %q", got, err, p)
		}
	}
	other, err := Open(f.Path(), MaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Get(key); err != nil {
		t.Errorf("opened again: %v", err)
	}
	if found := in(t, f); len(found) != 1 {
		t.Errorf("one program is in the files %q", found)
	}
}

func TestADamagedFileIsSetAsideUntilTheNextPut(t *testing.T) {
	whole := encode(key, program)
	for name, damage := range map[string]func(path string) error{
		"torn":          func(path string) error { return os.Truncate(path, 50) },
		"empty":         func(path string) error { return os.Truncate(path, 0) },
		"another key's": func(path string) error { return os.WriteFile(path, encode(numbered(1), program), 0o600) },
		"altered": func(path string) error {
			return os.WriteFile(path, append(whole[:len(whole)-1:len(whole)-1], '!'), 0o600)
		},
		"longer than 2G": func(path string) error { return os.Truncate(path, MaxBytes+1) }, // without the disk for it
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, 2*MaxBytes)
			put(t, f, key, program, 0)
			if err := damage(filepath.Join(f.Path(), key.String()+suffix)); err != nil {
				t.Fatal(err)
			}
			if got, err := f.Get(key); !errors.Is(err, ErrDamaged) || got != nil {
				t.Errorf("got %q, %v", got, err)
			}
			if got, want := in(t, f), []string{key.String() + damaged}; !slices.Equal(got, want) {
				t.Errorf("there are the files %q, want %q", got, want)
			}
			if _, err := f.Get(key); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the next time: %v", err)
			}
			put(t, f, key, program, 0)
			if got, err := f.Get(key); err != nil || !bytes.Equal(got, program) {
				t.Errorf("after another Put: got %q, %v", got, err)
			}
			if u, err := f.Size(); err != nil || u.Programs != 1 {
				t.Errorf("the size is %+v, %v", u, err)
			}
		})
	}
}

func TestNothingButAFileIsRead(t *testing.T) {
	f := open(t, MaxBytes)
	path := filepath.Join(f.Path(), key.String()+suffix)
	elsewhere := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(elsewhere, encode(key, program), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, put := range map[string]func() error{
		"a folder":         func() error { return os.Mkdir(path, 0o700) },
		"a link out of it": func() error { return os.Symlink(elsewhere, path) },
	} {
		if err := put(); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Get(key); !errors.Is(err, ErrDamaged) || got != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if err := os.RemoveAll(filepath.Join(f.Path(), key.String()+damaged)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheLeastRecentlyUsedGoFirst(t *testing.T) {
	f := open(t, 3*int64(headerSize+1000)) // three of them
	for i := range 3 {
		put(t, f, numbered(i), make([]byte, 1000), time.Duration(10-i)*time.Hour)
	}
	if _, err := f.Get(numbered(0)); err != nil { // now it is the one used last
		t.Fatal(err)
	}
	put(t, f, numbered(3), make([]byte, 1000), 0)
	for i, want := range []bool{true, false, true, true} {
		if _, err := f.Get(numbered(i)); (err == nil) != want {
			t.Errorf("program %d is there: %v, want %v", i, err == nil, want)
		}
	}
	// A program that was set aside is removed in its turn as well.
	age(t, filepath.Join(f.Path(), numbered(2).String()+suffix), time.Hour)
	if err := f.SetAside(numbered(2)); err != nil {
		t.Fatal(err)
	}
	put(t, f, numbered(4), make([]byte, 1000), 0)
	if u, err := f.Size(); err != nil || u != (Usage{3, 3 * int64(headerSize+1000)}) {
		t.Errorf("the folder holds %+v, %v", u, err)
	}
	gone, err := f.Prune(0)
	if u, _ := f.Size(); err != nil || gone.Programs != 3 || u != (Usage{}) {
		t.Errorf("pruned to nothing, %+v went and %+v is left, %v", gone, u, err)
	}
}

func TestClearRemovesWhatWasLongUnused(t *testing.T) {
	f := open(t, MaxBytes)
	for i := range 4 {
		put(t, f, numbered(i), program, time.Duration(i)*24*time.Hour)
	}
	for _, row := range []struct {
		unused    time.Duration
		dry       bool
		gone, now int
	}{
		{36 * time.Hour, true, 2, 4},
		{36 * time.Hour, false, 2, 2},
		{36 * time.Hour, false, 0, 2},
		{0, true, 2, 2},
		{0, false, 2, 0},
	} {
		gone, err := f.Clear(row.unused, row.dry)
		if u, _ := f.Size(); err != nil || gone.Programs != row.gone || gone.Bytes != int64(row.gone*(headerSize+len(program))) || u.Programs != row.now {
			t.Errorf("%+v: %+v went, %+v is left, %v", row, gone, u, err)
		}
	}
}

func TestOnlyTheFoldersOwnFilesAreRemoved(t *testing.T) {
	f := open(t, 1)
	mine := []string{"writing-a-thesis", "notes.program", "a.damaged", strings.Repeat("g", 64) + suffix, key.String() + aside + "mine", key.String() + ".program.bak"}
	for _, name := range mine {
		path := filepath.Join(f.Path(), name)
		if err := os.WriteFile(path, []byte("of somebody's own"), 0o600); err != nil {
			t.Fatal(err)
		}
		age(t, path, 1000*time.Hour)
	}
	if err := f.Put(key, program); err != nil { // which removes it at once, for the folder may hold a byte
		t.Fatal(err)
	}
	if _, err := f.Clear(0, false); err != nil {
		t.Fatal(err)
	}
	slices.Sort(mine)
	if got := in(t, f); !slices.Equal(got, mine) {
		t.Errorf("there are %q, want %q", got, mine)
	}
}

func TestWhatAKilledProcessWasWritingGoesAfterAnHour(t *testing.T) {
	f := open(t, MaxBytes)
	half := func(letter string) string { return key.String() + aside + strings.Repeat(letter, 26) }
	for name, unused := range map[string]time.Duration{half("A"): 2 * time.Hour, half("B"): 50 * time.Minute} {
		path := filepath.Join(f.Path(), name)
		if err := os.WriteFile(path, encode(key, program)[:60], 0o600); err != nil {
			t.Fatal(err)
		}
		age(t, path, unused)
	}
	put(t, f, numbered(1), program, 0)
	want := []string{half("B"), numbered(1).String() + suffix}
	slices.Sort(want)
	if got := in(t, f); !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
	if _, err := f.Clear(0, false); err != nil {
		t.Fatal(err)
	}
	if got := in(t, f); !slices.Equal(got, []string{half("B")}) { // somebody may be writing it
		t.Errorf("there are %q", got)
	}
}

// contents are programs of several lengths, each known by its key.
func contents(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 100_000+i) }

// exercise puts and gets programs at random, and returns an error if one isn't as it was put.
func exercise(f *Folder, seed, times int) error {
	for n := range times {
		i := (n*7 + seed*3) % 10
		if n%3 == 0 {
			if err := f.Put(numbered(i), contents(i)); err != nil {
				return err
			}
		}
		got, err := f.Get(numbered(i))
		if err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(got, contents(i)) {
			return fmt.Errorf("program %d: %d bytes, %w", i, len(got), err)
		}
		if n%50 == 0 {
			if _, err := f.Clear(time.Nanosecond, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestSeveralGoroutinesShareAFolder(t *testing.T) {
	f := open(t, 500_000) // five programs: some go all the time
	var all sync.WaitGroup
	for seed := range 8 {
		all.Go(func() {
			if err := exercise(f, seed, 200); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if u, err := f.Size(); err != nil || u.Bytes > 510_000 {
		t.Errorf("the folder holds %+v, %v", u, err)
	}
	if left := in(t, f); slices.ContainsFunc(left, func(name string) bool { return strings.Contains(name, aside) || strings.Contains(name, damaged) }) {
		t.Errorf("left behind: %q", left)
	}
}
