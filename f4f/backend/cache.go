package backend

import (
	"errors"
	"os"
	"path/filepath"
)

// pluginFileName is the name of the CPU plugin in our cache folder. go-xla recognises the platform
// by the "cpu" in it.
const pluginFileName = "pjrt_c_api_cpu_plugin.so"

// cacheFolder returns the folder where we keep plugins, or "" if the user has no cache folder.
func cacheFolder() string {
	folder, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "flowsforflows", "pjrt")
}

// isFile reports whether there is a regular, non-empty file at path.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

// moveInto moves a finished file to its place. It syncs the file before the rename, so that nobody
// ever sees half of it.
func moveInto(file, target string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	err = errors.Join(f.Chmod(0o755), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.Rename(file, target)
}
