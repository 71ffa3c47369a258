//go:build cgo

package backend

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"

	_ "github.com/flowsforflows/flows/f4f/internal/memory" // limits the C library's arenas
)

// cgoError is nil here: XLA can be loaded.
var cgoError error

// releaseOfXLA is the release of the CPU plugin that this version of go-xla was made for.
var releaseOfXLA = pjrt.DefaultCPUVersion

// newXLA opens a plugin. config is the absolute path of its file, followed by options. For an
// absolute path go-xla doesn't run its own automatic installation. cpuDevices is the number of
// devices of a plugin for the CPU, 0 for its default.
func newXLA(config string, cpuDevices int) (compute.Backend, error) {
	path, _, _ := strings.Cut(config, ",")
	flags := strings.ReplaceAll(os.Getenv(xlaFlags), reductionsFlag, "") // the user's, which count before ours
	spreads := keepPrograms(path) && !strings.Contains(flags, libraryOption)
	options := pjrt.NamedValuesMap{}
	if cpuDevices > 0 {
		options["cpu_device_count"] = int64(cpuDevices)
	}
	b, err := xla.NewWithOptions(config, options)
	if err != nil {
		return nil, err
	}
	return nesting{b, spreads}, nil
}

// searched returns the plugins in PJRT_PLUGIN_LIBRARY_PATH, or else those in go-xla's default
// folders: the file by the name.
func searched() (plugins map[string]string, err error) {
	// go-xla v0.4.1 loads each plugin to see whether it can, and panics if it can't.
	defer func() {
		if recover() != nil {
			plugins = nil
			err = fmt.Errorf("go-xla's search failed on a file that isn't a plugin; look into %s or ~/.local/lib/go-xla", pjrt.PJRTPluginPathsEnv)
		}
	}()
	return pjrt.AvailablePlugins(), nil
}

// findNamed returns the file of the plugin called name, or else of the newest one called name_v….
func findNamed(name string) (string, error) {
	plugins, err := searched()
	if err != nil {
		return "", err
	}
	if paths := named(plugins, name); len(paths) > 0 {
		return paths[0], nil
	}
	return "", fmt.Errorf("there must be an XLA plugin called %q, found %q; %s", name, slices.Sorted(maps.Keys(plugins)), allowed)
}

// named returns the files of the plugins called name, before those called name_v…, newest first.
func named(plugins map[string]string, name string) []string {
	var paths []string
	if path, ok := plugins[name]; ok {
		paths = append(paths, path)
	}
	versions := slices.Sorted(maps.Keys(plugins))
	slices.Reverse(versions)
	for _, version := range versions {
		if strings.HasPrefix(version, name+"_v") {
			paths = append(paths, plugins[version])
		}
	}
	return paths
}
