package backend

import (
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// stateOf returns a description of a file that differs after any change of its content: it includes
// the change time, which the kernel sets and nobody else can. settled is false for a file that was
// changed within the last seconds, because another change may get the same time.
func stateOf(info fs.FileInfo) (state string, settled bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", false
	}
	changed := time.Unix(stat.Ctim.Unix())
	return fmt.Sprintln(stat.Dev, stat.Ino, stat.Size, stat.Mtim, stat.Ctim), time.Since(changed) > 3*time.Second
}
