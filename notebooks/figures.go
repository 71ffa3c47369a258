package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowsforflows/flows/data/atomicfile"
)

// writeFigures extracts the pictures from the outputs of an executed notebook. It writes them to
// figure-1.png and so on, in order, and returns the paths.
func writeFigures(notebookFile, folder string) (figures []string, err error) {
	nb, err := readNotebook(notebookFile)
	if err != nil {
		return nil, err
	}
	for _, c := range nb.Cells {
		for _, o := range c.Outputs {
			content, ending, err := o.picture()
			if err != nil {
				return nil, err
			}
			if content == nil {
				continue
			}
			file := filepath.Join(folder, fmt.Sprintf("figure-%d.%s", len(figures)+1, ending))
			if err := atomicfile.Write(file, content); err != nil {
				return nil, err
			}
			figures = append(figures, file)
		}
	}
	return figures, nil
}

// removeFigures removes what an earlier writeFigures wrote.
func removeFigures(folder string) error {
	for _, ending := range []string{"png", "svg"} {
		old, _ := filepath.Glob(filepath.Join(folder, "figure-*."+ending)) // the pattern is valid
		for _, file := range old {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// picture returns an output as PNG, or else as SVG, or nil if it has neither.
func (o output) picture() (content []byte, ending string, err error) {
	if text, ok := o.Data["image/png"]; ok {
		content, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
		if err != nil {
			return nil, "", fmt.Errorf("a picture in the notebook must be in base64: %w", err)
		}
		return content, "png", nil
	}
	if text, ok := o.Data["image/svg+xml"]; ok {
		return []byte(text), "svg", nil
	}
	return nil, "", nil
}
