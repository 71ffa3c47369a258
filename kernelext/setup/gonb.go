package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/f4f/backend/python"
)

// The programs that make up the kernel, at the versions in this module's go.mod.
const (
	gonbPackage      = "github.com/janpfeifer/gonb"
	goimportsPackage = "golang.org/x/tools/cmd/goimports"
	goplsPackage     = "golang.org/x/tools/gopls" // completes code in cells and shows documentation; a separate module
	toolsModule      = "golang.org/x/tools"
	kernelextPackage = modulePath + "/kernelext"
)

// gonb is the second step. It installs the kernel in a separate folder for each checkout, because
// cells import the checkout.
func gonb(ctx context.Context, o Options) (kernels string, err error) {
	s := o.begin("GoNB")
	s.tell(Event{Text: "looking for Go"})
	goTool, versions, err := findGo(ctx, o.Root)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(o.Cache, "gonb-"+short(o.Root))
	bin := filepath.Join(folder, "bin")
	spec := filepath.Join(folder, "kernels", "gonb", "kernel.json")
	inputs := strings.Join([]string{o.Root, goTool, versions, goShim("", ""), goplsShim("", ""), kernelShim("", "")}, "\n")
	err = s.once(ctx, folder, inputs, spec, func() error {
		if err := os.MkdirAll(bin, 0o755); err != nil {
			return err
		}
		for _, pkg := range []string{gonbPackage, goimportsPackage, goplsPackage} {
			name := filepath.Base(pkg)
			s.tell(Event{Text: "building " + name})
			file := filepath.Join(bin, name)
			if pkg == goplsPackage {
				file = filepath.Join(folder, name) // the kernel finds our shim, which runs this gopls
			}
			build := exec.CommandContext(ctx, goTool, "build", "-o", file, pkg)
			build.Dir = o.Root
			if output, err := build.CombinedOutput(); err != nil {
				return fmt.Errorf("%s could not be built: %s. The usual cause is the network or a proxy: check that "+
					"`go build -o /dev/null %s` works in %s, and run the same command again", name, python.Tail(string(output)), pkg, o.Root)
			}
		}
		s.tell(Event{Text: "describing the kernel"})
		for name, script := range map[string]string{
			"go":     goShim(goTool, o.Root),
			"gopls":  goplsShim(filepath.Join(folder, "gopls"), filepath.Join(folder, "gopls-cache")),
			"kernel": kernelShim(bin, filepath.Join(bin, "gonb")),
		} {
			if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
				return err
			}
		}
		return describe(ctx, o.Root, folder, bin, spec)
	})
	if err != nil {
		return "", err
	}
	return folder, nil
}

// describe lets gonb write its kernel description into our folder instead of the user's, then
// changes the description so that our shim starts the kernel.
func describe(ctx context.Context, root, folder, bin, spec string) error {
	// -force_deps: goimports and gopls are in bin, which is on the kernel's PATH but not on ours.
	install := exec.CommandContext(ctx, filepath.Join(bin, "gonb"), "-install", "-force_deps", "-go_work="+root)
	install.Env = append(os.Environ(), "JUPYTER_DATA_DIR="+folder)
	if output, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("gonb could not describe its kernel in %s: %s. If the disk is full, free some space, and run the same command "+
			"again", folder, python.Tail(string(output)))
	}
	content, err := os.ReadFile(spec)
	if err != nil {
		return fmt.Errorf("gonb must write its kernel description to %s: %w", spec, err)
	}
	var description map[string]any
	if err := json.Unmarshal(content, &description); err != nil {
		return fmt.Errorf("gonb's description of its kernel, %s: %w", spec, err)
	}
	argv, ok := description["argv"].([]any)
	if !ok || len(argv) == 0 {
		return fmt.Errorf("gonb's description of its kernel, %s, must name a command", spec)
	}
	argv[0] = filepath.Join(bin, "kernel")
	if content, err = json.MarshalIndent(description, "", "  "); err != nil {
		return err
	}
	if err := atomicfile.Write(spec, content); err != nil {
		return err
	}
	_ = os.Remove(filepath.Join(filepath.Dir(spec), "gonb")) // a second copy of gonb, which our shim doesn't use
	return nil
}

