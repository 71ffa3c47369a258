//go:build cgo && linux

// InstalledFolders the processor's features are not known, and no programs are kept.

package backend

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/flowsforflows/flows/f4f/backend/programs"
	"github.com/flowsforflows/flows/f4f/internal/testenv"
)

func init() { processes["compile"] = compileProcess }

// computed is what compileProcess prints.
type computed struct {
	Values           []float32
	Loaded, Compiled int64
	Notes            []string
}

// compileProcess computes with two small programs, which are kept in a folder.
func compileProcess(folder string) error {
	must(os.Setenv(ProgramsEnv, folder))
	var log bytes.Buffer
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	if file := os.Getenv("BACKEND_TEST_PROCESSOR"); file != "" {
		processorFile = file
	}
	if os.Getenv("BACKEND_TEST_FULL_DISK") != "" {
		testenv.LimitFiles(100)
	}
	ctx := context.Background()
	for _, broken := range filepath.SplitList(os.Getenv("BACKEND_TEST_BROKEN")) {
		if _, err := Open(ctx, "xla:"+broken); err == nil {
			must(errors.New("a broken plugin was opened"))
		}
	}
	b, err := Open(ctx, "xla:cpu"+os.Getenv("BACKEND_TEST_OPTIONS"))
	must(err)
	for _, k := range keepers {
		if k != nil {
			spoil[os.Getenv("BACKEND_TEST_SPOIL")](k)
		}
	}
	var o computed
	var all sync.WaitGroup
	if os.Getenv("BACKEND_TEST_AT_ONCE") != "" {
		beside, err := b.Client(ctx, 1)
		must(err)
		all.Go(func() { twoPrograms(b) })
		all.Go(func() { twoPrograms(beside) })
		all.Go(func() { twoPrograms(beside) })
		all.Wait()
	}
	o.Values = twoPrograms(b)
	o.Loaded, o.Compiled = loaded.Load(), compiled.Load()
	for line := range strings.Lines(log.String()) {
		var note struct{ Msg string }
		must(json.Unmarshal([]byte(line), &note))
		o.Notes = append(o.Notes, note.Msg)
	}
	return json.NewEncoder(os.Stdout).Encode(o)
}

// must ends the process on an error.
func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// spoil are ways in which what keeps programs can fail while they are compiled.
var spoil = map[string]func(k *keeper){
	"":        func(*keeper) {},
	"panics":  func(k *keeper) { k.digest = func() ([]byte, error) { panic("no digest") } },
	"errs":    func(k *keeper) { k.digest = func() ([]byte, error) { return nil, errors.New("no digest") } },
	"closed":  func(k *keeper) { must(k.folder.Close()) },
	"nil":     func(k *keeper) { k.folder = nil },
	"removed": func(k *keeper) { must(os.RemoveAll(k.folder.Path())) },
}

// twoPrograms computes 2x+1, and from there the sine of half of it until the largest is below 1.
func twoPrograms(b *Backend) (values []float32) {
	x := []float32{0.3, 1, 5, 1000}
	line := graph.MustNewExec(b.Backend, func(x *graph.Node) *graph.Node { return graph.AddScalar(graph.MulScalar(x, 2), 1) }).MustCall1(x)
	halves := graph.MustNewExec(b.Backend, func(x *graph.Node) *graph.Node {
		more := graph.NewClosure(x.Graph(), func(g *graph.Graph) []*graph.Node {
			x := graph.Parameter(g, "x", shapes.Make(dtypes.Float32, 4))
			return []*graph.Node{graph.GreaterThan(graph.ReduceAllMax(x), graph.Const(g, float32(1)))}
		})
		half := graph.NewClosure(x.Graph(), func(g *graph.Graph) []*graph.Node {
			return []*graph.Node{graph.Sin(graph.MulScalar(graph.Parameter(g, "x", shapes.Make(dtypes.Float32, 4)), 0.5))}
		})
		return graph.While(more, half, x)[0]
	}).MustCall1(line)
	return append(line.Value().([]float32), halves.Value().([]float32)...)
}

