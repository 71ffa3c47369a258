package paper

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestResultsAreReadAsTheyWereWritten(t *testing.T) {
	folder := t.TempDir()
	empty, err := readResults(folder)
	if err != nil || len(empty.Records) != 0 {
		t.Fatalf("a folder without results gives %+v, %v", empty, err)
	}
	want := mixed()
	// JSON can't represent these, but a KL may be infinite and its error unknown.
	want.Records[0].Numbers[0].Value = Real(math.Inf(1))
	want.Records[0].Numbers[0].Error = Real(math.Inf(-1))
	if err := want.write(folder); err != nil {
		t.Fatal(err)
	}
	got, err := readResults(folder)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("results come back otherwise (%v): %+v", err, got.Records[0])
	}
	want.Records[0].Numbers[0].Error = Real(math.NaN())
	if err := want.write(folder); err != nil {
		t.Fatal(err)
	}
	if got, err := readResults(folder); err != nil || !math.IsNaN(float64(got.Records[0].Numbers[0].Error)) {
		t.Errorf("an unknown error comes back as %v, %v", got.Records[0].Numbers[0].Error, err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".*")); len(left) > 0 {
		t.Errorf("writing leaves %q behind", left)
	}
}

// Hours of measuring are in that file. A damaged one is reported, not overwritten.
func TestDamagedResultsAreKept(t *testing.T) {
	for name, content := range map[string]string{"torn": `{"format": 1, "records": [{"left": "st`, "of another format": `{"format": 99}`, "empty": ""} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "results.json")
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			err := Run(t.Context(), Options{Budget: "quick", Only: []string{"bound"}, Folder: folder})
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "move it away") {
				t.Errorf("got %v, want an error that names the file and says what to do", err)
			}
			if kept, _ := os.ReadFile(path); string(kept) != content {
				t.Errorf("the file now holds %q", kept)
			}
		})
	}
}

// The file doesn't depend on the order of the runs.
func TestRecordsStandInOneOrder(t *testing.T) {
	forward := mixed()
	backward := &Results{Format: resultsFormat}
	for i := range forward.Records {
		backward.put(forward.Records[len(forward.Records)-1-i])
	}
	if !reflect.DeepEqual(forward.Records, backward.Records) {
		t.Error("records put in from the last to the first stand in another order")
	}
	n := len(forward.Records)
	again := forward.Records[3]
	again.Steps = 12345
	forward.put(again)
	if len(forward.Records) != n || forward.find(again.Case, again.Label).Steps != 12345 {
		t.Errorf("a case measured again is one of %d records, want it in place of the former among %d", len(forward.Records), n)
	}
}
