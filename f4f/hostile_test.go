package f4f

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/internal/nflows"
	"github.com/flowsforflows/flows/f4f/internal/specs"
)

// contentOfFlow returns the content of a file as Save writes it, with a given plan and float32
// weights of given shapes, by name.
func contentOfFlow(plan, run string, weights map[string][]int) []byte {
	return contentOf(map[string]string{flowfile.PlanText: plan, flowfile.RunText: run}, weights)
}

// contentOf returns the content of a file with given texts.
func contentOf(texts map[string]string, weights map[string][]int) []byte {
	fields := map[string]any{"__metadata__": texts}
	at := 0
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		size := 4
		for _, d := range weights[name] {
			size *= d
		}
		fields[name] = map[string]any{"dtype": "F32", "shape": weights[name], "data_offsets": []int{at, at + size}}
		at += size
	}
	header, _ := json.Marshal(fields)
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, at)...)
}

// tinyWeights returns the shapes of the weights of tinyPlan's flow, under a scope.
func tinyWeights(scope string) map[string][]int {
	return map[string][]int{
		"/" + scope + "/layer_0/initial/weight": {1, 1}, "/" + scope + "/layer_0/initial/bias": {1, 1},
		"/" + scope + "/layer_0/final/weight": {1, 5}, "/" + scope + "/layer_0/final/bias": {1, 5},
	}
}

const (
	tinyArchitecture = `"architecture":{"layer":"autoregressive","layers":1,"mixing":"reversal","bins":2,"tailBound":4,"hidden":1,"blocks":0}`
	tinyDensity      = `{"kind":"density","name":"tiny","dim":1,` + tinyArchitecture + `}`
	tinyTransport    = `{"kind":"transport","name":"tiny","left":` + tinyDensity + `,"right":` + tinyDensity + `,` + tinyArchitecture + `}`
	noRun            = `{"Step":0,"Steps":0}`
)

func tinyPlan(spec string) string {
	return `{"format":"` + flowfile.Format + `","fingerprint":"","spec":` + spec + `}`
}

// allTinyWeights returns the shapes of the weights of a transport and its bases.
func allTinyWeights() map[string][]int {
	all := map[string][]int{}
	for _, scope := range []string{specs.FlowScope, specs.LeftScope, specs.RightScope} {
		for name, shape := range tinyWeights(scope) {
			all[name] = shape
		}
	}
	return all
}

// readHostile reads a file as a density and as a transport, as far as possible without a backend,
// and builds what its plan claims.
func readHostile(path string) (density, transport error) {
	d, _, _, density := readDensity(path)
	if density == nil {
		d.Normal(specs.FlowScope)
	}
	t, relation, _, _, transport := readTransport(path, nil)
	if transport == nil {
		t.Between(relation)
	}
	return density, transport
}

func TestASoundFileOfThisKindIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flow.safetensors")
	write := func(content []byte) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(contentOfFlow(tinyPlan(tinyDensity), noRun, tinyWeights(specs.FlowScope)))
	if density, _ := readHostile(path); density != nil {
		t.Error(density)
	}
	if _, err := loadDensity(context.Background(), path, "go"); err != nil {
		t.Error(err)
	}
	write(contentOfFlow(tinyPlan(tinyTransport), noRun, allTinyWeights()))
	if _, transport := readHostile(path); transport != nil {
		t.Error(transport)
	}
	if _, err := loadTransport(context.Background(), path, "go", nil); err != nil {
		t.Error(err)
	}
}

