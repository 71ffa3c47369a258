package python

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/flowsforflows/flows/f4f/backend/filelock"
)

// Packages are Python packages that are installed together.
type Packages struct {
	Name   string // what they are, for messages and the folder's name: "scikit-learn"
	Pins   string // the lines of a requirements file: "scikit-learn==1.9.1\nnumpy==2.4.6\n"
	Alone  bool   // installs only the packages of Pins, not those that they depend on
	Size   string // of the installation, for a message: "some 100 MB"; may be empty
	Oldest int    // minor version of the oldest Python 3 that they support; 0 is 10, for Python 3.10

	Cache    string            // folder to install in; if empty, flowsforflows in the user's cache folder
	Progress func(text string) // receives progress; may be nil
}

// Install installs the packages in a virtual environment, unless that has been done before. There
// is one environment for each list of pins and version of Python. It returns an error if Name or
// Pins isn't valid, if PATH has no Python 3 with venv that is new enough, or if pip fails.
func (p Packages) Install(ctx context.Context) (Environment, error) {
	if strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" || strings.Trim(p.Name, ".") == "" {
		return Environment{}, fmt.Errorf("python: Packages.Name must be of letters, digits and dashes, because a folder is called after it, got %q", p.Name)
	}
	if strings.TrimSpace(p.Pins) == "" {
		return Environment{}, fmt.Errorf("python: Packages.Pins of %s must hold a line like numpy==2.4.6, and is empty", p.Name)
	}
	cache, err := p.cache()
	if err != nil {
		return Environment{}, err
	}
	if p.Progress == nil {
		p.Progress = func(string) {}
	}
	p.Progress("looking for Python")
	py, err := p.find(ctx)
	if err != nil {
		return Environment{}, err
	}
	inputs := strings.Join([]string{p.Pins, fmt.Sprint(p.Alone), py.Version, py.Prefix}, "\n")
	folder := filepath.Join(cache, strings.ToLower(p.Name)+"-"+short(inputs))
	waits := func() { p.Progress("waiting for another program that does the same") }
	found, err := filelock.Once(ctx, folder, inputs, of(folder), waits, func() error { return p.make(ctx, py, folder) })
	if err != nil {
		return Environment{}, fmt.Errorf("python: %w", err)
	}
	return Environment{folder, found}, nil
}

// cache returns the folder that the packages are installed in.
func (p Packages) cache() (string, error) {
	if p.Cache != "" {
		return p.Cache, nil
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("python: there must be a cache folder for %s, and none is known (%w). Set HOME to a writable folder, "+
			"and run the same command again", p.Name, err)
	}
	return filepath.Join(folder, "flowsforflows"), nil
}

// make makes a virtual environment in the folder, and installs the packages into it.
func (p Packages) make(ctx context.Context, py interpreter, folder string) error {
	p.Progress("making a virtual environment")
	venv := exec.CommandContext(ctx, py.path, "-m", "venv", "--clear", folder)
	venv.Env = environ()
	if output, err := venv.CombinedOutput(); err != nil {
		return fmt.Errorf("%s could not make a virtual environment in %s: %s. Install Python's venv module (Debian and "+
			"Ubuntu: sudo apt install python3-venv) or free some disk space, and run the same command again", py.path, folder, Tail(string(output)))
	}
	p.Progress(strings.TrimSuffix("installing "+p.Name+", "+p.Size, ", "))
	file := filepath.Join(folder, "requirements.txt")
	if err := os.WriteFile(file, []byte(p.Pins), 0o644); err != nil {
		return err
	}
	arguments := []string{"-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--progress-bar=off"}
	if p.Alone {
		arguments = append(arguments, "--no-deps")
	}
	pip := exec.CommandContext(ctx, of(folder), append(arguments, "-r", file)...)
	pip.Env = environ()
	pip.WaitDelay = time.Second
	var all bytes.Buffer
	lines, write := io.Pipe()
	pip.Stdout = io.MultiWriter(&all, write)
	pip.Stderr = pip.Stdout
	told := make(chan struct{})
	go func() {
		defer close(told)
		for scanner := bufio.NewScanner(lines); scanner.Scan(); {
			// "Collecting jupyterlab==4.6.6 (from …)", "Installing collected packages: …"
			if words := strings.Fields(scanner.Text()); len(words) > 1 && (words[0] == "Collecting" || words[0] == "Downloading" || words[0] == "Installing") {
				p.Progress(strings.ToLower(words[0]) + " " + words[1])
			}
		}
		_, _ = io.Copy(io.Discard, lines) // a line that is too long for the scanner must not block pip
	}()
	err := pip.Run()
	write.Close()
	<-told
	if err != nil {
		return fmt.Errorf("pip could not install %s: %s. The usual cause is the network or a proxy: check that "+
			"`%s -m pip install -r %s` works, and run the same command again", p.Name, Tail(all.String()), of(folder), file)
	}
	return nil
}

// short returns a hash of a text, for the name of a folder.
func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}
