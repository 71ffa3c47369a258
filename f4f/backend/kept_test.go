package backend

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestKeyDependsOnAllThatMachineCodeDependsOn(t *testing.T) {
	whole := func() compilation {
		return compilation{
			program: []byte("module"), format: []byte("mlir"), options: []byte("options"), compiler: []byte("digest"), platform: []byte("cpu 1"), devices: []byte("2 devices cpu cpu"),
			machine: []byte("avx2"), flagsThen: []byte("--a"), flags: []byte("--b"), debug: []byte("xla_dump_to: 'x'"),
		}
	}
	if whole().key() != whole().key() {
		t.Fatal("one compilation must have one key")
	}
	fields := reflect.TypeFor[compilation]()
	altered := []func(c *compilation, b []byte){
		func(c *compilation, b []byte) { c.program = b }, func(c *compilation, b []byte) { c.format = b }, func(c *compilation, b []byte) { c.options = b },
		func(c *compilation, b []byte) { c.compiler = b }, func(c *compilation, b []byte) { c.platform = b }, func(c *compilation, b []byte) { c.devices = b },
		func(c *compilation, b []byte) { c.machine = b }, func(c *compilation, b []byte) { c.flagsThen = b }, func(c *compilation, b []byte) { c.flags = b },
		func(c *compilation, b []byte) { c.debug = b },
	}
	if len(altered) != fields.NumField() {
		t.Fatalf("a compilation has %d parts, and %d are tested", fields.NumField(), len(altered))
	}
	seen := map[string]string{whole().key().String(): "none"}
	for i, alter := range altered {
		for _, value := range []string{"", "another"} {
			c := whole()
			alter(&c, []byte(value))
			name := fields.Field(i).Name + "=" + value
			if other, before := seen[c.key().String()]; before {
				t.Errorf("%s and %s have one key", name, other)
			}
			seen[c.key().String()] = name
		}
	}
}

// x86 is Linux' description of one processor.
const x86 = `processor	: 0
vendor_id	: GenuineIntel
cpu family	: 6
model		: 85
model name	: Intel(R) Xeon(R) Processor
stepping	: 7
cpu MHz		: 2900.050
cache size	: 36608 KB
physical id	: 0
flags		: fpu sse2 avx2 avx512f
bugs		: none

`

const arm = `processor	: 0
BogoMIPS	: 243.75
Features	: fp asimd sve
CPU implementer	: 0x41
CPU architecture: 8
CPU variant	: 0x1
CPU part	: 0xd40
CPU revision	: 1

`

func TestProcessorFeaturesTellWhichMachineCodeRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpuinfo")
	features := func(text string) (string, error) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return processorFeatures(path)
	}
	for _, whole := range []string{x86, arm} {
		want, err := features(whole)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{ // the same processor
			"a second one":     whole + strings.Replace(whole, "processor	: 0", "processor	: 1", 1),
			"no empty line":    strings.TrimSuffix(whole, "\n\n"),
			"another clock":    strings.Replace(whole, "2900.050", "3100.1", 1),
			"another BogoMIPS": strings.Replace(whole, "243.75", "50", 1),
		} {
			if got, err := features(text); err != nil || got != want {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		for _, change := range [][2]string{{" avx512f", ""}, {"avx2", "avx2 avx10"}, {"GenuineIntel", "AuthenticAMD"}, {": 85", ": 143"}, {": 7\n", ": 8\n"}, {" sve", " sve sve2"}, {"0xd40", "0xd4f"}, {"0x41", "0x42"}} {
			if !strings.Contains(whole, change[0]) {
				continue
			}
			if got, err := features(strings.Replace(whole, change[0], change[1], 1)); err != nil || got == want {
				t.Errorf("with %q for %q it is taken for the same processor: %v", change[1], change[0], err)
			}
		}
	}
	for name, text := range map[string]string{"nothing": "", "no flags": strings.Replace(x86, "flags", "isa", 1), "another kind": "processor: 0\nisa: rv64imafdc\n\n"} {
		if got, err := features(text); err == nil {
			t.Errorf("%s: got %q, want an error", name, got)
		}
	}
	if _, err := processorFeatures(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that isn't there must be an error")
	}
}

func TestFlagsFromAFileAreKnownByItsContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flags")
	flags := func(variable string) string {
		t.Setenv(xlaFlags, variable)
		f, err := xlaFlagsAndFile()
		if err != nil {
			t.Fatal(err)
		}
		return string(f)
	}
	if got := flags(" --xla_a=1"); got != " --xla_a=1" {
		t.Errorf("flags are %q", got)
	}
	none := flags(path)
	for _, content := range []string{"--xla_a=1", "--xla_a=2"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := flags(path); got == none || !strings.Contains(got, content) {
			t.Errorf("flags in a file are %q", got)
		}
	}
}

func TestProgramsFolderIsWhereTheUserSays(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for variable, want := range map[string]string{
		"":            filepath.Join(cache, "flowsforflows", "programs"),
		"off":         "",
		"/my/folder":  "/my/folder",
		"./off":       filepath.Join(here, "off"),
		"/my/../your": "/your",
	} {
		t.Setenv(ProgramsEnv, variable)
		if got, err := ProgramsFolder(); err != nil || got != want {
			t.Errorf("%s=%q: %q, %v; want %q", ProgramsEnv, variable, got, err, want)
		}
	}
	t.Setenv(ProgramsEnv, "")
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	if got, err := ProgramsFolder(); err == nil || !strings.Contains(err.Error(), ProgramsEnv) {
		t.Errorf("without a home: %q, %v; want an error that names the way out", got, err)
	}
}