// compileElsewhere has another process compute, with programs kept in a folder.
func compileElsewhere(t *testing.T, folder string, env ...string) (o computed) {
	t.Helper()
	output, err := process("compile", folder, append([]string{"XLA_FLAGS=", "XLA_DEBUG_OPTIONS="}, env...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(output, &o); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return o
}

// programsIn lists the programs in a folder.
func programsIn(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.program"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTheNextProcessLoadsWhatOneCompiled(t *testing.T) {
	requireXLA(t, "xla:cpu")
	whole := filepath.Join(t.TempDir(), "programs")
	first := compileElsewhere(t, whole)
	files := programsIn(t, whole)
	if first.Compiled < 2 || first.Loaded != 0 || len(files) != int(first.Compiled) || len(first.Notes) > 0 {
		t.Fatalf("the first process: %+v, files %q", first, files)
	}
	content := map[string][]byte{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		content[filepath.Base(file)] = b
	}
	n := first.Compiled
	// again gives another process a copy of what the first has left.
	again := func(t *testing.T, change func(folder string), env ...string) (folder string, o computed) {
		t.Helper()
		folder = filepath.Join(t.TempDir(), "programs")
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		for name, b := range content {
			if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if change != nil {
			change(folder)
		}
		o = compileElsewhere(t, folder, env...)
		if !slices.Equal(o.Values, first.Values) {
			t.Errorf("computed %v, and %v before", o.Values, first.Values)
		}
		return folder, o
	}

	t.Run("with nothing changed", func(t *testing.T) {
		folder, o := again(t, nil)
		if o.Loaded != n || o.Compiled != 0 || len(o.Notes) > 0 {
			t.Errorf("got %+v, want %d loaded", o, n)
		}
		for name, b := range content {
			if now, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Equal(now, b) {
				t.Errorf("%s has changed: %v", name, err)
			}
		}
	})
	t.Run("turned off", func(t *testing.T) {
		here := t.TempDir()
		t.Chdir(here)
		o := compileElsewhere(t, "off")
		left, err := os.ReadDir(here)
		if !slices.Equal(o.Values, first.Values) || o.Loaded != 0 || o.Compiled != 0 || len(o.Notes) > 0 || err != nil || len(left) > 0 {
			t.Errorf("got %+v, files %v, %v", o, left, err)
		}
	})

	processor := filepath.Join(t.TempDir(), "processor")
	for name, text := range map[string]string{"x86": x86, "fewer": strings.Replace(x86, " avx512f", "", 1)} {
		if err := os.WriteFile(processor+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, env := range map[string][]string{
		"other flags":         {"XLA_FLAGS=--xla_cpu_enable_fast_math=false"},
		"other debug options": {"XLA_DEBUG_OPTIONS=xla_backend_optimization_level: 3 xla_cpu_parallel_codegen_split_count: 32"},
		"more devices":        {"BACKEND_TEST_OPTIONS=,devices=5"},
		"another processor":   {"BACKEND_TEST_PROCESSOR=" + processor + "x86"},
	} {
		t.Run(name, func(t *testing.T) {
			folder, o := again(t, nil, env...)
			if o.Loaded != 0 || o.Compiled != n || len(o.Notes) > 0 {
				t.Errorf("got %+v, want %d compiled", o, n)
			}
			if now := programsIn(t, folder); len(now) != 2*int(n) {
				t.Errorf("there are %d programs, want %d", len(now), 2*n)
			}
			if name == "another processor" { // one that lacks a feature loads neither's
				if o := compileElsewhere(t, folder, "BACKEND_TEST_PROCESSOR="+processor+"fewer"); o.Loaded != 0 || o.Compiled != n {
					t.Errorf("a processor with fewer features: %+v", o)
				}
			} else if o := compileElsewhere(t, folder, env...); o.Loaded != n || o.Compiled != 0 {
				t.Errorf("the next time: %+v, want %d loaded", o, n)
			}
		})
	}

	each := func(change func(path string, content []byte) error) func(folder string) {
		return func(folder string) {
			for name, b := range content {
				if err := change(filepath.Join(folder, name), b); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	unloadable := func(garble func(program []byte) []byte) func(folder string) {
		return each(func(path string, content []byte) error {
			var key programs.Key
			if _, err := hex.Decode(key[:], []byte(strings.TrimSuffix(filepath.Base(path), ".program"))); err != nil {
				return err
			}
			f, err := programs.Find(filepath.Dir(path), programs.MaxBytes)
			if err != nil {
				return err
			}
			defer f.Close()
			program, err := f.Get(key)
			return errors.Join(err, f.Put(key, garble(program)))
		})
	}
	for name, damage := range map[string]func(folder string){
		"torn": each(func(path string, content []byte) error { return os.Truncate(path, int64(len(content)/2)) }),
		"altered": each(func(path string, b []byte) error {
			return os.WriteFile(path, append(slices.Clone(b[:len(b)-1]), b[len(b)-1]^1), 0o600)
		}),
		"swapped": func(folder string) {
			for name := range content {
				for other, b := range content {
					if other != name {
						if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		},
		"of nothing":            unloadable(func([]byte) []byte { return nil }),
		"of garbage":            unloadable(func(p []byte) []byte { return bytes.Repeat([]byte("garbage "), len(p)/8) }),
		"of half of a program":  unloadable(func(p []byte) []byte { return p[:len(p)/2] }),
		"of a program's middle": unloadable(func(p []byte) []byte { return p[len(p)/3:] }),
	} {
		t.Run("files "+name, func(t *testing.T) {
			folder, o := again(t, damage)
			if o.Loaded != 0 || o.Compiled != n {
				t.Errorf("got %+v, want %d compiled", o, n)
			}
			if len(o.Notes) == 0 || len(o.Notes) > int(n) || !strings.Contains(o.Notes[0], folder) || !strings.Contains(o.Notes[0], "compiled anew") {
				t.Errorf("the notes are %q", o.Notes)
			}
			if aside, _ := filepath.Glob(filepath.Join(folder, "*.damaged")); len(aside) != int(n) {
				t.Errorf("set aside: %q", aside)
			}
			if o := compileElsewhere(t, folder); o.Loaded != n || o.Compiled != 0 || len(o.Notes) > 0 {
				t.Errorf("the next time: %+v, want %d loaded", o, n)
			}
		})
	}

	t.Run("a folder that others may write to", func(t *testing.T) {
		folder, o := again(t, func(folder string) {
			if err := os.Chmod(folder, 0o777); err != nil {
				t.Fatal(err)
			}
		})
		if o.Loaded != 0 || len(o.Notes) != 1 || !strings.Contains(o.Notes[0], folder) || !strings.Contains(o.Notes[0], "chmod") {
			t.Errorf("got %+v", o)
		}
	})
	t.Run("a folder that cannot be made", func(t *testing.T) {
		if o := compileElsewhere(t, "/dev/null/programs"); !slices.Equal(o.Values, first.Values) || len(o.Notes) != 1 || !strings.Contains(o.Notes[0], "/dev/null") {
			t.Errorf("got %+v", o)
		}
	})
	t.Run("a full disk", func(t *testing.T) {
		folder := filepath.Join(t.TempDir(), "programs")
		o := compileElsewhere(t, folder, "BACKEND_TEST_FULL_DISK=yes")
		left, err := os.ReadDir(folder)
		if !slices.Equal(o.Values, first.Values) || o.Compiled != n || len(o.Notes) != 1 || !strings.Contains(o.Notes[0], folder) || err != nil || len(left) > 0 {
			t.Errorf("got %+v, files %v, %v", o, left, err)
		}
	})
	for how := range spoil {
		if how == "" {
			continue
		}
		t.Run("the folder or key "+how, func(t *testing.T) {
			_, o := again(t, nil, "BACKEND_TEST_SPOIL="+how)
			if o.Loaded != 0 || len(o.Notes) == 0 || len(o.Notes) > 3 {
				t.Errorf("got %+v", o)
			}
		})
	}
	t.Run("after plugins that cannot be opened", func(t *testing.T) {
		var broken []string
		for i := range 6 {
			path := filepath.Join(t.TempDir(), fmt.Sprintf("pjrt_c_api_cpu%d_plugin.so", i))
			if err := os.WriteFile(path, []byte("no library"), 0o755); err != nil {
				t.Fatal(err)
			}
			broken = append(broken, path)
		}
		if _, o := again(t, nil, "BACKEND_TEST_BROKEN="+strings.Join(broken, ":")); o.Loaded != n || o.Compiled != 0 || len(o.Notes) > 0 {
			t.Errorf("got %+v, want %d loaded", o, n)
		}
	})
	t.Run("at once, on two clients", func(t *testing.T) {
		folder := filepath.Join(t.TempDir(), "programs")
		if o := compileElsewhere(t, folder, "BACKEND_TEST_AT_ONCE=yes"); !slices.Equal(o.Values, first.Values) || o.Compiled != n || len(o.Notes) > 0 {
			t.Errorf("got %+v, want each of %d compiled once", o, n)
		}
	})
}
