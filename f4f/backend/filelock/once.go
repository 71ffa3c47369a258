package filelock

import (
	"context"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data/atomicfile"
)

// Once calls make to fill a folder, unless that has been done before: unless the folder has a stamp
// with the same inputs and holds file. found says that it had been done. The folder is empty when
// make is called. The stamp is written last, so an incomplete folder has none and is made again. If
// several programs call Once for a folder, one makes it and the others wait, after calling waits.
func Once(ctx context.Context, folder, inputs, file string, waits func(), make func() error) (found bool, err error) {
	stamp := filepath.Join(folder, "made-from")
	made := func() bool {
		if _, err := os.Stat(file); err != nil { // follows the link bin/python
			return false
		}
		content, err := os.ReadFile(stamp)
		return err == nil && string(content) == inputs
	}
	if made() {
		return true, nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return false, err
	}
	unlock, err := Lock(ctx, folder+".lock", func(string) { waits() })
	if err != nil {
		return false, err
	}
	defer unlock()
	if made() { // by the program that we waited for
		return true, nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return false, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return false, err
	}
	if err := make(); err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		return false, err
	}
	return false, atomicfile.Write(stamp, []byte(inputs))
}
