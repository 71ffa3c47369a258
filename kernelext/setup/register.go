package setup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/f4f/backend/python"
)

// kernelName is the name of the Go kernel in Jupyter, and so in the tutorials.
const kernelName = "gonb"

// Registration is a kernel that was added to a Jupyter or an editor of the user.
type Registration struct {
	Folder string // folder of the kernel's description: kernel.json and a logo
	Plugin string // file of XLA's plugin, empty if there is none
	Note   string // message for the user, for example that XLA is missing and why, or empty
}

// Register adds the Go kernel to an existing Jupyter, in a virtual or conda environment or anywhere
// else. It runs the steps GoNB and XLA and adds a description of the kernel. It changes none of
// that Jupyter's packages. Its JupyterLab, notebook and console then offer the kernel, and so does
// VS Code once it knows the environment.
//
// jupyter is the Jupyter program or the folder of its environment; "" means the one on PATH. The
// description is written to the environment or, if that isn't writable (for example the system's
// Python), to the user's Jupyter folder. If another kernel of the same name is registered, Register
// leaves it alone and returns an error.
func Register(ctx context.Context, jupyter string, o Options) (*Registration, error) {
	program, err := findJupyter(jupyter)
	if err != nil {
		return nil, err
	}
	o, err = o.located(ctx)
	if err != nil {
		return nil, err
	}
	folders, err := dataFolders(ctx, program)
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		if strings.HasPrefix(folder, "/usr/") && !strings.HasPrefix(program, "/usr/") {
			continue // the system's folder, which an environment searches last
		}
		if err := free(filepath.Join(folder, "kernels", kernelName), o.Cache); err != nil {
			return nil, err
		}
	}
	r, description, err := kernel(ctx, o)
	if err != nil {
		return nil, err
	}

	install := []string{"kernelspec", "install", description, "--name=" + kernelName, "--replace"}
	if _, said := ask(ctx, program, append(install, "--sys-prefix")...); said != nil {
		if _, err := ask(ctx, program, append(install, "--user")...); err != nil {
			return nil, fmt.Errorf("%w; and into its environment: %w", err, said)
		}
	}
	var registered []string
	for _, folder := range folders {
		if spec := filepath.Join(folder, "kernels", kernelName); isOurs(spec, o.Cache) {
			registered = append(registered, spec)
		}
	}
	if len(registered) == 0 {
		return nil, fmt.Errorf("setup: %s installed the kernel, but there is none in %q", program, folders)
	}
	r.Folder = registered[0] // the one that Jupyter uses
	return r, record(o.Cache, registered...)
}

// RegisterForUser adds the Go kernel to every Jupyter and editor of the user, including later ones.
// It writes the description to the user's Jupyter folder, which VS Code and all Jupyters search.
// Otherwise it behaves as Register does.
func RegisterForUser(ctx context.Context, o Options) (*Registration, error) {
	o, err := o.located(ctx)
	if err != nil {
		return nil, err
	}
	_, folder := userJupyter()
	if folder == "" {
		return nil, errors.New("setup: there must be a home folder to register the kernel in, and none is set. Set HOME, and run the same command again")
	}
	spec := filepath.Join(folder, "kernels", kernelName)
	if err := free(spec, o.Cache); err != nil {
		return nil, err
	}
	r, description, err := kernel(ctx, o)
	if err != nil {
		return nil, err
	}
	err = os.RemoveAll(spec)
	if err == nil {
		err = os.CopyFS(spec, os.DirFS(description))
	}
	if err != nil {
		return nil, fmt.Errorf("setup: the kernel could not be registered for the user: %w", err)
	}
	r.Folder = spec
	return r, record(o.Cache, spec)
}

// kernel runs the steps GoNB and XLA and returns the folder with the kernel's description.
func kernel(ctx context.Context, o Options) (r *Registration, description string, err error) {
	kernels, err := gonb(ctx, o)
	if err != nil {
		return nil, "", err
	}
	r = &Registration{}
	if r.Plugin, r.Note, err = xla(ctx, o); err != nil {
		return nil, "", err
	}
	return r, filepath.Join(kernels, "kernels", kernelName), nil
}

