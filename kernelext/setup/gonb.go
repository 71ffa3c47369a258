package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/flowsforflows/flows/internal/atomicfile"
)

// The programs that the kernel is made of, at the versions that this module's go.mod gives.
const (
	gonbPackage      = "github.com/janpfeifer/gonb"
	goimportsPackage = "golang.org/x/tools/cmd/goimports"
	goplsPackage     = "golang.org/x/tools/gopls" // completes code in cells and shows its documentation; a module of its own
	toolsModule      = "golang.org/x/tools"
	kernelextPackage = modulePath + "/kernelext"
)

// gonb is the second step: the kernel, in a folder of its own for each checkout, because cells
// import the checkout.
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
			return fmt.Errorf("setup: %w", err)
		}
		for _, pkg := range []string{gonbPackage, goimportsPackage, goplsPackage} {
			name := filepath.Base(pkg)
			s.tell(Event{Text: "building " + name})
			file := filepath.Join(bin, name)
			if pkg == goplsPackage {
				file = filepath.Join(folder, name) // the kernel finds our gopls, which runs this one
			}
			build := exec.CommandContext(ctx, goTool, "build", "-o", file, pkg)
			build.Dir = o.Root
			if output, err := build.CombinedOutput(); err != nil {
				return fmt.Errorf("setup: %s could not be built: %s. Most often the network or a proxy is in the way: see that "+
					"`go build -o /dev/null %s` works in %s, and run the same command again", name, tail(string(output)), pkg, o.Root)
			}
		}
		s.tell(Event{Text: "describing the kernel"})
		for name, script := range map[string]string{
			"go":     goShim(goTool, o.Root),
			"gopls":  goplsShim(filepath.Join(folder, "gopls"), filepath.Join(folder, "gopls-cache")),
			"kernel": kernelShim(bin, filepath.Join(bin, "gonb")),
		} {
			if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
				return fmt.Errorf("setup: %w", err)
			}
		}
		return describe(ctx, o.Root, folder, bin, spec)
	})
	if err != nil {
		return "", err
	}
	return folder, nil
}

// describe lets gonb describe itself to Jupyter, under our folder in place of the user's, as a
// kernel that our shim starts.
func describe(ctx context.Context, root, folder, bin, spec string) error {
	// -force_deps: goimports and gopls are in bin, which is on the kernel's PATH and not on ours.
	install := exec.CommandContext(ctx, filepath.Join(bin, "gonb"), "-install", "-force_deps", "-go_work="+root)
	install.Env = append(os.Environ(), "JUPYTER_DATA_DIR="+folder)
	if output, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("setup: gonb could not describe its kernel in %s: %s. If the disk is full make room, and run the same command "+
			"again", folder, tail(string(output)))
	}
	content, err := os.ReadFile(spec)
	if err != nil {
		return fmt.Errorf("setup: gonb must describe its kernel in %s: %w", spec, err)
	}
	var description map[string]any
	if err := json.Unmarshal(content, &description); err != nil {
		return fmt.Errorf("setup: gonb's description of its kernel, %s: %w", spec, err)
	}
	argv, ok := description["argv"].([]any)
	if !ok || len(argv) == 0 {
		return fmt.Errorf("setup: gonb's description of its kernel, %s, must name a command", spec)
	}
	argv[0] = filepath.Join(bin, "kernel")
	if content, err = json.MarshalIndent(description, "", "  "); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	if err := atomicfile.Write(spec, content); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	_ = os.Remove(filepath.Join(filepath.Dir(spec), "gonb")) // a second copy of gonb, which the kernel shim doesn't use
	return nil
}

// findGo is the go command of the toolchain that this module asks for, and a text with all the
// versions that matter.
func findGo(ctx context.Context, root string) (goTool, versions string, err error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", "", fmt.Errorf("setup: the go command must be on PATH, since cells of a notebook are compiled, and there is none. " +
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
			said = tail(string(exit.Stderr))
		}
		return "", fmt.Errorf("setup: `go %s` failed in %s: %s. Mend that, and run the same command again", strings.Join(args, " "), root, said)
	}
	return string(output), nil
}

// goShim is a go command for the kernel. It does two things more than the real one.
//
// For each notebook GoNB makes a module with `go mod init`, and before each cell runs `go get`,
// which knows nothing of the workspace: it would ask the network for every module that a cell
// imports, even those that ours pins, and fail where the answer is no. Requiring our module at once
// gives it our pins.
//
// Cells import kernelext with a dot. GoNB keeps an import for every cell that follows, and leaves
// out those that a cell doesn't use, except by a dot: a cell with nothing of kernelext's would not
// compile. Where the compiler refuses that import, and only there, it is made a blank one.
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

// goplsShim is a gopls for the kernel, which serves completions while the kernel is connected to it.
// It ends a minute after a kernel that was killed: gopls would stay for ever, with a gigabyte. (GoNB
// connects 12 seconds after it has started it.) What it keeps on disk, where the user's cache would
// be, goes to our folder; what go keeps stays where it is.
func goplsShim(gopls, cache string) string {
	return "#!/bin/sh\n" +
		`export GOCACHE="$(go env GOCACHE)" XDG_CACHE_HOME=` + quote(cache) + " GOPLSCACHE=" + quote(filepath.Join(cache, "gopls")) + "\n" +
		"exec " + quote(gopls) + ` -listen.timeout=1m "$@"` + "\n"
}

// kernelShim runs gonb with the folder bin, where goimports, our gopls and our go are, at the head
// of its PATH, and without the workspace of whoever started Jupyter, since the kernel makes one for
// each notebook. It sets them itself, for not every program that starts kernels (Jupyter, VS Code)
// treats a description's environment alike.
//
// When gonb has ended the shim ends what it may have left: a cell's program that it was just
// starting, or that takes an interrupt lightly. Jupyter starts a kernel in a process group of its
// own, which can be ended as one; a kernel that somebody starts otherwise, and shares a group with,
// is left alone.
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

// quote makes a text one word of the shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
