package paper

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// python writes a stand-in for Python: a shell script with the program's path as $1, its task as
// $2, and the task's folder as $folder.
func python(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	text := "#!/bin/sh\nfolder=$(printf %s \"$2\" | sed 's/.*\"folder\":\"\\([^\"]*\\)\".*/\\1/')\n" + script
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// The program is run once, with the points to train on. Its progress is reported, and its output is
// read and measured like ours.
func TestWhatFlows4flowsTrainsIsMeasured(t *testing.T) {
	tiny(t)
	flow, err := filepath.Abs(filepath.FromSlash("../../../f4f/testdata/nflows_transport.safetensors")) // in the form that flows4flows writes
	if err != nil {
		t.Fatal(err)
	}
	runs := filepath.Join(t.TempDir(), "runs")
	o := Options{Budget: "tiny", Store: t.TempDir(), Folder: t.TempDir(), Python: python(t, fmt.Sprintf(`
echo run >> %s
cmp -s "$folder/left.npy" "$folder/right.npy" && exit 3 # two seeds
test -s "$folder/left.npy" && test -s "$1" || exit 4
echo warning: a library speaks
echo '{"flow": "left base", "step": 5, "steps": 20}'
cp %s "$folder/flow.safetensors"
echo '{"seconds": 12.5}'
`, runs, flow))}
	peer := Case{Left: "checkerboard", Right: "checkerboard", Method: byFlows4flows, Seed: 1}
	all := []Experiment{{Name: "beside", Title: "beside", Cases: []Case{peer}}}
	_, trained, err := watched(t, o, all, nil)
	if err != nil || trained != 1 {
		t.Fatalf("it is told of %d times that it trains, and gives %v", trained, err)
	}
	r, err := readResults(o.Folder)
	if err != nil || len(r.Records) != 1 {
		t.Fatalf("there are the results %+v, %v", r, err)
	}
	record := r.Records[0]
	if record.Failed != "" || record.Trained != 12.5 || record.Steps != 20 || !strings.Contains(record.Plan, `"rate":0.0001`) {
		t.Errorf("the record is %+v", record)
	}
	if n, ok := record.number(movedEuclidean, ""); !ok || !(n.Value > 0) {
		t.Errorf("it has moved points by %+v", n)
	}
	if left, _ := filepath.Glob(filepath.Join(o.Store, "*", "*.npy")); len(left) > 0 {
		t.Errorf("of the points there remain %v", left)
	}

	if err := os.Remove(filepath.Join(o.Folder, "results.json")); err != nil {
		t.Fatal(err)
	}
	if _, _, err = watched(t, o, all, nil); err != nil {
		t.Error(err)
	}
	if times, err := os.ReadFile(runs); err != nil || string(times) != "run\n" {
		t.Errorf("what was trained is trained again: %q, %v", times, err)
	}

	o.Python, o.Folder = "", t.TempDir()
	if _, _, err := watched(t, o, all, nil); err != nil {
		t.Error(err)
	}
	if r, err := readResults(o.Folder); err != nil || len(r.Records) != 0 {
		t.Errorf("without a Python there are the results %+v, %v", r, err)
	}
}

func TestFlows4flowsThatFailsIsTold(t *testing.T) {
	tiny(t)
	peer := Case{Left: "star", Right: "star", Method: byFlows4flows, Seed: 1}
	for name, test := range map[string]struct{ script, says string }{
		"not there":      {"echo 'Traceback' >&2; echo \"ModuleNotFoundError: No module named 'ffflows'\" >&2; exit 1", "No module named 'ffflows'"},
		"killed":         {"kill -9 $$", "killed"},
		"without an end": {"echo '{}'", "without saying how long it took"},
		"without a flow": {`echo '{"seconds": 1}'`, "flow.safetensors"},
	} {
		o := Options{Budget: "tiny", Store: t.TempDir(), Folder: t.TempDir(), Python: python(t, test.script)}
		_, _, err := watched(t, o, []Experiment{{Name: "beside", Title: "beside", Cases: []Case{peer}}}, nil)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s gives %v, want what says %q", name, err, test.says)
		}
	}
	o := Options{Budget: "tiny", Store: t.TempDir(), Folder: t.TempDir(), Python: filepath.Join(t.TempDir(), "none")}
	if _, _, err := watched(t, o, []Experiment{{Name: "beside", Title: "beside", Cases: []Case{peer}}}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a Python that isn't there gives %v", err)
	}
}

// Bases are trained once for all cases that have them on the same side, and the transfer between them
// trains nothing beyond its flow for flow.
func TestCasesOfFlows4flowsShareTheirBases(t *testing.T) {
	tiny(t)
	flow, err := filepath.Abs(filepath.FromSlash("../../../f4f/testdata/nflows_transport.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	runs := filepath.Join(t.TempDir(), "runs")
	o := Options{Budget: "tiny", Store: t.TempDir(), Folder: t.TempDir(), Python: python(t, fmt.Sprintf(`
for side in left right; do
	if test -e "$folder/$side.pt"; then echo "$side is there" >> %[1]s; else echo "$side is trained" >> %[1]s; echo $side > "$folder/$side.pt"; fi
done
test "$(cat "$folder/left.pt" "$folder/right.pt" | tr '\n' ' ')" = "left right " || exit 3
cp %[2]s "$folder/flow.safetensors"
case $1 in *penalty.py) test -s "$folder/flows4flows.py" || exit 4;; esac
case $2 in *penalty*) echo with the penalty >> %[1]s;; esac
echo '{"seconds": 12.5}'
`, runs, flow))}
	star := func(right, own string) Case { return Case{Left: "star", Right: right, Method: theirs[own], Seed: 1} }
	all := []Experiment{{Name: "beside", Title: "beside", Cases: []Case{star("star", flowForFlow), star("star", baseTransfer), star("ring", flowForFlow), star("star", withPenalty)}}}
	if _, _, err := watched(t, o, all, nil); err != nil {
		t.Fatal(err)
	}
	want := "left is trained\nright is trained\nleft is there\nright is trained\nleft is there\nright is there\nwith the penalty\n"
	if got, err := os.ReadFile(runs); err != nil || string(got) != want {
		t.Errorf("the runs are\n%s, %v, want\n%s", got, err, want)
	}
	r, err := readResults(o.Folder)
	if err != nil || len(r.Records) != 4 {
		t.Fatalf("there are the results %+v, %v", r, err)
	}
	transfer := r.find(star("star", baseTransfer), Label{Budget: "tiny"})
	if n, ok := transfer.number(movedEuclidean, ""); transfer.Trained != 0 || transfer.Steps != 0 || !ok || !(n.Value > 0) {
		t.Errorf("base transfer's record is %+v", transfer)
	}
}

func TestTheTaskOfFlows4flowsIsThePapers(t *testing.T) {
	for i, want := range []struct{ base, flow, bases, steps int }{{10, 20, 156_240, 156_240}, {1, 2, 15_624, 15_624}, {1, 2, 1562, 1562}} {
		task := recipes{budget: budgets[i], fast: true}.task(identity(data.Star().Name(), byFlows4flows))
		bases, flow := task.steps()
		if task.BaseEpochs != want.base || task.TransportEpochs != want.flow || bases != want.bases || flow != want.steps || task.Rate != 1e-4 {
			t.Errorf("at the budget %s it is %s, %d and %d steps", budgets[i].Name, task, bases, flow)
		}
	}
}
