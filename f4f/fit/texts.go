package fit

import (
	"fmt"
	"os"
)

// ReadTexts reads the texts of a file that WriteFile wrote, and none of its tensors' values: a page
// or two of a large file. It finds out whatever ReadFile does but for values that were altered, and
// errs as ReadFile.
func ReadTexts(path string) (texts map[string]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("fit: reading %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		_, texts, err = readHead(f, info.Size())
	}
	if err != nil {
		return nil, fmt.Errorf("fit: reading %s: %w", path, err)
	}
	return texts, nil
}
