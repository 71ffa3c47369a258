package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/f4f/backend/filelock"
	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// manifestFormat identifies this version of the files of a run's folder.
const manifestFormat = "flowsforflows-cluster/1"

// manifest is the file tasks.json of a run's folder. It is the same whenever the same plans are
// submitted, so that tasks of an earlier submission keep their numbers.
type manifest struct {
	Format string `json:"format"`
	Store  string `json:"store"`
	CPU    string `json:"cpu"` // of the machine that submitted
	Tasks  []task `json:"tasks"`
}

// job is an array job that was submitted.
type job struct {
	ID       string   `json:"id"`
	Level    int      `json:"level"`
	Elements [][]int  `json:"elements"` // the tasks of each element of the array
	Flags    []string `json:"flags,omitempty"`
}

// The files of a run's folder.
func manifestFile(folder string) string { return filepath.Join(folder, "tasks.json") }
func jobsFile(folder string) string     { return filepath.Join(folder, "jobs.json") }
func logsFolder(folder string) string   { return filepath.Join(folder, "logs") }
func statesFolder(folder string) string { return filepath.Join(folder, "states") }

// prepare makes the run's folder of a grid: the list of its tasks and a copy of this program, whose
// path it returns.
func (g *grid) prepare() (program string, err error) {
	folder := g.folder()
	for _, sub := range []string{logsFolder(folder), statesFolder(folder)} {
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return "", fmt.Errorf("cluster: the folder of the run can't be made in the store: %w", err)
		}
	}
	if err := writeJSON(manifestFile(folder), manifest{manifestFormat, g.store, machine.This().CPU, g.tasks}); err != nil {
		return "", err
	}
	return copyProgram(folder)
}

// copyProgram copies this program into a folder, under a name that says its content: tasks that run
// already keep the program that they were sent with.
func copyProgram(folder string) (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("cluster: the program's own file isn't known: %w", err)
	}
	content, err := os.ReadFile(own)
	if err != nil {
		return "", fmt.Errorf("cluster: the program can't be copied: %w", err)
	}
	sum := sha256.Sum256(content)
	path := filepath.Join(folder, "program-"+hex.EncodeToString(sum[:6]))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err = atomicfile.Write(path, content); err == nil {
		err = os.Chmod(path, 0o755)
	}
	if err != nil {
		return "", fmt.Errorf("cluster: the program can't be copied: %w", err)
	}
	return path, nil
}

// lock waits until no other process submits the grid. It calls wait if it must.
func (g *grid) lock(ctx context.Context, wait func(holder string)) (unlock func(), err error) {
	if err := os.MkdirAll(g.folder(), 0o755); err != nil {
		return nil, fmt.Errorf("cluster: the folder of the run can't be made in the store: %w", err)
	}
	unlock, err = filelock.Lock(ctx, filepath.Join(g.folder(), "lock"), wait)
	if err != nil {
		return nil, fmt.Errorf("cluster: the run's folder can't be locked: %w", err)
	}
	return unlock, nil
}

// readManifest reads the list of tasks of a run's folder.
func readManifest(folder string) (m manifest, err error) {
	err = readJSON(manifestFile(folder), &m)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, fmt.Errorf("cluster: these plans have no run in the store: there is no %s; submit them first", manifestFile(folder))
	case err == nil && m.Format != manifestFormat:
		err = fmt.Errorf("cluster: %s must have the format %q, got %q: submit again with this version", manifestFile(folder), manifestFormat, m.Format)
	}
	for i, t := range m.Tasks {
		if err == nil && (t.Index != i || t.Level < 0 || t.Level >= levels || t.Plan < 0 || len(t.Fingerprint) < 16) {
			err = fmt.Errorf("cluster: %s is damaged: task %d has the number %d, level %d, plan %d and fingerprint %q", manifestFile(folder), i, t.Index, t.Level, t.Plan, t.Fingerprint)
		}
	}
	return m, err
}

// readJobs reads the jobs that were submitted for a run; none yet is no error.
func readJobs(folder string) (all []job, err error) {
	if err = readJSON(jobsFile(folder), &all); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return all, err
}

func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "\t")
	if err == nil {
		err = atomicfile.Write(path, text, []byte("\n"))
	}
	if err != nil {
		return fmt.Errorf("cluster: %s can't be written: %w", path, err)
	}
	return nil
}

func readJSON(path string, value any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	if err := json.Unmarshal(text, value); err != nil {
		return fmt.Errorf("cluster: %s is damaged: %w", path, err)
	}
	return nil
}
