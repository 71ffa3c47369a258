package cluster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/cluster"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/safetensors"
)

// The test binary also serves as the program of a user: where gridVariable is set, it is nothing
// but cluster.Main with that grid.
const gridVariable = "F4F_TEST_GRID"

func TestMain(m *testing.M) {
	name, set := os.LookupEnv(gridVariable)
	if !set {
		os.Exit(m.Run())
	}
	if plans := grids[name]; plans != nil {
		if folder := os.Getenv(usageVariable); folder != "" {
			go keepUsage(folder)
		}
		cluster.Main(plans()...)
	}
	fmt.Fprintln(os.Stderr, "no grid", name)
	os.Exit(3)
}

// grids are the lists of plans of the tests' programs.
var grids = map[string]func() []cluster.Plan{
	// Two bases, three transports between them, and a base that no transport needs.
	"small": func() []cluster.Plan {
		plans := []cluster.Plan{small("lone", 3)}
		for seed := range uint64(3) {
			plans = append(plans, between(small("left", -1), small("right", 1)).Seed(seed))
		}
		return plans
	},
	"slow":    func() []cluster.Plan { return []cluster.Plan{small("slow", 3)} },
	"another": func() []cluster.Plan { return []cluster.Plan{small("lone", 4)} },
	"failing": func() []cluster.Plan { return []cluster.Plan{small("broken", 0), small("lone", 3)} },
	"invalid": func() []cluster.Plan { return []cluster.Plan{small("lone", 3).Bins(1), small("left", -1).Batch(-1)} },
	"stores":  func() []cluster.Plan { return []cluster.Plan{small("lone", 3), small("left", -1).Store("elsewhere")} },
	"nil":     func() []cluster.Plan { return []cluster.Plan{nil} },
	"none":    func() []cluster.Plan { return []cluster.Plan{} },
	"long":    func() []cluster.Plan { return []cluster.Plan{small("lone", 3).Epochs(80)} },
	// Two densities, two transports whose left bases these are, and a cross-fit of two flows.
	"ensembles": func() []cluster.Plan {
		rows, err := normal{"table", 0}.Sample(200, 1)
		if err != nil {
			panic(err)
		}
		left := small("left", -1)
		table := f4f.Base(data.FromPoints("table", rows)).Layers(2).Hidden(12).Blocks(1).Bins(4).Batch(50).Epochs(2).Backend("go")
		return []cluster.Plan{f4f.Ensemble(left, 2), f4f.Ensemble(between(left, small("right", 1)), 2), f4f.CrossFit(table, 2)}
	},
	// Sides that are given or points alone train nothing.
	"given": func() []cluster.Plan {
		gauss := f4f.Known(data.Gaussian(2)).Backend("go")
		return []cluster.Plan{between(gauss, f4f.PointsOf(normal{"right", 1}).Backend("go")), between(small("left", -1), gauss)}
	},
	"many": func() (plans []cluster.Plan) {
		for seed := range uint64(10_000) {
			plans = append(plans, between(small("left", -1), small("right", 1)).Seed(seed))
		}
		return plans
	},
	// As small, but trained for long enough to be interrupted: some ten seconds each on an idle machine.
	"slurm": func() []cluster.Plan {
		plans := []cluster.Plan{small("lone", 3).Epochs(40)}
		for seed := range uint64(3) {
			plans = append(plans, between(small("left", -1).Epochs(40), small("right", 1).Epochs(40)).Epochs(40).Seed(seed))
		}
		return plans
	},
	// The paper's base by a tenth of its epochs, four distributions and three seeds.
	"paper": func() (plans []cluster.Plan) {
		for _, source := range []data.Source{data.FourCircles(), data.Checkerboard(), data.ConcentricRings(), data.Star()} {
			for seed := range uint64(3) {
				plans = append(plans, f4f.Base(source).Recipe(f4f.Paper()).Epochs(1).Seed(seed).Backend("xla:cpu"))
			}
		}
		return plans
	},
	// Twelve transports by XLA.
	"slurm-xla": func() (plans []cluster.Plan) {
		left := small("left", -1).Backend("xla:cpu").Hidden(96).Epochs(800)
		right := small("right", 1).Backend("xla:cpu").Hidden(96).Epochs(800)
		for seed := range uint64(12) {
			plans = append(plans, between(left, right).Backend("xla:cpu").Hidden(96).Epochs(250).Seed(seed))
		}
		return plans
	},
}

