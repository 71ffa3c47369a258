package backend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestChoicesAreReadAsTheyAreWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pjrt_c_api_cpu_plugin.so")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, text, env string
		want            choice
	}{
		{"nothing", "", "", choice{kind: automatic}},
		{"the environment", "", "go", choice{kind: goBackend}},
		{"the argument before the environment", "xla:cpu", "go", choice{kind: cpu}},
		{"any XLA", "xla", "", choice{kind: anyXLA}},
		{"any XLA with options", "xla:,tf32=false", "", choice{kind: anyXLA, options: ",tf32=false"}},
		{"go-xla's other name", "stablehlo:cuda", "", choice{kind: cuda}},
		{"CUDA with options", "xla:cuda,tf32=false,preallocate", "", choice{kind: cuda, options: ",tf32=false,preallocate"}},
		{"a plugin's name", "xla:tpu", "", choice{kind: pluginName, plugin: "tpu"}},
		{"a plugin's file", "xla:" + file + ",noshared_buffers", "", choice{kind: pluginFile, plugin: file, options: ",noshared_buffers"}},
		{"the Go backend with options", "go:parallelism=1", "", choice{kind: goBackend, options: "parallelism=1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("GOMLX_BACKEND", row.env)
			got, err := choose(row.text)
			if err != nil || got != row.want {
				t.Errorf("choose(%q) with GOMLX_BACKEND=%q = %+v, %v; want %+v", row.text, row.env, got, err, row.want)
			}
		})
	}
}

func TestUnknownChoiceFailsAndListsWhatIsAllowed(t *testing.T) {
	for _, row := range []struct{ name, text, env string }{
		{"argument", "torch", ""},
		{"environment", "", "torch"},
		{"no such file", "xla:/no/such/plugin.so", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Setenv("GOMLX_BACKEND", row.env)
			b, err := Open(t.Context(), row.text)
			if err == nil {
				t.Fatalf("Open(%q) = %v, want an error", row.text, b.Info)
			}
			for _, want := range []string{`"xla"`, `"xla:cpu"`, `"xla:cuda"`, `"xla:/path/to/plugin.so"`, `"go"`, row.env} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error must mention %s, got: %v", want, err)
				}
			}
		})
	}
}

func TestPlatformIsToldByTheFileName(t *testing.T) {
	for file, want := range map[string]string{
		"/cuda/lib/pjrt_c_api_cpu_v0.114.0_plugin.so": "cpu",
		"/lib/pjrt-plugin-cuda.so":                    "cuda",
		"/lib/pjrt_c_api_tpu_plugin.so":               "tpu",
	} {
		if got := platformOf(file); got != want {
			t.Errorf("platformOf(%q) = %q, want %q", file, got, want)
		}
	}
}
