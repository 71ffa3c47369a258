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
	"runtime"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/internal/atomicfile"
)

// kernelName is what the Go kernel is called in Jupyter, and so in the tutorials.
const kernelName = "gonb"

// Registration is a kernel that a Jupyter of the user's own, or an editor, offers.
type Registration struct {
	Folder string // the kernel's description: kernel.json and a logo
	Plugin string // the file of XLA's plugin, empty if there is none
	Note   string // what a person should know, for instance that XLA is missing and why; else empty
}

// Register makes the Go kernel known to a Jupyter that is there already, in a virtual or conda
// environment or anywhere: the steps GoNB and XLA, and a description of the kernel among that
// Jupyter's own. No package of it is touched. Its JupyterLab, notebook and console offer the kernel
// from then on, and so does VS Code once it knows the environment.
//
// The Jupyter is named by its program, by the folder of its environment, or by "" for the one on
// PATH. The description goes into the environment; where that can't be written, as that of the
// system's Python, into the user's Jupyter folder. A kernel of the same name that somebody else
// registered is left alone, and an error.
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
			continue // the system's, which an environment looks into last
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
		return nil, fmt.Errorf("setup: %s must list the kernel that it has just taken in, and there is none in %q", program, folders)
	}
	r.Folder = registered[0] // which is the one that Jupyter sees
	return r, record(o.Cache, registered...)
}

// RegisterForUser makes the Go kernel known to every Jupyter and editor of the user's, whether
// there is one already or not: its description goes into the user's Jupyter folder, where VS Code
// and all Jupyters look. Else it is as Register.
func RegisterForUser(ctx context.Context, o Options) (*Registration, error) {
	o, err := o.located(ctx)
	if err != nil {
		return nil, err
	}
	_, folder := userJupyter()
	if folder == "" {
		return nil, errors.New("setup: there must be a home folder to register the kernel in, and none is known. Set HOME, and run the same command again")
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

// kernel does the steps GoNB and XLA and gives the folder with the kernel's description.
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

// findJupyter is the program called jupyter of an environment, given its folder or any program in
// it; the one on PATH for "".
func findJupyter(name string) (string, error) {
	if name == "" {
		program, err := exec.LookPath("jupyter")
		if err != nil {
			return "", errors.New("setup: there must be a Jupyter to register the kernel in, and there is no jupyter on PATH. Say which with " +
				"-jupyter FOLDER, that of its environment, or register the kernel for all that you have with -user")
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
	return "", fmt.Errorf("setup: %s must hold a program jupyter, in it or in its bin, and doesn't. Give the folder of an environment with "+
		"Jupyter, such as /home/me/venv, or its program", folder)
}

// dataFolders are where a Jupyter looks for kernels and much else, the first of them first.
func dataFolders(ctx context.Context, program string) ([]string, error) {
	output, err := ask(ctx, program, "--paths", "--json")
	if err != nil {
		return nil, err
	}
	var paths struct{ Data []string }
	if err := json.Unmarshal([]byte(output), &paths); err != nil || len(paths.Data) == 0 {
		return nil, fmt.Errorf("setup: `%s --paths --json` must tell where its data are, got %q", program, tail(output))
	}
	return paths.Data, nil
}

// ask runs a Jupyter of the user's.
func ask(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var output, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &said
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("setup: %w", ctx.Err())
	case err != nil:
		return "", fmt.Errorf("setup: `%s %s` failed (%w): %s", program, strings.Join(args, " "), err, tail(said.String()))
	}
	return output.String(), nil
}

// free errs where a kernel is registered in a folder that we didn't put there.
func free(spec, cache string) error {
	if _, err := os.Stat(filepath.Join(spec, "kernel.json")); err != nil || isOurs(spec, cache) {
		return nil
	}
	return fmt.Errorf("setup: a kernel called %s is registered in %s already, and not by this command. Rename or remove that folder, and run "+
		"the same command again", kernelName, spec)
}

// isOurs tells whether the kernel that a folder describes is one that runs from our cache.
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

// recordFile holds the folders, one a line, that kernels were registered in.
const recordFile = "registered"

// record notes folders, so that Parts finds them.
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

// recorded are the folders noted.
func recorded(cache string) []string {
	content, err := os.ReadFile(filepath.Join(cache, recordFile))
	if err != nil {
		return nil // nothing was registered
	}
	return strings.FieldsFunc(string(content), func(r rune) bool { return r == '\n' })
}

// userJupyter are the folders of the user's Jupyter settings and data, as jupyter_core finds them;
// "" without a home folder.
func userJupyter() (settings, data string) {
	home, err := os.UserHomeDir()
	if err != nil {
		return os.Getenv("JUPYTER_CONFIG_DIR"), os.Getenv("JUPYTER_DATA_DIR")
	}
	settings = filepath.Join(home, ".jupyter")
	switch runtime.GOOS {
	case "windows":
		data = filepath.Join(os.Getenv("APPDATA"), "jupyter")
	case "darwin":
		data = filepath.Join(home, "Library", "Jupyter")
	default:
		data = filepath.Join(home, ".local", "share", "jupyter")
		if share := os.Getenv("XDG_DATA_HOME"); share != "" {
			data = filepath.Join(share, "jupyter")
		}
	}
	if folder := os.Getenv("JUPYTER_CONFIG_DIR"); folder != "" {
		settings = folder
	}
	if folder := os.Getenv("JUPYTER_DATA_DIR"); folder != "" {
		data = folder
	}
	return settings, data
}
