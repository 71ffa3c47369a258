package backend

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

var errNoCgo = errors.New("this program was built without cgo, which XLA needs")

// notInstalledError is the error of an installation in which every step failed.
type notInstalledError struct{ reasons string }

func (e *notInstalledError) Error() string {
	return "XLA could not be installed (" + e.reasons + ")"
}

// remedy returns a clause that tells the user what to do about an error.
func remedy(err error) string {
	var notInstalled *notInstalledError
	switch {
	case errors.Is(err, errNoCgo):
		return "install a C compiler (gcc or clang), build with CGO_ENABLED=1"
	case errors.As(err, &notInstalled) && runtime.GOOS == "linux" && runtime.GOARCH == "amd64":
		return "connect this machine to the internet, with Python 3 and its pip installed,"
	case errors.As(err, &notInstalled):
		return "connect this machine to the internet"
	}
	return "fix that"
}

// patience is how long a failed installation is remembered. Each cell of a notebook is a new
// process, and without a network each would otherwise wait for the same failure.
const patience = 10 * time.Minute

// remember records a failure for later processes. If it can't, they try for themselves.
func remember(file, reasons string) {
	_ = os.WriteFile(file, []byte(reasons), 0o644)
}

// recall returns the failure of the last minutes, or nil.
func recall(file string) error {
	info, err := os.Stat(file)
	if err != nil || time.Since(info.ModTime()) > patience || time.Since(info.ModTime()) < 0 {
		return nil
	}
	reasons, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	text := strings.TrimSuffix(strings.TrimPrefix(string(reasons), "XLA could not be installed ("), ")")
	return &notInstalledError{fmt.Sprintf("at %s, %s", info.ModTime().Format("15:04"), text)}
}