// hostilePlans returns plans that claim what no file of their size holds, or what no flow is.
func hostilePlans() map[string]string {
	replaced := func(spec string, changes ...string) string {
		return tinyPlan(strings.NewReplacer(changes...).Replace(spec))
	}
	plans := map[string]string{
		"layers":                 replaced(tinyDensity, `"layers":1`, `"layers":1000000000`),
		"layers, fewer":          replaced(tinyDensity, `"layers":1`, `"layers":1000`),
		"hidden":                 replaced(tinyDensity, `"hidden":1`, `"hidden":1000000000`),
		"blocks":                 replaced(tinyDensity, `"blocks":0`, `"blocks":1000000000`),
		"blocks below 0":         replaced(tinyDensity, `"blocks":0`, `"blocks":-1`),
		"bins":                   replaced(tinyDensity, `"bins":2`, `"bins":6148914691236517208`), // 3·bins−1 is 7 in 64 bits
		"dim":                    replaced(tinyDensity, `"dim":1`, `"dim":4611686018427387904`),
		"no dim":                 replaced(tinyDensity, `"dim":1`, `"dim":0`),
		"condition":              replaced(tinyDensity, `"dim":1`, `"dim":1,"condition":1000000000,"conditions":{"mean":[0],"std":[1]}`),
		"embedding":              replaced(tinyDensity, `"hidden":1`, `"embedding":1000000000,"hidden":1`),
		"embedding, condition":   replaced(tinyDensity, `"dim":1`, `"dim":1,"condition":1,"conditions":{"mean":[0],"std":[1]}`, `"hidden":1`, `"embedding":1000000000,"hidden":1`),
		"bound 0":                replaced(tinyDensity, `"tailBound":4`, `"tailBound":0`),
		"bound NaN":              replaced(tinyDensity, `"tailBound":4`, `"tailBound":NaN`),
		"bound 1e999":            replaced(tinyDensity, `"tailBound":4`, `"tailBound":1e999`),
		"bound a text":           replaced(tinyDensity, `"tailBound":4`, `"tailBound":"NaN"`),
		"scaler of deviation 0":  replaced(tinyDensity, `"dim":1`, `"dim":1,"scaler":{"mean":[0],"std":[0]}`),
		"scaler too wide":        replaced(tinyDensity, `"dim":1`, `"dim":1,"scaler":{"mean":[0,0],"std":[1,1]}`),
		"bases too many":         replaced(tinyDensity, `"dim":1`, `"dim":1,"scaler":{"mean":[0],"std":[1]},"base":["normal","normal"]`),
		"base unknown":           replaced(tinyDensity, `"dim":1`, `"dim":1,"scaler":{"mean":[0],"std":[1]},"base":["exec"]`),
		"base of t of NaN":       replaced(tinyDensity, `"dim":1`, `"dim":1,"scaler":{"mean":[0],"std":[1]},"base":["student-t(NaN)"]`),
		"base without a scaler":  replaced(tinyDensity, `"dim":1`, `"dim":1,"base":["uniform"]`),
		"an angle without map":   replaced(tinyDensity, `"dim":1`, `"dim":1,"scaler":{"mean":[0],"std":[1]},"base":["circle"]`),
		"an angle elsewhere":     replaced(tinyDensity, `"dim":1`, `"dim":1,"pipeline":[{"maps":[{"kind":"angle","parameters":[0,1],"fitted":{"from":0,"to":1}}]}]`),
		"noise of no column":     replaced(tinyDensity, `"dim":1`, `"dim":1,"noise":[7]`),
		"noise below 0":          replaced(tinyDensity, `"dim":1`, `"dim":1,"noise":[-1]`),
		"noise of real numbers":  replaced(tinyDensity, `"dim":1`, `"dim":1,"noise":[0]`),
		"condition's angle":      replaced(tinyDensity, `"dim":1`, `"dim":1,"conditionAngles":[0]`),
		"angle on the left":      replaced(tinyTransport, `"left":{"kind":"density","name":"tiny","dim":1`, `"left":{"kind":"density","name":"tiny","dim":1,"scaler":{"mean":[0],"std":[1]},"base":["uniform"]`),
		"pipeline too wide":      replaced(tinyDensity, `"dim":1`, `"dim":1,"pipeline":[null,null]`),
		"pipeline of no kind":    replaced(tinyDensity, `"dim":1`, `"dim":1,"pipeline":[{"maps":[{"kind":"exec","fitted":{}}]}]`),
		"pipeline that falls":    replaced(tinyDensity, `"dim":1`, `"dim":1,"pipeline":[{"maps":[{"kind":"quantile","fitted":{"x":[0,1,1],"y":[0,1,2]}}]}]`),
		"pipeline of conditions": replaced(tinyDensity, `"dim":1`, `"dim":1,"conditionPipeline":[null]`),
		"link unknown":           replaced(tinyDensity, `"dim":1`, `"dim":1,"links":[{"kind":"exec"}]`),
		"links without layers":   replaced(tinyDensity, `"dim":1`, `"dim":1,"links":[{"kind":"permutation","order":[0]}]`),
		"permutation":            replaced(tinyDensity, `"dim":1`, `"dim":1,"links":[{"kind":"autoregressive"},{"kind":"permutation","order":[9]}]`),
		"permutation too short":  replaced(tinyDensity, `"dim":1`, `"dim":1,"links":[{"kind":"autoregressive"},{"kind":"permutation"}]`),
		"deep":                   tinyPlan(strings.Repeat("[", 1e6)),
		"null":                   tinyPlan("null"),
		"no plan":                "",
		"another format":         `{"format":"flowsforflows/999","spec":{}}`,
		"of neither kind":        replaced(tinyDensity, `"density"`, `"exec"`),
		"left dim":               replaced(tinyTransport, `"left":{"kind":"density","name":"tiny","dim":1`, `"left":{"kind":"density","name":"tiny","dim":2`),
		"left a transport":       replaced(tinyTransport, `"left":{"kind":"density"`, `"left":{"kind":"transport"`),
		"among nothing":          replaced(tinyTransport, `"name":"tiny","left"`, `"name":"tiny","among":true,"left"`),
		"relation of nothing":    replaced(tinyTransport, `"name":"tiny","left"`, `"name":"tiny","relation":"f4f.Difference","left"`),
		"transfer with a flow":   replaced(tinyTransport, `"name":"tiny","left"`, `"name":"tiny","transfer":true,"left"`),
	}
	return plans
}

