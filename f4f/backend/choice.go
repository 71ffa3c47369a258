package backend

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute"
)

// kind is the way in which a backend was chosen.
type kind int

const (
	automatic  kind = iota // no choice: the best available
	anyXLA                 // "xla": CUDA if there is a GPU, else the CPU
	cpu                    // "xla:cpu"
	cuda                   // "xla:cuda"
	pluginFile             // "xla:/path/to/plugin.so"
	pluginName             // such as "xla:tpu", a plugin found by its name
	goBackend              // "go"
)

// choice is a parsed choice of a backend. Equal choices share a backend.
type choice struct {
	kind    kind
	plugin  string // the file or the name of the plugin
	options string // for XLA ",name=value,…" or ""; for the Go backend its whole configuration
}

const allowed = `allowed are "xla" (CUDA if there is a GPU, else the CPU), "xla:cpu", "xla:cuda" and "xla:/path/to/plugin.so", ` +
	`each of them with options after a comma, and "go"`

// choose parses a choice. If the text is empty it parses GOMLX_BACKEND.
func choose(text string) (choice, error) {
	from := ""
	if text == "" {
		text = os.Getenv(compute.ConfigEnvVar)
		from = compute.ConfigEnvVar + ": "
	}
	if text == "" {
		return choice{kind: automatic}, nil
	}
	name, config, _ := strings.Cut(text, ":")
	switch name {
	case "go":
		return choice{kind: goBackend, options: config}, nil
	case "xla", "stablehlo", "hlo", "shlo": // the last three are go-xla's other names for the same
	default:
		return choice{}, fmt.Errorf("backend: %sunknown backend %q; %s", from, text, allowed)
	}

	plugin, options, found := strings.Cut(config, ",")
	if found {
		options = "," + options
	}
	switch {
	case plugin == "":
		return choice{kind: anyXLA, options: options}, nil
	case plugin == "cpu":
		return choice{kind: cpu, options: options}, nil
	case plugin == "cuda":
		return choice{kind: cuda, options: options}, nil
	case strings.ContainsAny(plugin, `/\`):
		path, err := filepath.Abs(plugin)
		if err != nil {
			return choice{}, fmt.Errorf("backend: %sthe path of the plugin must be absolute, got %q: %w", from, plugin, err)
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return choice{}, fmt.Errorf("backend: %sthere must be a plugin file at %s, found none; %s", from, path, allowed)
		}
		return choice{kind: pluginFile, plugin: path, options: options}, nil
	}
	return choice{kind: pluginName, plugin: plugin, options: options}, nil
}

// platformOf guesses from a plugin's file name what it computes on: for
// pjrt_c_api_cpu_v0.114.0_plugin.so it returns "cpu".
func platformOf(path string) string {
	name := strings.ToLower(filepath.Base(path))
	switch {
	case strings.Contains(name, "cuda"):
		return "cuda"
	case strings.Contains(name, "cpu"):
		return "cpu"
	}
	name = strings.TrimSuffix(name, filepath.Ext(name))
	for _, affix := range []string{"pjrt_c_api_", "pjrt-plugin-", "pjrt_plugin_"} {
		name = strings.TrimPrefix(name, affix)
	}
	return strings.TrimSuffix(name, "_plugin")
}
