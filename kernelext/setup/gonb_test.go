//go:build unix

package setup

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMissingGoIsToldWithTheRemedy(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := gonb(t.Context(), Options{Root: t.TempDir(), Cache: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "Install Go from") {
		t.Errorf("gonb = %v, want an error that says how to install Go", err)
	}
}

// script writes an executable shell script.
func script(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestGoOfTheKernelRequiresOurModule(t *testing.T) {
	echo := script(t, "it's go", "#!/bin/sh\necho \"$@\"\n[ \"$1\" != fail ]\n")
	shim := script(t, "go", goShim(echo, "/a folder/flows"))
	require := "mod edit -require=" + modulePath + "@v0.0.0-00010101000000-000000000000 -replace=" + modulePath + "=/a folder/flows\n"
	for _, row := range []struct {
		name, want string
		args       []string
		fails      bool
	}{
		{"a notebook's module", "mod init gonb_0123\n" + require, []string{"mod", "init", "gonb_0123"}, false},
		{"anybody's module", "mod init other\n", []string{"mod", "init", "other"}, false},
		{"anything", "build -o a b\n", []string{"build", "-o", "a b"}, false},
		{"failure", "fail\n", []string{"fail"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			output, err := exec.Command(shim, row.args...).Output()
			if string(output) != row.want || (err != nil) != row.fails {
				t.Errorf("the shim did %q, %v; want %q", output, err, row.want)
			}
		})
	}
}

// A cell that uses nothing of kernelext compiles, and other errors of a cell are still reported.
func TestGoOfTheKernelForgivesAnUnusedKernelext(t *testing.T) {
	root, err := Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	shim := script(t, "go", goShim(goTool, root))
	for _, row := range []struct{ name, does, says string }{
		{"nothing of it", "fmt.Println(1)", ""},
		{"something of it", "fmt.Println(FormatBytes(1))", ""},
		{"nothing of it and a mistake", "fmt.Println(undeclared)", "undefined: undeclared"},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder, err := os.MkdirTemp(root, "_cell") // inside our module, whose packages it imports
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(folder) })
			program := "package main\n\nimport (\n\t. \"" + kernelextPackage + "\"\n\t\"fmt\"\n)\n\nfunc main() {\n\t" + row.does + "\n}\n"
			if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(program), 0o644); err != nil {
				t.Fatal(err)
			}
			build := exec.Command(shim, "build", "-o", filepath.Join(t.TempDir(), "cell"))
			build.Dir = folder
			output, err := build.CombinedOutput()
			if (err != nil) != (row.says != "") || !strings.Contains(string(output), row.says) || strings.Contains(string(output), "not used") {
				t.Errorf("it gives %v and says %q, want %q", err, output, row.says)
			}
		})
	}
}

func TestGoplsOfTheKernelEndsByItself(t *testing.T) {
	echo := script(t, "it's gopls", "#!/bin/sh\necho \"$GOPLSCACHE\" \"$XDG_CACHE_HOME\" \"$@\"\n")
	output, err := exec.Command(script(t, "gopls", goplsShim(echo, "/a cache")), "-listen", "unix;/tmp/socket").Output()
	if want := "/a cache/gopls /a cache -listen.timeout=1m -listen unix;/tmp/socket\n"; string(output) != want || err != nil {
		t.Errorf("the shim did %q, %v; want %q", output, err, want)
	}
}

func TestKernelTakesWhatItLeftWithIt(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	leaving := script(t, "gonb", "#!/bin/sh\nsleep 60 >/dev/null 2>&1 &\necho $! > '"+pid+"'\nexit 3\n")
	shim := script(t, "kernel", kernelShim("", leaving))
	left := func() int {
		t.Helper()
		content, err := os.ReadFile(pid)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(content)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	alive := func(pid int) bool {
		if state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && strings.Contains(string(state), ") Z ") {
			return false // a zombie: ended, but not waited for
		}
		return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}

	alone := exec.Command(shim)
	alone.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	_ = alone.Run()
	gone := false
	for range 50 {
		if gone = !alive(left()); gone {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if !gone {
		t.Error("the processes of a kernel in its own group must end with it")
	}

	var exit *exec.ExitError
	if err := exec.Command(shim).Run(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("a kernel in a shared group must end with gonb's status 3, got %v", err)
	}
	if !alive(left()) {
		t.Error("a kernel in a shared group must not end other processes")
	}
	_ = syscall.Kill(left(), syscall.SIGKILL)
}