func TestAHostilePlanIsRefusedBeforeAnythingIsMadeByIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flow.safetensors")
	for name, plan := range hostilePlans() {
		weights := tinyWeights(specs.FlowScope)
		if strings.Contains(plan, `"transport"`) {
			weights = allTinyWeights()
		}
		content := contentOfFlow(plan, noRun, weights)
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		density, transport := readHostile(path)
		runtime.ReadMemStats(&after)
		if density == nil || transport == nil {
			t.Errorf("%s: it was read: %v, %v", name, density, transport)
		}
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 64*uint64(len(content))+1<<20 {
			t.Errorf("%s: a file of %d bytes makes reading it allocate %d", name, len(content), allocated)
		}
	}
}

func TestWeightsOfOtherNamesOrShapesAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flow.safetensors")
	for name, change := range map[string]func(weights map[string][]int){
		"another name": func(w map[string][]int) {
			w["/flow/layer_0/first/weight"] = w["/flow/layer_0/initial/weight"]
			delete(w, "/flow/layer_0/initial/weight")
		},
		"another shape": func(w map[string][]int) { w["/flow/layer_0/final/weight"] = []int{5, 1} },
		"one axis":      func(w map[string][]int) { w["/flow/layer_0/final/weight"] = []int{5} },
		"numbers moved": func(w map[string][]int) {
			w["/flow/layer_0/final/weight"], w["/flow/layer_0/initial/weight"] = []int{1, 4}, []int{1, 2}
		},
		"one too many":   func(w map[string][]int) { w["/flow/more"] = []int{1} },
		"one is missing": func(w map[string][]int) { delete(w, "/flow/layer_0/final/bias") },
	} {
		weights := tinyWeights(specs.FlowScope)
		change(weights)
		if err := os.WriteFile(path, contentOfFlow(tinyPlan(tinyDensity), noRun, weights), 0o644); err != nil {
			t.Fatal(err)
		}
		if d, err := loadDensity(context.Background(), path, "go"); err == nil {
			t.Errorf("%s: it was loaded as %v", name, d)
		}
	}
}

// hostileNotes returns notes that are more and longer than those of any flow, with sequences that
// would control a terminal.
func hostileNotes() string {
	many := strings.Repeat(`"copies",`, 100_000)
	long := `"` + strings.Repeat(`ü\u001b[2J\u0000\u202e\n`, 50_000) + `"`
	return `{"flow":[` + many + long + `],"left":[` + long + `,"","` + "\xff" + `"],"right":null,"more":1}`
}

func TestNotesOfAHostileFileAreCutShortAndMadePlain(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "go")
	path := filepath.Join(t.TempDir(), "flow.safetensors")
	content := contentOf(map[string]string{flowfile.PlanText: tinyPlan(tinyTransport), flowfile.RunText: noRun, flowfile.NotesText: hostileNotes()}, allTinyWeights())
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	var events []fit.Event
	ctx := WithEvents(context.Background(), func(e fit.Event) { events = append(events, e) })
	g, err := LoadTransport(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	checkNotes(t, g.Notes(), g.Left().Notes(), g.Right().Notes())
	if len(g.Notes()) != flowfile.MaxNotes || len(g.Left().Notes()) != 3 || g.Right().Notes() != nil {
		t.Errorf("there are %d notes, %d of the left base and %q of the right one", len(g.Notes()), len(g.Left().Notes()), g.Right().Notes())
	}
	if last := events[len(events)-1]; !last.Loaded || len(last.Notes) == 0 || len(last.Notes) > 2*flowfile.MaxNotes {
		t.Errorf("loading tells %d notes", len(last.Notes))
	}
	for _, notes := range []string{"[", `{"flow":"copies"}`, `{"flow":[1]}`, "[]"} {
		content := contentOf(map[string]string{flowfile.PlanText: tinyPlan(tinyDensity), flowfile.RunText: noRun, flowfile.NotesText: notes}, tinyWeights(specs.FlowScope))
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := readDensity(path); !errors.Is(err, ErrCorrupt) {
			t.Errorf("notes %s give the error %v", notes, err)
		}
	}
}

