//go:build cgo && linux

package backend

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestSumsAreLeftToXLAUnlessToldOtherwise(t *testing.T) {
	for flags, want := range map[string]string{
		"":                    reductionsFlag,
		"--xla_dump_to=/here": "--xla_dump_to=/here " + reductionsFlag,
		"/home/me/flags":      "/home/me/flags",
		"--xla_cpu_experimental_ynn_fusion_type=+reduce": "--xla_cpu_experimental_ynn_fusion_type=+reduce",
	} {
		if got := withoutKernelsForSums(flags); got != want {
			t.Errorf("flags %q become %q, want %q", flags, got, want)
		}
	}
}

// requirePinned skips the test if this machine's plugin isn't the pinned one, whose options are known.
func requirePinned(t *testing.T) {
	t.Helper()
	if b := requireXLA(t, "xla:cpu"); b.Info.Path != pinned.path(cacheFolder()) {
		t.Skipf("this machine's plugin is %s, not the pinned one", b.Info.Path)
	}
}

// dumpedOptions returns the options that XLA wrote to a folder beside its dumps of programs, of those
// with this in their names. There must be some.
func dumpedOptions(t *testing.T, folder, name string) (all [][]byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"+name+"*.debug_options"))
	if err != nil || len(files) == 0 {
		t.Fatalf("XLA wrote the options of no program %s: %v", name, err)
	}
	for _, file := range files {
		options, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, options)
	}
	return all
}

func TestTheFlagForSumsReachesXLAAndNoChild(t *testing.T) {
	requirePinned(t)
	dump := t.TempDir()
	cmd := process("compile", t.TempDir(), "XLA_FLAGS=--xla_dump_to="+dump+" --xla_dump_hlo_as_text")
	if output, err := cmd.Output(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for _, options := range dumpedOptions(t, dump, "") {
		if bytes.Contains(options, []byte("LIBRARY_FUSION_TYPE_REDUCE")) || !bytes.Contains(options, []byte("LIBRARY_FUSION_TYPE")) {
			t.Errorf("sums aren't left to XLA: %s", options)
		}
	}
	if flags, err := exec.Command("sh", "-c", "printf %s \"$XLA_FLAGS\"").Output(); err != nil || string(flags) != os.Getenv(xlaFlags) || bytes.Contains(flags, []byte(reductionsFlag)) {
		t.Errorf("a child process sees the flags %q, %v", flags, err)
	}
}
