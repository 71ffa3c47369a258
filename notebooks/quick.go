package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// The most steps or epochs that a flow trains for in a quick run of a notebook.
const quickSteps, quickEpochs = 256, 1

// lengthInCell matches the call in a cell that tells a plan how long to train.
var lengthInCell = regexp.MustCompile(`\.(Steps|Epochs)\(([0-9_]+)\)`)

// quickCopy writes a copy of a notebook to a folder, in which every Steps(n) is at most quickSteps
// and every Epochs(n) at most quickEpochs. It returns its path and the number of such calls.
func quickCopy(file, folder string) (path string, calls int, err error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", 0, err
	}
	short := lengthInCell.ReplaceAllFunc(content, func(call []byte) []byte {
		calls++
		parts := lengthInCell.FindSubmatch(call)
		most := quickSteps
		if string(parts[1]) == "Epochs" {
			most = quickEpochs
		}
		n, err := strconv.Atoi(strings.ReplaceAll(string(parts[2]), "_", ""))
		if err != nil || n <= most {
			return call
		}
		return fmt.Appendf(nil, ".%s(%d)", parts[1], most)
	})
	path = filepath.Join(folder, filepath.Base(file))
	return path, calls, os.WriteFile(path, short, 0o644)
}
