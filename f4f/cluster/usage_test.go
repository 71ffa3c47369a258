package cluster_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// usageVariable names a folder in which each program of the tests keeps how long its processors
// have worked, since Slurm tells nothing of it without a database.
const usageVariable = "F4F_TEST_USAGE"

// keepUsage writes this process's usage over and over, on Linux.
func keepUsage(folder string) {
	path := filepath.Join(folder, strconv.Itoa(os.Getpid()))
	for ; ; time.Sleep(200 * time.Millisecond) {
		text, err := os.ReadFile("/proc/self/stat")
		if err == nil {
			err = os.WriteFile(path+".part", text, 0o644)
		}
		if err != nil || os.Rename(path+".part", path) != nil {
			return
		}
	}
}

// cpuSeconds returns the sum over the processes that kept their usage in a folder, in seconds.
func cpuSeconds(t *testing.T, folder string) (sum float64) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the last process has just put another one in its place
		}
		_, rest, _ := strings.Cut(string(text), ") ") // after the name, from field 3 on; see proc(5)
		fields := strings.Fields(rest)
		if len(fields) < 13 {
			continue
		}
		for _, field := range fields[11:13] { // utime and stime, in hundredths of a second
			ticks, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += ticks / 100
		}
	}
	return sum
}
