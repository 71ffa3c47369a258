package paper

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// What was published is measured again elsewhere, with no store: nothing is trained, and the
// numbers are the same.
func TestPublishedFlowsGiveTheirNumbersAgain(t *testing.T) {
	tiny(t)
	way := []pair{{"star", "star"}}
	all := []Experiment{{Name: "both", Title: "both", Cases: cases(way, []string{flowForFlow, baseTransfer}, 1), Weights: cases(way, []string{flowForFlow}, 1)}}
	all[0].Cases = append(all[0].Cases, Case{Left: "star", Method: learnedBase, Seed: 1}, Case{Left: "star", Method: learnedBase, Seed: 2}) // which the flow's file contains
	all[0].Figures = colourCoded("both", way, flowForFlow, baseTransfer)
	all[0].Figures[0].published = true
	public := t.TempDir()
	flows := publishedFlows(public)
	first := Options{Budget: "tiny", Store: t.TempDir(), Folder: t.TempDir(), Publish: public}
	if _, trained, err := watched(t, first, all, nil); err != nil || trained == 0 {
		t.Fatalf("the first run trains %d times and gives %v", trained, err)
	}
	files, err := os.ReadDir(flows)
	if err != nil || len(files) != 1 || !strings.HasPrefix(files[0].Name(), "star-star-flow-for-flow-seed-1-tiny-") {
		t.Fatalf("published are %v, %v; want the one flow for flow", files, err)
	}

	if content, err := os.ReadFile(filepath.Join(public, "both-star-star.tiny.png")); err != nil || len(content) == 0 {
		t.Errorf("the published picture has %d bytes, %v", len(content), err)
	}
	// An earlier run may be published later.
	later := first
	later.Publish = t.TempDir()
	if _, trained, err := watched(t, later, all, nil); err != nil || trained > 0 {
		t.Fatalf("publishing later trains %d times and gives %v", trained, err)
	}
	for _, name := range []string{"both-star-star.tiny.png", "results.json", filepath.Join("flows", files[0].Name())} {
		one, err := os.ReadFile(filepath.Join(public, name))
		if err != nil {
			t.Fatal(err)
		}
		if other, err := os.ReadFile(filepath.Join(later.Publish, name)); err != nil || !bytes.Equal(one, other) {
			t.Errorf("%s published later is another, or %v", name, err)
		}
	}

	again := Options{Budget: "tiny", Store: t.TempDir(), Folder: t.TempDir(), Flows: flows, Together: true} // this looks beforehand for what to train
	if _, trained, err := watched(t, again, all, nil); err != nil || trained > 0 {
		t.Fatalf("with what is published it trains %d times and gives %v", trained, err)
	}
	was, err := readResults(public)
	if err != nil {
		t.Fatal(err)
	}
	is, err := readResults(again.Folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range was.Records {
		other := is.find(record.Case, record.Label)
		if strings.Contains(record.Plan, "Store") {
			t.Errorf("the plan of %s has a path of this machine: %s", record.Case, record.Plan)
		}
		if other == nil || len(other.Numbers) != len(record.Numbers) || other.Fingerprint != record.Fingerprint {
			t.Fatalf("%s is %+v, was %+v", record.Case, other, record)
		}
		for i, n := range record.Numbers {
			if other.Numbers[i] != n {
				t.Errorf("%s: %+v, was %+v", record.Case, other.Numbers[i], n)
			}
		}
	}

	// A file with the name of another plan is rejected.
	name := filepath.Join(flows, files[0].Name())
	_, print, err := recipes{budget: budgets[0]}.trainings(Case{Left: "star", Right: "star", Method: withPenalty, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name, filepath.Join(flows, "star-star-"+shortHash(print)+".safetensors")); err != nil {
		t.Fatal(err)
	}
	wrong := []Experiment{{Name: "wrong", Title: "wrong", Cases: cases(way, []string{withPenalty}, 1)}}
	if _, _, err := watched(t, again, wrong, nil); err == nil || !strings.Contains(err.Error(), "is of another plan than its name tells") {
		t.Errorf("another plan's file gives %v", err)
	}
}

// Each flow that the project publishes has numbers in results.json, and measuring it again gives
// the same numbers. The short form measures the flows of one set, the long form all:
//
//	go test ./notebooks/internal/paper -run NumbersThatArePublished -long -v -timeout 1h
func TestTheNumbersThatArePublishedComeOutAgain(t *testing.T) {
	folder := filepath.Join("..", "..", "paper")
	results, err := readResults(folder)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "flows", "*.safetensors"))
	if err != nil || len(files) == 0 {
		t.Fatalf("published are the flows %q, %v", files, err)
	}
	size := int64(0)
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 40e6 {
		t.Errorf("published flows are of %d bytes, want 40 MB at most", size)
	}

	if !reflect.DeepEqual(results.Claims, claims(results)) || !reflect.DeepEqual(results.Beside, besides(results)) || !reflect.DeepEqual(results.Coverage, coverage(results)) {
		t.Error("the verdicts and the coverage in results.json don't follow from its records; publish anything to write them anew")
	}
	for _, d := range results.Drawn {
		for _, name := range d.Files {
			if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
				t.Errorf("the published figure %s: %v", d.Name, err)
			}
		}
	}

	used, compared := map[string]bool{}, 0
	for _, record := range results.Records {
		budget, err := BudgetOf(record.Budget)
		if err != nil {
			t.Fatal(err)
		}
		l := &lab{recipes: recipes{budget, record.Fast, t.TempDir()}, shelf: filepath.Join(folder, "flows"), weights: weights(), work: newWork(nil)}
		_, print, err := l.trainings(record.Case)
		if err != nil || record.Fingerprint != print {
			t.Errorf("%s is of a plan %.16s, which now is %.16s, %v", record.Case, record.Fingerprint, print, err)
		}
		file, err := l.behind(record)
		if err != nil {
			t.Fatal(err)
		}
		if file == "" {
			continue // only the number is published
		}
		used[file] = true
		if !*long && record.Left != "ring" {
			continue
		}
		m, err := l.measure(t.Context(), record.Case)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.numbers) != len(record.Numbers) {
			t.Fatalf("%s has %d numbers, published are %d", record.Case, len(m.numbers), len(record.Numbers))
		}
		// Machines round differently, which moves one or two of 100,000 points across a threshold.
		near := func(a, b, by float64) bool { return math.Abs(a-b) <= by || math.IsNaN(a) && math.IsNaN(b) }
		for i, n := range m.numbers {
			was := record.Numbers[i]
			value, uncertainty := float64(was.Value), float64(was.Error)
			if n.Name != was.Name || n.At != was.At || n.Points != was.Points || !near(float64(n.Value), value, 0.5*uncertainty+1e-4*math.Abs(value)) || !near(float64(n.Error), uncertainty, 0.1*uncertainty+1e-4*math.Abs(value)) {
				t.Errorf("%s: %s %s is %v ± %v from %d points, published is %s %v ± %v from %d", record.Case, n.Name, n.At, n.Value, n.Error, n.Points, was.Name, was.Value, was.Error, was.Points)
			}
			compared++
		}
	}
	if len(used) != len(files) {
		t.Errorf("of %d published flows %d are behind numbers", len(files), len(used))
	}
	t.Logf("%d numbers compared, of %d flows in %.1f MB", compared, len(files), float64(size)/1e6)
	if compared == 0 {
		t.Error("no number was compared")
	}
}

// behind returns the published file that holds all the flows of a record, or "".
func (l *lab) behind(record Record) (string, error) {
	if record.Method != learnedBase && record.Method != baseSampling {
		path, _, _, err := l.shelved(record.Case)
		return path, err
	}
	bases, err := l.shelvedBases()
	if err != nil {
		return "", err
	}
	b, found := bases[record.Fingerprint]
	if !found {
		return "", nil
	}
	path, _, _, err := l.shelved(b.of)
	return path, err
}
