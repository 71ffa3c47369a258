package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowsforflows/flows/internal/testenv"
)

// Some promises hold between processes. TestMain turns this test's binary into such a process.
func TestMain(m *testing.M) { testenv.Main(m, processes) }

var processes = map[string]func(folder string) error{"open": openProcess, "install": installProcess}

// opening is what openProcess prints.
type opening struct {
	Info  Info
	Error string
	Took  time.Duration
}

func openProcess(string) error {
	start := time.Now()
	var o opening
	b, err := Open(context.Background(), os.Getenv("BACKEND_TEST_CHOICE"))
	if err != nil {
		o.Error = err.Error()
	} else {
		o.Info = b.Info
	}
	o.Took = time.Since(start)
	return json.NewEncoder(os.Stdout).Encode(o)
}

func installProcess(folder string) error {
	var w wheel
	if err := json.Unmarshal([]byte(os.Getenv("BACKEND_TEST_WHEEL")), (*exported)(&w)); err != nil {
		return err
	}
	path, err := installInto(context.Background(), folder, true, []step{{"the wheel", func(ctx context.Context, folder string) (string, error) {
		if w.installed(folder) { // in place of ours, which looks for the pinned wheel
			return w.path(folder), nil
		}
		return w.install(ctx, folder)
	}}})
	if err == nil {
		fmt.Println(path)
	}
	return err
}

// exported is a wheel in JSON.
type exported wheel

func (e exported) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{e.name, e.version, e.sha256, e.size, e.plugin})
}

func (e *exported) UnmarshalJSON(b []byte) error {
	e.goos, e.goarch = runtime.GOOS, runtime.GOARCH
	return json.Unmarshal(b, &[]any{&e.name, &e.version, &e.sha256, &e.size, &e.plugin})
}

// process returns a command for one of the processes, which works in a folder with additions to its
// environment.
func process(what, folder string, env ...string) *exec.Cmd {
	cmd := testenv.Process(what, folder)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestTwoProcessesDownloadOnce(t *testing.T) {
	w, file := smallWheel(t, "a plugin")
	log := fakePip(t, file, `sleep 0.5; `+deliver)
	folder := t.TempDir()
	asJSON, err := json.Marshal(exported(w))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	outputs := make([]bytes.Buffer, 3)
	errs := make([]error, 3)
	for i := range outputs {
		cmd := process("install", folder, "BACKEND_TEST_WHEEL="+string(asJSON))
		cmd.Stdout = &outputs[i]
		all.Go(func() { errs[i] = cmd.Run() })
	}
	all.Wait()
	for i := range outputs {
		if got := strings.TrimSpace(outputs[i].String()); errs[i] != nil || got != w.path(folder) {
			t.Errorf("process %d: %q, %v; want %q", i, got, errs[i], w.path(folder))
		}
	}
	downloads, err := os.ReadFile(log)
	if err != nil || strings.Count(string(downloads), "download") != 1 {
		t.Errorf("downloaded %q, %v; want once", downloads, err)
	}
}

func TestKilledProcessIsInNobodysWay(t *testing.T) {
	w, file := smallWheel(t, "a plugin")
	log := fakePip(t, file, `[ -e "$LOG.again" ] || { : > "$LOG.again"; sleep 30; }; `+deliver)
	folder := t.TempDir()
	asJSON, err := json.Marshal(exported(w))
	if err != nil {
		t.Fatal(err)
	}
	env := "BACKEND_TEST_WHEEL=" + string(asJSON)
	first := process("install", folder, env)
	first.Stderr = nil
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := os.Stat(log + ".again"); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	if leftovers, _ := filepath.Glob(filepath.Join(folder, "tmp-*")); len(leftovers) == 0 {
		t.Fatal("the process must be killed in the middle of its download")
	}

	start := time.Now()
	output, err := process("install", folder, env).Output()
	if err != nil || strings.TrimSpace(string(output)) != w.path(folder) {
		t.Errorf("the next process gives %q, %v", output, err)
	}
	t.Logf("the next process took %v", time.Since(start))
	expectNoLeftovers(t, folder)
}

// offline returns the environment of a process that has an empty home, no Python, and a network
// that refuses connections.
func offline(t *testing.T, choice string) []string {
	return []string{
		"BACKEND_TEST_CHOICE=" + choice,
		"HOME=" + t.TempDir(), "XDG_CACHE_HOME=", "PATH=" + t.TempDir(),
		"PJRT_PLUGIN_LIBRARY_PATH=" + t.TempDir(), "GOMLX_BACKEND=",
		"HTTPS_PROXY=http://127.0.0.1:1", "https_proxy=http://127.0.0.1:1",
	}
}

func openElsewhere(t *testing.T, env []string) opening {
	t.Helper()
	output, err := process("open", "", env...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var o opening
	if err := json.Unmarshal(output, &o); err != nil {
		t.Fatalf("Open must print nothing by itself, got %q: %v", output, err)
	}
	return o
}

func TestOfflineFallsThroughToGo(t *testing.T) {
	if cgoError != nil {
		t.Skip(cgoError)
	}
	env := offline(t, "")
	first := openElsewhere(t, env)
	if !first.Info.Go || first.Info.Name != "go" || first.Error != "" {
		t.Fatalf("opened %+v, %s", first.Info, first.Error)
	}
	for _, want := range []string{"slower", "XLA", "internet"} {
		if !strings.Contains(first.Info.Note, want) {
			t.Errorf("the note must mention %q, got: %s", want, first.Info.Note)
		}
	}
	second := openElsewhere(t, env)
	if !second.Info.Go {
		t.Errorf("the second time gave %+v, want the Go backend", second.Info)
	}
	t.Logf("falling through took %v, and %v the second time", first.Took, second.Took)
}

func TestGPUWithoutItsPluginIsToldOffline(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("go-xla knows of GPUs on linux/amd64 only")
	}
	if cgoError != nil {
		t.Skip(cgoError)
	}
	tools := t.TempDir()
	if err := os.WriteFile(filepath.Join(tools, "nvidia-smi"), []byte("#!/bin/sh\necho NVIDIA-SMI 1.0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	o := openElsewhere(t, append(offline(t, "xla:cuda"), "PATH="+tools))
	if !strings.Contains(o.Error, "CUDA") {
		t.Errorf("asked for CUDA, Open gives %+v, %s; want an error about CUDA", o.Info, o.Error)
	}
	t.Logf("the error came after %v", o.Took)
	o = openElsewhere(t, append(offline(t, ""), "PATH="+tools))
	if !o.Info.Go || !strings.Contains(o.Info.Note, "slower") {
		t.Errorf("asked for nothing, Open gives %+v, %s; want the Go backend", o.Info, o.Error)
	}
}

func TestExplicitXLAFailsOffline(t *testing.T) {
	for _, choice := range []string{"xla", "xla:cpu", "xla:cuda"} {
		t.Run(choice, func(t *testing.T) {
			if o := openElsewhere(t, offline(t, choice)); o.Error == "" {
				t.Errorf("Open(%q) offline gives %+v, want an error", choice, o.Info)
			}
		})
	}
}
