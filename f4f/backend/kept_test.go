package backend

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f/backend/programs"
)

func TestKeyDependsOnAllThatMachineCodeDependsOn(t *testing.T) {
	whole := func() compilation {
		return compilation{
			program: []byte("module"), format: []byte("mlir"), options: []byte("options"), compiler: []byte("digest"), platform: []byte("cpu 1"), devices: []byte("2 devices cpu cpu"),
			machine: []byte("avx2"), flagsThen: []byte("--a"), flags: []byte("--b"), debug: []byte("xla_dump_to: 'x'"),
		}
	}
	if a, b := whole(), whole(); a.key() != b.key() {
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

func TestADigestIsRememberedForAsLongAsTheFileIsTheSame(t *testing.T) {
	folder, err := programs.Open(filepath.Join(t.TempDir(), "programs"), programs.MaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	path := filepath.Join(t.TempDir(), "plugin.so")
	remembered := func() int {
		notes, _ := filepath.Glob(filepath.Join(folder.Path(), "*.note"))
		return len(notes)
	}
	expect := func(content string) {
		t.Helper()
		want := sha256.Sum256([]byte(content))
		if got, err := fileDigest(path, folder)(); err != nil || !bytes.Equal(got, want[:]) {
			t.Errorf("the digest of %q is %x, %v", content, got, err)
		}
	}
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	then := time.Now().Add(-time.Hour)
	for _, content := range []string{"one", "two", "one"} { // as long, with the same time of modification, and changed a moment ago
		write(content)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
		expect(content)
	}
	if n := remembered(); n != 0 {
		t.Errorf("%d digests of a file that was just changed are remembered", n)
	}
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux is it known when a file was changed")
	}
	time.Sleep(3100 * time.Millisecond)
	expect("one")
	if n := remembered(); n != 1 {
		t.Errorf("%d digests are remembered, want 1", n)
	}
	// A remembered digest is used: if another is stored, that one is returned.
	notes, _ := filepath.Glob(filepath.Join(folder.Path(), "*.note"))
	var key programs.Key
	if _, err := hex.Decode(key[:], []byte(strings.TrimSuffix(filepath.Base(notes[0]), ".note"))); err != nil {
		t.Fatal(err)
	}
	if err := folder.Remember(key, make([]byte, sha256.Size)); err != nil {
		t.Fatal(err)
	}
	if got, err := fileDigest(path, folder)(); err != nil || !bytes.Equal(got, make([]byte, sha256.Size)) {
		t.Errorf("the digest is %x, %v", got, err)
	}
	if err := os.Truncate(notes[0], 20); err != nil { // a torn one is not
		t.Fatal(err)
	}
	expect("one")
	write("two")
	expect("two")
	if u, err := folder.Size(); err != nil || u.Programs != 0 || u.Bytes == 0 {
		t.Errorf("the folder holds %+v, %v", u, err)
	}
	if _, err := fileDigest(filepath.Join(t.TempDir(), "none"), folder)(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
}
