package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// whatVariable names what a process is to do, and folderVariable the folder that it works in.
const (
	whatVariable   = "F4F_TEST_PROCESS"
	folderVariable = "F4F_TEST_FOLDER"
)

// Main is the body of a TestMain for a test binary that also serves as other processes. In a
// process made by Process it calls the named function of work and exits, with status 1 and the
// error on standard error if it fails. Otherwise it runs the tests.
func Main(m *testing.M, work map[string]func(folder string) error) {
	what := os.Getenv(whatVariable)
	if what == "" {
		os.Exit(m.Run())
	}
	if err := work[what](os.Getenv(folderVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Process returns a command that runs this test binary as a process that does one of Main's works
// in a folder.
func Process(what, folder string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), whatVariable+"="+what, folderVariable+"="+folder)
	return c
}