// normal is a normal distribution of two features around mean.
type normal struct {
	name string
	mean float64
}

func (s normal) Name() string { return s.name }
func (s normal) Dim() int     { return 2 }

func (s normal) Sample(n int, seed uint64) (data.Points, error) {
	if s.name == "broken" && n > 1000 { // it can be identified, but not drawn from for training
		return data.Points{}, errors.New("the detector is off")
	}
	if s.name == "slow" && n > 1000 {
		time.Sleep(20 * time.Second) // longer than leases and records wait until they are written again
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	values := make([]float32, 2*n)
	for i := range values {
		values[i] = float32(s.mean + rng.NormFloat64())
	}
	return data.NewPoints(2, values)
}

// small returns a plan that is quick to fit by the Go backend, which has nothing to compile.
func small(name string, mean float64) f4f.BasePlan {
	return f4f.Base(normal{name, mean}).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).Epochs(2).Backend("go")
}

func between(left, right f4f.BasePlan) f4f.BetweenPlan {
	return f4f.Between(left, right).Layers(2).Hidden(12).Blocks(1).Bins(4).Samples(2000).Batch(50).Epochs(2).Backend("go")
}

// place is where a program of the tests runs: a store of its own, and commands of Slurm that run
// jobs here.
type place struct{ store, fake string }

func newPlace(t testing.TB) place {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("scripts need bash")
	}
	return place{t.TempDir(), t.TempDir()}
}

// program returns the command of a grid's program with these arguments.
func (p place) program(t testing.TB, grid string, args ...string) *exec.Cmd {
	t.Helper()
	fakes, err := filepath.Abs(filepath.Join("testdata", "fake"))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), gridVariable+"="+grid, "F4F_STORE="+p.store, "FAKE="+p.fake, "PATH="+fakes+":"+os.Getenv("PATH"))
	return c
}

// does runs a program and returns its exit status and all that it says.
func (p place) does(t testing.TB, grid string, args ...string) (int, string) {
	t.Helper()
	c := p.program(t, grid, args...)
	output, err := c.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	t.Logf("%s: status %d: %s", strings.Join(args, " "), c.ProcessState.ExitCode(), output)
	return c.ProcessState.ExitCode(), string(output)
}

// kept returns the weights in the flows of a store, by the names of their folders.
func kept(t *testing.T, store string) map[string]any {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(store, "*", "flow.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	for _, file := range files {
		weights, _, err := safetensors.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]any{}
		for name, weight := range weights {
			values[name] = weight.Value()
		}
		all[filepath.Base(filepath.Dir(file))] = values
	}
	return all
}

