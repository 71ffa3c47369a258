package backend

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/flowsforflows/flows/f4f/backend/programs"
)

// ProgramsEnv is the name of the environment variable that sets the folder of compiled programs.
// The value "off" keeps none.
const ProgramsEnv = programs.Env

// compilation is everything that the machine code of a program depends on.
type compilation struct {
	program, format, options []byte // as PJRT_Client_Compile takes them
	compiler                 []byte // the digest of the plugin's file
	platform                 []byte // the version of the plugin and its libraries
	devices                  []byte // their number and kinds
	machine                  []byte // see machineCode
	flagsThen                []byte // see xlaFlagsAndFile: when the plugin was opened, because XLA reads them once
	flags                    []byte // see xlaFlagsAndFile: when the program is compiled
	debug                    []byte // XLA_DEBUG_OPTIONS
}

// key returns the key of the compiled program.
func (c compilation) key() programs.Key {
	return programs.KeyOf(c.program, c.format, c.options, c.compiler, c.platform, c.devices, c.machine, c.flagsThen, c.flags, c.debug)
}

// xlaFlags is the name of the environment variable from which XLA's plugins read their flags when
// they are first opened.
const xlaFlags = "XLA_FLAGS"

// xlaFlagsAndFile returns XLA_FLAGS. If its value is the name of a file, it also returns the file's
// content.
func xlaFlagsAndFile() ([]byte, error) {
	flags := os.Getenv(xlaFlags)
	if name := strings.TrimSpace(flags); name != "" && !strings.HasPrefix(name, "-") {
		content, err := os.ReadFile(flags)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // XLA takes a missing file for no flags
			return nil, err
		}
		return append([]byte(flags+"\n"), content...), nil
	}
	return []byte(flags), nil
}

// processorFile is where Linux describes the processors. Tests use other files.
var processorFile = "/proc/cpuinfo"

// machineCode describes what machine code depends on beyond the compiler and its input: the
// processor's model and features, the number of threads that programs are split for, and the GPU's
// driver.
func machineCode() ([]byte, error) {
	processor, err := processorFeatures(processorFile)
	if err != nil {
		return nil, fmt.Errorf("the processor's features are not known: %w", err)
	}
	driver, _ := os.ReadFile("/proc/driver/nvidia/version") // missing without an NVIDIA GPU
	return fmt.Appendf(nil, "%s/%s\n%s\n%d processors\n%s", runtime.GOOS, runtime.GOARCH, processor, runtime.NumCPU(), driver), nil
}

// processorFeatures returns the lines about the first processor in Linux' description that
// determine which machine code it runs and which suits it.
func processorFeatures(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	wanted := map[string]bool{
		"vendor_id": true, "cpu family": true, "model": true, "model name": true, "stepping": true, "flags": true, "cache size": true, // x86
		"CPU implementer": true, "CPU architecture": true, "CPU variant": true, "CPU part": true, "CPU revision": true, "Features": true, // ARM
	}
	var features []string
	complete := false
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		name, _, _ := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if wanted[name] {
			features = append(features, strings.TrimSpace(line))
			complete = complete || name == "flags" || name == "Features"
		}
		if name == "" && len(features) > 0 || err != nil { // the next processor follows
			if !complete {
				return "", fmt.Errorf("%s must have a line that begins with flags or Features", path)
			}
			return strings.Join(features, "\n"), nil
		}
	}
}

// fileDigest starts to compute the SHA-256 of a file, and returns a function that waits for it. For
// XLA's plugin of some 200 MB it takes 0.1 to 0.5 s, so the digest is remembered in the folder for
// as long as the file is unchanged.
func fileDigest(path string, folder *programs.Folder) func() ([]byte, error) {
	done := make(chan struct{})
	var digest []byte
	var err error
	go func() {
		defer close(done)
		digest, err = rememberedDigest(path, folder)
	}()
	return func() ([]byte, error) {
		<-done
		return digest, err
	}
}

// rememberedDigest returns the SHA-256 of a file, from the folder if it is there.
func rememberedDigest(path string, folder *programs.Folder) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	state, settled := stateOf(info)
	key := programs.KeyOf([]byte("SHA-256 of a file"), []byte(path), []byte(state))
	if settled {
		if digest, err := folder.Recall(key); err == nil && len(digest) == sha256.Size {
			return digest, nil
		}
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return nil, err
	}
	digest := hash.Sum(nil)
	if settled {
		_ = folder.Remember(key, digest) // if that fails, the next process computes it again
	}
	return digest, nil
}

// warned are the sentences that warnOnce has logged.
var warned sync.Map

// warnOnce logs a sentence for a person to read, once in a process.
func warnOnce(text string) {
	if _, before := warned.LoadOrStore(text, true); !before {
		slog.Warn(text)
	}
}