// findJupyter returns the path of the jupyter program of an environment. name is the environment's
// folder or any program in it; "" means the jupyter on PATH.
func findJupyter(name string) (string, error) {
	if name == "" {
		program, err := exec.LookPath("jupyter")
		if err != nil {
			return "", errors.New("setup: there must be a Jupyter to register the kernel in, and there is no jupyter on PATH. Choose one with " +
				"-jupyter FOLDER, the folder of its environment, or register the kernel for all your Jupyters with -user")
		}
		return program, nil
	}
	folder := name
	if info, err := os.Stat(name); err != nil {
		return "", fmt.Errorf("setup: there must be a Jupyter at %s: %w", name, err)
	} else if !info.IsDir() {
		folder = filepath.Dir(name)
	}
	for _, at := range []string{"jupyter", "bin/jupyter", `Scripts\jupyter.exe`} {
		if program, err := exec.LookPath(filepath.Join(folder, at)); err == nil {
			return filepath.Abs(program)
		}
	}
	return "", fmt.Errorf("setup: %s must contain the program jupyter, directly or in bin, and doesn't. Give the folder of an environment with "+
		"Jupyter, such as /home/me/venv, or its program", folder)
}

// dataFolders returns the folders that a Jupyter searches for kernels and other data, in order.
func dataFolders(ctx context.Context, program string) ([]string, error) {
	output, err := ask(ctx, program, "--paths", "--json")
	if err != nil {
		return nil, err
	}
	var paths struct{ Data []string }
	if err := json.Unmarshal([]byte(output), &paths); err != nil || len(paths.Data) == 0 {
		return nil, fmt.Errorf("setup: `%s --paths --json` must print its data folders as JSON, got %q", program, python.Tail(output))
	}
	return paths.Data, nil
}

// ask runs a Jupyter of the user and returns its standard output.
func ask(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var output, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &said
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("setup: %w", ctx.Err())
	case err != nil:
		return "", fmt.Errorf("setup: `%s %s` failed (%w): %s", program, strings.Join(args, " "), err, python.Tail(said.String()))
	}
	return output.String(), nil
}

// free returns an error if a folder holds a kernel that we didn't register.
func free(spec, cache string) error {
	if _, err := os.Stat(filepath.Join(spec, "kernel.json")); err != nil || isOurs(spec, cache) {
		return nil
	}
	return fmt.Errorf("setup: a kernel named %s is already registered in %s, and not by this command. Rename or remove that folder, and run "+
		"the same command again", kernelName, spec)
}

// isOurs reports whether the kernel described in a folder runs from our cache.
func isOurs(spec, cache string) bool {
	content, err := os.ReadFile(filepath.Join(spec, "kernel.json"))
	if err != nil {
		return false
	}
	var description struct{ Argv []string }
	if json.Unmarshal(content, &description) != nil || len(description.Argv) == 0 {
		return false
	}
	return strings.HasPrefix(description.Argv[0], cache+string(filepath.Separator))
}

// recordFile lists the folders in which kernels were registered, one a line.
const recordFile = "registered"

// record adds folders to the list, so that Parts finds them.
func record(cache string, specs ...string) error {
	all := recorded(cache)
	for _, spec := range specs {
		if !slices.Contains(all, spec) {
			all = append(all, spec)
		}
	}
	if err := atomicfile.Write(filepath.Join(cache, recordFile), []byte(strings.Join(all, "\n")+"\n")); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	return nil
}

// recorded returns the listed folders.
func recorded(cache string) []string {
	content, err := os.ReadFile(filepath.Join(cache, recordFile))
	if err != nil {
		return nil // nothing was registered
	}
	return strings.FieldsFunc(string(content), func(r rune) bool { return r == '\n' })
}