// checkNotes fails if notes are more, longer or of other characters than may be shown.
func checkNotes(t *testing.T, all ...[]string) {
	t.Helper()
	for _, notes := range all {
		if len(notes) > flowfile.MaxNotes {
			t.Errorf("there are %d notes", len(notes))
		}
		for _, note := range notes {
			if len(note) > flowfile.MaxNoteBytes || !utf8.ValidString(note) || strings.ContainsFunc(note, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Errorf("a note of %d bytes is %.100q", len(note), note)
			}
		}
	}
}

// FuzzReadFlow checks that a flow's file with any plan is refused or read. Reading it never panics,
// and allocates no more than its size justifies.
func FuzzReadFlow(f *testing.F) {
	f.Add(tinyPlan(tinyDensity), noRun, false)
	f.Add(tinyPlan(tinyTransport), noRun, true)
	f.Add(tinyPlan(strings.Replace(tinyDensity, `"dim":1`, `"dim":1,"links":[{"kind":"autoregressive"},{"kind":"permutation","order":[0]}],"scaler":{"mean":[1],"std":[2]}`, 1)), `{"Step":0,"Steps":1,"Epochs":[{"Loss":1}],"BestEpoch":1}`, false)
	f.Add(tinyPlan(strings.NewReplacer(`"dim":1`, `"dim":1,"condition":1,"conditions":{"mean":[0],"std":[1]},"conditionRange":[[0,1]]`, `"name":"tiny","left"`, `"name":"tiny","relation":"f4f.Difference","among":true,"left"`).Replace(tinyTransport)), noRun, true)
	for _, plan := range hostilePlans() {
		if len(plan) < 1<<12 {
			f.Add(plan, noRun, true)
		}
	}
	path := filepath.Join(f.TempDir(), fmt.Sprintf("flow%d.safetensors", os.Getpid()))
	density, transport := tinyWeights(specs.FlowScope), allTinyWeights()
	f.Fuzz(func(t *testing.T, plan, run string, all bool) {
		weights := density
		if all {
			weights = transport
		}
		checkHostile(t, path, contentOfFlow(plan, run, weights), func() { readHostile(path) })
	})
}

// FuzzImportNFlows checks the same of a state dict's file with any content, up to the point where a
// backend is needed.
func FuzzImportNFlows(f *testing.F) {
	for _, name := range []string{"one", "coupling"} {
		content, err := os.ReadFile(filepath.Join("testdata", "nflows_"+name+".safetensors"))
		if err != nil {
			f.Fatal(err)
		}
		n := 8 + binary.LittleEndian.Uint64(content)
		f.Add(content[8:n], content[n:])
	}
	f.Add([]byte(`{"_transform._transforms.0.lower_entries":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`), []byte{})
	path := filepath.Join(f.TempDir(), fmt.Sprintf("flow%d.safetensors", os.Getpid()))
	f.Fuzz(func(t *testing.T, header, body []byte) {
		content := append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), body...)
		checkHostile(t, path, content, func() {
			for _, o := range []nflows.Options{{TailBound: 4}, {TailBound: 4, On: Shared}, {TailBound: 4, On: Both}} {
				if spec, _, _, err := nflows.ImportDensity(path, o); err == nil {
					spec.Normal(specs.FlowScope)
				}
				if spec, relation, _, _, err := nflows.ImportTransport(path, o); err == nil {
					spec.Between(relation)
				}
			}
		})
	})
}

// checkHostile writes a file, and fails if reading it allocates more than its size justifies.
func checkHostile(t *testing.T, path string, content []byte, read func()) {
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read()
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 500*uint64(len(content))+8<<20 {
		t.Errorf("a file of %d bytes makes reading it allocate %d", len(content), allocated)
	}
}

func TestAHostileStateDictAllocatesNoMoreThanItsSizeJustifies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flow.safetensors")
	many := func(n int, entry string) []byte {
		var header bytes.Buffer
		for i := range n {
			fmt.Fprintf(&header, `,"`+entry+`":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`, i)
		}
		return append(binary.LittleEndian.AppendUint64(nil, uint64(header.Len()+1)), "{"+header.String()[1:]+"}"...)
	}
	for name, content := range map[string][]byte{
		"many transforms": many(20_000, "_transform._transforms.%d.lower_entries"),
		"deep composites": many(1, "_transform."+strings.Repeat("_transforms.0.", 100_000)+"_scale%d"),
		"many blocks":     many(20_000, "_transform.autoregressive_net.blocks.%d.linear_layers.0.weight"),
	} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ImportNFlows(context.Background(), path, NFlows{TailBound: 4, Backend: "go"})
		runtime.ReadMemStats(&after)
		if err == nil || strings.Contains(err.Error(), fit.ErrCorrupt.Error()) {
			t.Errorf("%s: the error is %.200v", name, err)
		}
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 64*uint64(len(content))+1<<20 {
			t.Errorf("%s: a file of %d bytes makes reading it allocate %d", name, len(content), allocated)
		}
	}
}
