//go:build unix

package programs

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// private returns an error if anyone but this user may write to a file or folder.
func private(info fs.FileInfo) error {
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("its permissions are %#o; remove them from others by chmod go-w", mode)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("it belongs to user %d, and this process runs as user %d", stat.Uid, os.Geteuid())
	}
	return nil
}
