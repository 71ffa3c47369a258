package backend

import (
	"os"
	"path/filepath"
	"strings"
)

// elsewhereFile holds, in our cache folder, the folders beyond it that an installation has made,
// one a line.
const elsewhereFile = "elsewhere"

// Elsewhere are the folders outside of the user's cache folder that Install or Open has filled and
// that are still there: the one of go-xla's with NVIDIA's libraries, where it was we who had them
// installed. Other programs on GoMLX use it too.
func Elsewhere() []string {
	var folders []string
	for _, folder := range noted(cacheFolder()) {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			folders = append(folders, folder)
		}
	}
	return folders
}

// noteElsewhere notes a folder that is about to be made, for Elsewhere; one that is there already
// is somebody else's.
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
