package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// quickSteps is the most steps that a flow trains for in a quick run of a notebook.
const quickSteps = 256

// stepsInCell matches the call in a cell that gives a plan its number of steps.
var stepsInCell = regexp.MustCompile(`\.Steps\(([0-9_]+)\)`)

// quickCopy writes a copy of a notebook to a folder, with every Steps(n) in it at most quickSteps,
// and returns its path and the number of such calls.
func quickCopy(file, folder string) (path string, calls int, err error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", 0, err
	}
	short := stepsInCell.ReplaceAllFunc(content, func(call []byte) []byte {
		calls++
		digits := stepsInCell.FindSubmatch(call)[1]
		n, err := strconv.Atoi(strings.ReplaceAll(string(digits), "_", ""))
		if err != nil || n <= quickSteps {
			return call
		}
		return []byte(".Steps(" + strconv.Itoa(quickSteps) + ")")
	})
	path = filepath.Join(folder, filepath.Base(file))
	return path, calls, os.WriteFile(path, short, 0o644)
}
