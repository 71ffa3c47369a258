package backend

import (
	"os"
	"path/filepath"
	"strings"
)

// elsewhereFile is the name of a file in our cache folder. It lists folders outside it that an
// installation has made, one a line.
const elsewhereFile = "elsewhere"

// InstalledFolders returns the existing folders outside the user's cache folder that Install or
// Open has filled: go-xla's folder with NVIDIA's libraries, if Install or Open had them installed.
// Other programs that use GoMLX use that folder too.
func InstalledFolders() []string {
	var folders []string
	for _, folder := range noted(cacheFolder()) {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			folders = append(folders, folder)
		}
	}
	return folders
}

// noteElsewhere records a folder that is about to be made, for InstalledFolders. It ignores a
// folder that exists, because somebody else made it.
func noteElsewhere(cache, folder string) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	for _, before := range noted(cache) {
		if before == folder {
			return nil
		}
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(cache, elsewhereFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(folder + "\n")
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// noted returns the folders that noteElsewhere has recorded.
func noted(cache string) []string {
	if cache == "" {
		return nil
	}
	content, err := os.ReadFile(filepath.Join(cache, elsewhereFile))
	if err != nil {
		return nil // nothing was installed elsewhere
	}
	return strings.FieldsFunc(string(content), func(r rune) bool { return r == '\n' })
}
