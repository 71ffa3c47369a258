package cluster_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// costs are numbers of operations on files of the store, as a shared file system sees them: opening,
// closing, renaming and so on are one each, and so is all that is written into a file while it is
// open, or read from it.
type costs struct {
	begin      float64 // a task begins: it reads the list of tasks
	record     float64 // it writes its record
	look       float64 // it looks for its flow, a checkpoint and what a killed process left
	lock       float64 // it takes the lock and the lease of its flow, and gives both back
	beat       float64 // it signs its lease again
	checkpoint float64 // it writes a checkpoint
	keep       float64 // it writes its flow, and removes the checkpoint
	load       float64 // it reads a flow that is trained, to make sure of it and to use it
}

// traced counts what a task does: one that trains, and one that finds its flow trained. It skips the
// test without strace.
func traced(t *testing.T) costs {
	t.Helper()
	p := newPlace(t)
	if status, _ := p.does(t, "slow", "script"); status != 0 {
		t.Fatal("script failed")
	}
	trains := tracedCalls(t, p, "slow", "work", "0")
	finds := tracedCalls(t, p, "slow", "work", "0")
	count := func(calls []fileCall, name, kind string) (n float64) {
		for _, c := range calls {
			if strings.Contains(c.path, name) && strings.Contains(c.kind, kind) {
				n++
			}
		}
		return n
	}
	records, checkpoints, beats := count(trains, "/states/", "rename"), count(trains, "/.checkpoint", "rename"), count(trains, "/lock.owner", "fsync")
	if records < 3 || checkpoints != 1 || beats < 1 {
		t.Fatalf("the task must train for more than 15 s with one checkpoint, got %v records, %v checkpoints, and %v times that it signed its lease again: %v", records, checkpoints, beats, trains)
	}
	signed := signing(trains)
	const sync = 3 // the folder is opened, synced and closed after a file of it was renamed
	c := costs{
		begin:      count(trains, "/tasks.json", ""),
		record:     count(trains, "/states/", "") / records,
		lock:       count(trains, "/lock", "") - signed,
		beat:       signed / beats,
		checkpoint: count(trains, "/.checkpoint", "") + sync,
		keep:       count(trains, "/.flow", "") + sync + count(trains, "/checkpoint", "unlink"),
		load:       count(finds, "/flow.safetensors", ""),
	}
	c.look = float64(len(trains)) - c.begin - records*c.record - c.lock - beats*c.beat - c.checkpoint - c.keep
	return c
}

// tracedCalls runs a grid's program under strace, and returns its calls with files of the store.
func tracedCalls(t *testing.T, p place, grid string, args ...string) []fileCall {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("counting operations on files needs strace: apt-get install strace")
	}
	file := filepath.Join(t.TempDir(), "trace")
	c := p.program(t, grid, args...)
	c.Path, c.Args = strace, append([]string{"strace", "-f", "-y", "--seccomp-bpf", "-e", "trace=%file,%desc", "-o", file}, c.Args...)
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fileCalls(string(text), p.store)
}

// signing returns the number of calls with a lease after it was taken and before it was released.
func signing(calls []fileCall) float64 {
	var lease []string
	for _, c := range calls {
		if strings.HasSuffix(c.path, "/lock.owner") {
			lease = append(lease, c.kind)
		}
	}
	slices.Reverse(lease)
	released := slices.Index(lease, "openat") + 1
	slices.Reverse(lease)
	taken := slices.Index(lease, "close") + 1
	return float64(len(lease) - taken - released)
}

// fileCall is a call of the operating system with a file or folder.
type fileCall struct{ kind, path string }

// fileCalls returns the calls with what is below a folder, from the output of strace -y. It leaves out
// those that reach no server: positions, states of files that are open, and all but the first reading
// and writing of such a file.
func fileCalls(trace, below string) (calls []fileCall) {
	kindOf, pathOf := regexp.MustCompile(`^\d+ +(\w+)\(`), regexp.MustCompile(regexp.QuoteMeta(below)+`[^">]*`)
	used := map[fileCall]bool{}
	for line := range strings.Lines(trace) {
		kind, path := kindOf.FindStringSubmatch(line), pathOf.FindString(line)
		if kind == nil || path == "" { // the end of a call whose beginning was counted, or another file
			continue
		}
		c := fileCall{kind[1], path}
		switch c.kind {
		case "fcntl", "lseek", "epoll_ctl", "fstat", "fchmod", "mmap":
			continue
		case "read", "pread64", "write", "pwrite64":
			if used[c] {
				continue
			}
			used[c] = true
		case "close":
			clear(used)
		}
		calls = append(calls, c)
	}
	return calls
}
