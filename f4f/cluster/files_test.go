package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheMountOfAPathIsTheDeepestThatHoldsIt(t *testing.T) {
	const mounts = `/dev/sda1 / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
server:/home /home nfs4 rw 0 0
scratch@tcp:/fs /home/scratch lustre rw 0 0
server:/with\040space /with\040space nfs rw 0 0
/dev/sdb1 /over ext4 rw 0 0
overlay /over overlay rw 0 0
short
`
	for path, want := range map[string]string{
		"/": "ext4", "/etc/x": "ext4", "/tmp": "tmpfs", "/tmp/store": "tmpfs", "/tmpx": "ext4", "/home/me/store": "nfs4",
		"/home/scratch/store": "lustre", "/home/scratchy": "nfs4", "/with space/store": "nfs", "/over/x": "overlay",
	} {
		if _, kind := mountOf(mounts, path); kind != want {
			t.Errorf("%s must be on %s, got %q", path, want, kind)
		}
	}
}

func TestScriptsRefusePathsThatNoSchedulerQuotes(t *testing.T) {
	for path, ok := range map[string]bool{"/plain": true, "/with space/and #": true, `/quote"`: false, "/quote'": false, "/line\nend": false, "/$HOME": false, "/`ls`": false} {
		if _, err := (paths{path, "/run", "/store", "/here"}).quoted(); (err == nil) != ok {
			t.Errorf("%q: %v", path, err)
		} else if err != nil && !strings.Contains(err.Error(), "path") {
			t.Error(err)
		}
	}
}

func TestElementsShareTasksOut(t *testing.T) {
	for _, test := range []struct{ tasks, n, want, last int }{{0, 3, 0, 0}, {1, 3, 1, 1}, {6, 3, 2, 3}, {7, 3, 3, 1}} {
		got := elements(make([]int, test.tasks), test.n)
		if len(got) != test.want || test.want > 0 && len(got[test.want-1]) != test.last {
			t.Errorf("%d tasks by %d: %v", test.tasks, test.n, got)
		}
	}
}

// FuzzReadingARunsFolder holds whatever the files of a run's folder may contain to an error or a
// status.
func FuzzReadingARunsFolder(f *testing.F) {
	f.Add([]byte(`{"format":"flowsforflows-cluster/1","store":"s","tasks":[{"index":0,"name":"base a","fingerprint":"0123456789abcdef","alone":true},
		{"index":1,"name":"a → b","level":1,"fingerprint":"0123456789abcdee","bases":[0,7,-1]}]}`),
		[]byte(`[{"id":"7","level":0,"elements":[[0,1,5,-2]]}]`), []byte(`{"state":"training","step":3,"steps":7,"rate":1e-300,"at":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"format":"flowsforflows-cluster/1","tasks":[{}]}`), []byte(`{}`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, manifest, jobs, state []byte) {
		t.Setenv("PATH", "") // Slurm isn't asked
		folder := t.TempDir()
		if err := os.Mkdir(statesFolder(folder), 0o755); err != nil {
			t.Fatal(err)
		}
		for path, content := range map[string][]byte{manifestFile(folder): manifest, jobsFile(folder): jobs, filepath.Join(statesFolder(folder), "0.json"): state} {
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Read(t.Context(), folder)
		if err == nil && s.text(true) == "" {
			t.Error("a status must have a text")
		}
	})
}