// alone fits the plans of a grid by FitAll's rule, one after another in this process, and returns
// what a store keeps of them.
func alone(t *testing.T, grid string) map[string]any {
	t.Helper()
	store := t.TempDir()
	t.Setenv("F4F_STORE", store)
	t.Setenv("GOMAXPROCS", "1")
	for _, p := range grids[grid]() {
		flows, err := p.Tasks()
		if err != nil {
			t.Fatal(err)
		}
		for _, flow := range flows {
			if err := flow.Fit(f4f.WithEvents(t.Context(), nil)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return kept(t, store)
}

// nothingLeft fails the test if a store holds more than trained flows.
func nothingLeft(t *testing.T, store string) {
	t.Helper()
	for _, pattern := range []string{"checkpoint*", "last-good*", "lock.owner*", ".*", "*.damaged", "*.of-another-plan"} {
		if left, _ := filepath.Glob(filepath.Join(store, "*-*", pattern)); len(left) > 0 {
			t.Errorf("left in the store: %v", left)
		}
	}
}

func TestSubmitTrainsWhatTheStoreLacksAndBasesFirst(t *testing.T) {
	p := newPlace(t)
	// One of the transports is there already.
	if status, _ := p.does(t, "small", "script"); status != 0 {
		t.Fatal("script failed")
	}
	if status, _ := p.does(t, "small", "work", "3"); status != 0 { // its bases are trained with it
		t.Fatal("work failed")
	}
	if status, _ := p.does(t, "small", "submit", "-slurm", "-per-task", "2", "--", "--mem=1G"); status != 0 {
		t.Fatal("submit failed")
	}
	ended, err := os.ReadFile(filepath.Join(p.fake, "ended"))
	if err != nil || string(ended) != "100 0 0\n101 0 0\n" {
		t.Errorf("job 100 must train the lone base and job 101 two transports, got %q, %v", ended, err)
	}
	if call, _ := os.ReadFile(filepath.Join(p.fake, "job-101")); !strings.HasPrefix(string(call), "--mem=1G --dependency=afterany:100 ") {
		t.Errorf("transports were submitted by %s", call)
	}
	if want, got := alone(t, "small"), kept(t, p.store); len(want) != 6 || !reflect.DeepEqual(want, got) {
		t.Errorf("the store must hold the %d flows of fits alone, bit for bit, got %d that differ or are missing", len(want), len(got))
	}
	nothingLeft(t, p.store)

	before, _ := filepath.Glob(filepath.Join(p.fake, "job-*"))
	if status, said := p.does(t, "small", "submit", "-slurm"); status != 0 || !strings.Contains(said, "0 of them") {
		t.Error("a second submit must find nothing to train")
	}
	if after, _ := filepath.Glob(filepath.Join(p.fake, "job-*")); len(after) != len(before) {
		t.Errorf("it submitted %v", after[len(before):])
	}
	if status, said := p.does(t, "small", "status", "-watch"); status != 0 || !strings.Contains(said, "6 flows: 6 trained") {
		t.Error("status must count 6 trained flows")
	}
}

func TestEnsemblesAreHandedOutFlowByFlow(t *testing.T) {
	p := newPlace(t)
	if status, _ := p.does(t, "ensembles", "submit", "-slurm"); status != 0 {
		t.Fatal("submit failed")
	}
	if ended, err := os.ReadFile(filepath.Join(p.fake, "ended")); err != nil || strings.Count(string(ended), "100 ") != 6 || strings.Count(string(ended), "101 ") != 2 {
		t.Errorf("job 100 must train six densities and job 101 two transports, got %q, %v", ended, err)
	}
	if want, got := alone(t, "ensembles"), kept(t, p.store); len(want) != 8 || !reflect.DeepEqual(want, got) {
		t.Errorf("the store must hold the %d flows of fits alone, bit for bit, got %d that differ or are missing", len(want), len(got))
	}
	t.Setenv("F4F_STORE", p.store)
	trained := 0
	ctx := f4f.WithEvents(t.Context(), func(e fit.Event) {
		if e.Step > 0 && !e.Loaded {
			trained++
		}
	})
	for _, plan := range grids["ensembles"]() {
		var err error
		switch e := plan.(type) {
		case f4f.EnsemblePlan[*f4f.DensityEnsemble]:
			_, err = e.Fit(ctx)
		case f4f.EnsemblePlan[*f4f.TransportEnsemble]:
			_, err = e.Fit(ctx)
		case f4f.EnsemblePlan[*f4f.CrossDensity]:
			_, err = e.Fit(ctx)
		}
		if err != nil || trained > 0 {
			t.Errorf("Fit of %v must load its flows, got %v and %d steps", plan, err, trained)
		}
	}
}

func TestSidesThatTrainNothingAreNoTasks(t *testing.T) {
	p := newPlace(t)
	if status, said := p.does(t, "given", "submit", "-slurm"); status != 0 {
		t.Fatal("submit failed", said)
	}
	if status, said := p.does(t, "given", "status"); status != 0 || !strings.Contains(said, "3 flows: 3 trained") {
		t.Errorf("status must count a base and two transports, got %s", said)
	}
	if want, got := alone(t, "given"), kept(t, p.store); len(want) != 3 || !reflect.DeepEqual(want, got) {
		t.Errorf("the store must hold the %d flows of fits alone, bit for bit, got %d that differ or are missing", len(want), len(got))
	}
}

func TestWorkSaysByItsExitStatusHowItEnded(t *testing.T) {
	p := newPlace(t)
	for _, grid := range []string{"failing", "small"} {
		if status, _ := p.does(t, grid, "script"); status != 0 {
			t.Fatal("script failed")
		}
	}
	runs, err := filepath.Glob(filepath.Join(p.store, "cluster", "*"))
	if err != nil || len(runs) != 2 {
		t.Fatal(runs, err)
	}
	small, err := runFolder(p, "small")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		grid string
		args []string
		want int
	}{
		"kept":                                {"failing", []string{"1"}, 0},
		"failed, though the next one is kept": {"failing", []string{"0", "1"}, 1},
		"the program has other plans":         {"another", []string{"-run", small, "0"}, 2},
		"the program has fewer plans":         {"another", []string{"-run", small, "0", "1"}, 2},
		"no such task":                        {"failing", []string{"2"}, 2},
		"no task":                             {"failing", nil, 2},
		"no such run":                         {"another", []string{"0"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if status, _ := p.does(t, test.grid, append([]string{"work"}, test.args...)...); status != test.want {
				t.Errorf("the exit status must be %d, got %d", test.want, status)
			}
		})
	}
	if status, said := p.does(t, "failing", "status"); status != 0 || !strings.Contains(said, "the detector is off") || !strings.Contains(said, "1 trained, 1 failed") {
		t.Error("status must show the failure")
	}
}

// runFolder returns the folder of a grid's run in a place's store.
func runFolder(p place, grid string) (string, error) {
	before := os.Getenv("F4F_STORE")
	defer os.Setenv("F4F_STORE", before)
	os.Setenv("F4F_STORE", p.store)
	return cluster.Folder(grids[grid]()...)
}

func TestArgumentsThatAreNotAllowedAreErrors(t *testing.T) {
	p := newPlace(t)
	for name, test := range map[string]struct {
		grid   string
		args   []string
		status int
		says   string
	}{
		"no verb":                   {"small", nil, 2, "submit -slurm"},
		"another verb":              {"small", []string{"run"}, 2, "submit -slurm"},
		"no plans":                  {"none", []string{"submit", "-slurm"}, 1, "none"},
		"nil":                       {"nil", []string{"submit", "-slurm"}, 1, "plan 1 of 1"},
		"every plan that is wrong":  {"invalid", []string{"submit", "-slurm"}, 1, "plan 2 of 2"},
		"two stores":                {"stores", []string{"submit", "-slurm"}, 1, "elsewhere"},
		"no scheduler":              {"small", []string{"submit"}, 2, "-slurm"},
		"per task":                  {"small", []string{"submit", "-slurm", "-per-task", "0"}, 2, "-per-task"},
		"sbatch's flag without --":  {"small", []string{"submit", "-slurm", "--time=5"}, 2, "after --"},
		"sbatch's words without --": {"small", []string{"submit", "-slurm", "time"}, 2, "after --"},
		"a flag that is ours":       {"small", []string{"submit", "-slurm", "--", "--array=0-9"}, 2, "--array"},
		"status's flag for work":    {"small", []string{"work", "-watch", "0"}, 2, "-watch"},
		"nothing was submitted":     {"small", []string{"status"}, 1, "submit"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, said := p.does(t, test.grid, test.args...); status != test.status || !strings.Contains(said, test.says) {
				t.Errorf("it must say %q and exit with status %d, got %d", test.says, test.status, status)
			}
		})
	}
	t.Run("no sbatch", func(t *testing.T) {
		c := p.program(t, "small", "submit", "-slurm")
		c.Env = append(c.Env, "PATH="+t.TempDir())
		if output, err := c.CombinedOutput(); err == nil || !strings.Contains(string(output), "sbatch") || !strings.Contains(string(output), "PATH") {
			t.Errorf("%v: %s", err, output)
		}
	})
	t.Run("an array larger than Slurm allows", func(t *testing.T) {
		c := p.program(t, "small", "submit", "-slurm")
		c.Env = append(c.Env, "FAKE_ARRAY=2")
		if output, err := c.CombinedOutput(); err == nil || !strings.Contains(string(output), "-per-task 2") {
			t.Errorf("%v: %s", err, output)
		}
	})
	if jobs, _ := filepath.Glob(filepath.Join(p.fake, "job-*")); len(jobs) > 0 {
		t.Errorf("submitted: %v", jobs)
	}
}

func TestOfTwoSubmitsAtOnceOneHandsOut(t *testing.T) {
	p := newPlace(t)
	// The fake queue always says that job 100 waits.
	if err := os.WriteFile(filepath.Join(p.fake, "queue"), []byte("100|0|PENDING|(Priority)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var said [2]bytes.Buffer
	var running [2]*exec.Cmd
	for i := range running {
		running[i] = p.program(t, "small", "submit", "-slurm")
		running[i].Stdout, running[i].Stderr = &said[i], &said[i]
		if err := running[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	failed := 0
	for i, c := range running {
		if err := c.Wait(); err != nil {
			failed++
			if !strings.Contains(said[i].String(), "scancel 100") {
				t.Errorf("it failed with %s", &said[i])
			}
		}
	}
	if jobs, _ := filepath.Glob(filepath.Join(p.fake, "job-*")); failed != 1 || len(jobs) != 2 {
		t.Errorf("one must hand out 2 jobs and the other fail, got %v and %d failures", jobs, failed)
	}
}

func TestRequeuesWithoutProgressAreCapped(t *testing.T) {
	p := newPlace(t)
	if status, _ := p.does(t, "another", "script"); status != 0 {
		t.Fatal("script failed")
	}
	run, err := runFolder(p, "another")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(run, "states", "0.json")
	for _, test := range []struct {
		stalled, restart, want int
		job                    string
	}{
		{2, 3, 1, "17"},
		{1, 3, 0, "17"},
		{2, 3, 0, "16"}, // another job: somebody has submitted again
		{2, 2, 0, "17"}, // the same attempt
	} {
		flows, _ := filepath.Glob(filepath.Join(p.store, "*", "flow.safetensors"))
		for _, flow := range flows {
			if err := os.Remove(flow); err != nil {
				t.Fatal(err)
			}
		}
		text, err := json.Marshal(map[string]any{"state": "training", "job": test.job, "restart": 2, "reached": 0, "stalled": test.stalled})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		c := p.program(t, "another", "work", "0")
		c.Env = append(c.Env, "SLURM_ARRAY_JOB_ID=17", fmt.Sprintf("SLURM_RESTART_COUNT=%d", test.restart))
		output, _ := c.CombinedOutput()
		if status := c.ProcessState.ExitCode(); status != test.want || status == 1 && !strings.Contains(string(output), "--time") {
			t.Errorf("%+v: exit status %d: %s", test, status, output)
		}
	}
}

// TERM is what a scheduler sends before it kills.
func TestATaskThatIsStoppedSaysSoAndGoesOn(t *testing.T) {
	p := newPlace(t)
	if status, _ := p.does(t, "long", "script"); status != 0 {
		t.Fatal("script failed")
	}
	c := p.program(t, "long", "work", "0")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for kept := []string(nil); len(kept) == 0; time.Sleep(20 * time.Millisecond) {
		kept, _ = filepath.Glob(filepath.Join(p.store, "*", "checkpoint.safetensors"))
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if status := c.ProcessState.ExitCode(); status != 75 {
		t.Errorf("the exit status must be 75, got %d", status)
	}
	if _, said := p.does(t, "long", "status"); !strings.Contains(said, "1 interrupted") {
		t.Error("status must show that it is interrupted")
	}
	if status, said := p.does(t, "long", "work", "0"); status != 0 || strings.Contains(said, "from step 0 on disk") {
		t.Errorf("it must go on from its checkpoint and end, got status %d", status)
	}
	if want, got := alone(t, "long"), kept(t, p.store); len(want) != 1 || !reflect.DeepEqual(want, got) {
		t.Error("the flow must be that of a fit that was never stopped, bit for bit")
	}
	nothingLeft(t, p.store)
}

func TestReadNeedsNoContext(t *testing.T) {
	var none context.Context
	if _, err := cluster.Read(none, t.TempDir()); err == nil {
		t.Error("a folder without a run must be an error")
	}
	if _, err := cluster.Read(context.Background(), ""); err == nil {
		t.Error("no folder must be an error")
	}
}

// BenchmarkTenThousandPlans makes the tasks of 10,000 transports, and reads the state of their run
// while each has written its own:
//
//	go test ./f4f/cluster -run XXX -bench TenThousand -benchtime 3x
func BenchmarkTenThousandPlans(b *testing.B) {
	p := newPlace(b)
	if status, _ := p.does(b, "many", "script", "-per-task", "10"); status != 0 {
		b.Fatal("script failed")
	}
	run, err := runFolder(p, "many")
	if err != nil {
		b.Fatal(err)
	}
	for i := range 10_002 {
		text := fmt.Sprintf(`{"state":"training","step":%d,"steps":20000,"rate":100,"host":"node1","cpu":"a processor","at":"2026-01-01T00:00:00Z"}`, i)
		if err := os.WriteFile(filepath.Join(run, "states", fmt.Sprintf("%d.json", i)), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("tasks", func(b *testing.B) {
		for b.Loop() {
			if _, err := runFolder(p, "many"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("status", func(b *testing.B) {
		for b.Loop() {
			if s, err := cluster.Read(b.Context(), run); err != nil || len(s.Tasks) != 10_002 {
				b.Fatal(len(s.Tasks), err)
			}
		}
	})
}
