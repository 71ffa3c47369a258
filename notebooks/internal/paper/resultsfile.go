package paper

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// readResults returns the contents of a folder's results.json, or empty results if there is none.
// It returns an error on a file that can't be read or has another format.
func readResults(folder string) (*Results, error) {
	path := resultsFile(folder)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Results{Format: resultsFormat}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	var r Results
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("paper: %s can't be read: %w; move it away to begin anew, trained flows stay in the store", path, err)
	}
	if r.Format != resultsFormat {
		return nil, fmt.Errorf("paper: %s is of format %d, this version reads %d; move it away to begin anew, trained flows stay in the store", path, r.Format, resultsFormat)
	}
	return &r, nil
}

// write writes the results to a folder, atomically.
func (r *Results) write(folder string) error {
	r.Claims, r.Beside, r.Coverage = claims(r), besides(r), coverage(r)
	content, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	return writeFile(resultsFile(folder), append(content, '\n'))
}

func resultsFile(folder string) string { return filepath.Join(folder, "results.json") }