// findGo returns the go command of the toolchain that this module requires, and a text with all
// versions that determine the build.
func findGo(ctx context.Context, root string) (goTool, versions string, err error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", "", fmt.Errorf("setup: the go command must be on PATH to compile the cells of a notebook, and it isn't. " +
			"Install Go from https://go.dev/dl, put its bin folder on PATH, and run the same command again")
	}
	output, err := inRoot(ctx, root, path, "env", "GOROOT", "GOVERSION")
	if err != nil {
		return "", "", err
	}
	goroot, version, _ := strings.Cut(strings.TrimSpace(output), "\n")
	modules, err := inRoot(ctx, root, path, "list", "-m", gonbPackage, toolsModule, goplsPackage)
	if err != nil {
		return "", "", err
	}
	return filepath.Join(goroot, "bin", "go"), version + "\n" + modules, nil
}

func inRoot(ctx context.Context, root, path string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = root
	output, err := cmd.Output()
	if ctx.Err() != nil {
		return "", fmt.Errorf("setup: %w", ctx.Err())
	}
	if err != nil {
		said := err.Error()
		if exit, ok := err.(*exec.ExitError); ok {
			said = python.Tail(string(exit.Stderr))
		}
		return "", fmt.Errorf("setup: `go %s` failed in %s: %s. Fix that, and run the same command again", strings.Join(args, " "), root, said)
	}
	return string(output), nil
}

// goShim returns a go command for the kernel. It differs from the real one in two ways.
//
// GoNB creates a module for each notebook with `go mod init`, and runs `go get` before each cell.
// `go get` doesn't know the workspace: it would look up every imported module on the network, even
// those that our module pins, and fail without a network. The shim adds a requirement of our module
// after `go mod init`, which brings in our pins.
//
// Cells import kernelext with a dot. GoNB adds the imports of earlier cells to every later cell,
// and removes unused ones except dot imports. A cell that uses nothing of kernelext would therefore
// not compile. If the compiler rejects the unused dot import, the shim replaces it by a blank
// import.
func goShim(goTool, root string) string {
	return "#!/bin/sh\n" +
		`if [ "$1" = build ] && [ -f main.go ]; then` + "\n" +
		"\tsaid=$(" + quote(goTool) + ` "$@" 2>&1) && exit` + "\n" +
		"\tcase \"$said\" in\n" +
		"\t*'\"" + kernelextPackage + "\" imported and not used'*)\n" +
		"\t\tsed 's|^\t\\. \"" + kernelextPackage + "\"|\t_ \"" + kernelextPackage + "\"|' main.go >main.go.new && mv main.go.new main.go ;;\n" +
		"\t*) echo \"$said\" >&2; exit 1 ;;\n" +
		"\tesac\n" +
		"fi\n" +
		quote(goTool) + ` "$@" || exit` + "\n" +
		`case "$1 $2 $3" in` + "\n" +
		`"mod init gonb_"*) ` + quote(goTool) + " mod edit -require=" + modulePath + "@v0.0.0-00010101000000-000000000000 " +
		quote("-replace="+modulePath+"="+root) + " ;;\n" +
		"esac\n"
}

// goplsShim returns a gopls for the kernel, which serves completions. It ends one minute after the
// kernel disconnects. Otherwise gopls would outlive a killed kernel and hold a gigabyte of memory.
// (GoNB connects 12 seconds after it starts gopls.) The shim moves the cache of gopls from the
// user's cache to our folder, but not that of go.
func goplsShim(gopls, cache string) string {
	return "#!/bin/sh\n" +
		`export GOCACHE="$(go env GOCACHE)" XDG_CACHE_HOME=` + quote(cache) + " GOPLSCACHE=" + quote(filepath.Join(cache, "gopls")) + "\n" +
		"exec " + quote(gopls) + ` -listen.timeout=1m "$@"` + "\n"
}

// kernelShim returns a script that runs gonb. The script puts the folder bin, with goimports and
// our go and gopls shims, at the head of PATH, and clears GOWORK, since the kernel creates a
// workspace for each notebook. It sets these variables itself because not every program that starts
// kernels applies the environment in the kernel description.
//
// When gonb ends, the script kills the processes that gonb may have left, such as a cell's program
// that ignores interrupts. It can do so only in a process group of its own, which Jupyter gives
// each kernel. In a shared group it kills nothing.
func kernelShim(bin, gonb string) string {
	return "#!/bin/sh\n" +
		"export PATH=" + quote(bin) + `:"$PATH" GOWORK=` + "\n" +
		"trap : TERM INT HUP\n" +
		quote(gonb) + ` "$@"` + "\n" +
		"status=$?\n" +
		`group=$(ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat)` + "\n" +
		`[ "$group" -eq $$ ] && kill -KILL 0` + "\n" +
		"exit $status\n"
}

// quote quotes a text as one word for the shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
