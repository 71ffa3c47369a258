package testenv

import (
	"errors"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"testing"
)

// LimitFiles makes every write of this process beyond that many bytes of a file fail with EFBIG, as
// on a full disk. 0 lifts the limit again. It panics if the system doesn't set the limit.
func LimitFiles(bytes uint64) {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit)
	if limit.Cur = bytes; bytes == 0 {
		limit.Cur = limit.Max
	}
	if err = errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)); err != nil {
		panic(err)
	}
}

// SmallDisk mounts a file system of 256 kB until the test ends. It skips the test if it can't mount
// one.
func SmallDisk(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=256k,mode=700"); err != nil {
		t.Skipf("a file system can't be mounted here (%v); the test beside this one fills the disk otherwise", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	return folder
}

// DropPrivileges restarts the program of this process from the beginning, without the superuser's
// right to write whatever the permissions. It returns nil in a process that doesn't have that
// right.
func DropPrivileges() error {
	const dropped = "F4F_TEST_DROPPED"
	if os.Getuid() != 0 || os.Getenv(dropped) != "" {
		return nil
	}
	// The next program loses the right, because it starts with the bounding set of this thread.
	const dropBounding, overrideDAC = 24, 1
	runtime.LockOSThread()
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, dropBounding, overrideDAC, 0); errno != 0 {
		return errno
	}
	return syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), dropped+"=yes"))
}
