package cluster_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The times of a task, in seconds: between signs of life of its lease and between its records, and
// the longest between checkpoints. The pause after a checkpoint is at least pauseFactor times as long
// as writing it took. See filelock, recordEvery and fit.Hooks.
const (
	signEvery       = 15
	checkpointEvery = 10
	pauseFactor     = 50
)

// scenario is trainings of one kind, of epochs that take some seconds each on average.
type scenario struct {
	epochs, seconds float64
	writing         float64 // the time that writing a checkpoint takes, in seconds
}

// flow adds the operations of training a transport from a time on, and returns when it ends. A
// machine's speed multiplies the length of its epochs.
func (s scenario) flow(c costs, at, speed float64, add func(when, operations float64)) (end float64) {
	epoch := s.seconds * speed
	length := s.epochs * epoch
	add(at, c.record+c.look+c.lock+2*c.load) // of its two bases
	for since := float64(signEvery); since < length; since += signEvery {
		add(at+since, c.beat+c.record)
	}
	pause := pauseFactor * s.writing
	for since := 0.0; ; {
		epochEnd := (math.Floor((since+pause)/epoch) + 1) * epoch
		if since = min(epochEnd, since+max(checkpointEvery, pause)); since >= length {
			break
		}
		add(at+since, c.checkpoint)
	}
	add(at+length, c.keep+c.record)
	return at + length
}

// perSecond returns the operations in each second of many tasks, which begin within ten seconds and
// train some flows each, one after another. Machines differ in speed by a fifth.
func (s scenario) perSecond(c costs, tasks, flows int) (operations []float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	add := func(when, n float64) {
		for len(operations) <= int(when) {
			operations = append(operations, 0)
		}
		operations[int(when)] += n
	}
	for range tasks {
		at, speed := 10*rng.Float64(), math.Exp(0.2*rng.NormFloat64())
		add(at, c.begin)
		for range flows {
			at = s.flow(c, at, speed, add)
		}
	}
	return operations
}

// TestSimulationOfTenThousandPlans logs what 10,000 transports in 1,000 tasks of Slurm ask of a
// shared file system, if all tasks run at once. What a task does is counted on a real one by strace;
// what a thousand do at once is simulated:
//
//	go test ./f4f/cluster -run Simulation -long -v
func TestSimulationOfTenThousandPlans(t *testing.T) {
	if !*long {
		t.Skip("takes a minute, and strace: -long")
	}
	c := traced(t)
	t.Logf("operations of a task: %+v", c)
	const tasks, flows = 1000, 10
	for _, s := range []scenario{{10, 60, 0.02}, {120, 5, 0.02}, {1200, 0.5, 0.02}, {1200, 0.5, 0.2}} {
		each := s.perSecond(c, tasks, flows)
		usual := slices.Clone(each[len(each)/10 : len(each)/2]) // while all tasks run
		sum := 0.0
		for _, n := range usual {
			sum += n
		}
		t.Logf("%4.0f epochs of %4.1f s, checkpoints of %.2f s: %6.0f operations a second, %6.0f in the busiest second", s.epochs, s.seconds, s.writing, sum/float64(len(usual)), slices.Max(each))
	}
	t.Logf("all tasks interrupted at once: %.0f operations, and %.0f when they begin again", tasks*(c.checkpoint+c.record+c.lock/2), tasks*(c.begin+c.record+c.look+c.lock/2+3*c.load))

	p := newPlace(t)
	if status, _ := p.does(t, "many", "script", "-per-task", "10"); status != 0 {
		t.Fatal("script failed")
	}
	run, err := runFolder(p, "many")
	if err != nil {
		t.Fatal(err)
	}
	submits := tracedCalls(t, p, "many", "script", "-per-task", "10")
	for i := range tasks { // as many train
		record := fmt.Sprintf(`{"state":"training","step":%d,"steps":20000,"rate":100,"host":"node1","cpu":"a processor","at":"2026-01-01T00:00:00Z"}`, i)
		if err := os.WriteFile(filepath.Join(run, "states", fmt.Sprintf("%d.json", i)), []byte(record), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	looks := tracedCalls(t, p, "many", "status")
	list, err := os.Stat(filepath.Join(run, "tasks.json"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("submit: %d operations, and squeue, scontrol and sbatch; a look of status while %d train: %d; the list of tasks: %.1f MB", len(submits), tasks, len(looks), float64(list.Size())/1e6)
}
