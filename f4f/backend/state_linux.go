package backend

import (
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// stateOf describes a file so that another description follows from any change of its content: the
// time of its last change is the kernel's, and nobody can set it. settled is false for a file that
// was changed within the last seconds, for another change may get the same time.
func stateOf(info fs.FileInfo) (state string, settled bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", false
	}
	changed := time.Unix(stat.Ctim.Unix())
	return fmt.Sprintln(stat.Dev, stat.Ino, stat.Size, stat.Mtim, stat.Ctim), time.Since(changed) > 3*time.Second
}
