package cluster_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f/cluster"
	"github.com/flowsforflows/flows/f4f/store"
)

var long = flag.Bool("long", false, "run the tests that take minutes")

// TestSlurmTrainsEachFlowOnce runs grids on this machine as a Slurm cluster of two nodes. It
// requeues tasks deep in their training, by Slurm's own command and by the signal that comes before
// the time limit, and kills a node. It needs root, and installs Slurm on Debian:
//
//	go test ./f4f/cluster -run Slurm -long -v -timeout 1h
func TestSlurmTrainsEachFlowOnce(t *testing.T) {
	if !*long {
		t.Skip("installs Slurm and takes minutes: -long")
	}
	// The names are those of trainings: transports of one pair have one name.
	t.Run("Go backend", func(t *testing.T) {
		trainsEachFlowOnce(t, "slurm", map[string]int{"base lone": 1, "base left": 1, "base right": 1, "left → right": 3})
	})
	t.Run("XLA", func(t *testing.T) {
		trainsEachFlowOnce(t, "slurm-xla", map[string]int{"base left": 1, "base right": 1, "left → right": 12})
	})
}

// trainsEachFlowOnce runs a grid on a new cluster. want is the number of flows of each name.
func trainsEachFlowOnce(t *testing.T, grid string, want map[string]int) {
	s := startSlurm(t)
	p := place{t.TempDir(), ""}
	usage, usageAlone := t.TempDir(), t.TempDir()
	t.Setenv(usageVariable, usage) // tasks inherit it from sbatch
	flows, ofBases := 0, 0
	for name, n := range want {
		if flows += n; strings.HasPrefix(name, "base ") {
			ofBases += n
		}
	}
	program := func(args ...string) *exec.Cmd {
		c := p.program(t, grid, args...)
		c.Env = append(c.Env, "PATH="+os.Getenv("PATH")) // no fake commands
		return c
	}
	output, err := program("submit", "-slurm").CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Fatal(err)
	}
	ids := regexp.MustCompile(`job (\d+):`).FindAllStringSubmatch(string(output), -1)
	if len(ids) != 2 {
		t.Fatalf("bases and transports must be a job each, got %v", ids)
	}
	bases, transports := ids[0][1], ids[1][1]
	if output, err := program("submit", "-slurm").CombinedOutput(); err == nil || !strings.Contains(string(output), "scancel "+bases) {
		t.Errorf("a second submit must fail, got %v: %s", err, output)
	}
	run, err := runFolder(p, grid)
	if err != nil {
		t.Fatal(err)
	}
	status := func() cluster.Status {
		now, err := cluster.Read(context.Background(), run)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	// deep reports whether the task of an element has a checkpoint after a fifth of its steps.
	deep := func(element string) bool {
		_, number, _ := strings.Cut(element, "_")
		i, err := strconv.Atoi(number)
		if err != nil {
			return false
		}
		if strings.HasPrefix(element, transports+"_") {
			i += ofBases // whose tasks come first
		}
		now := status().Tasks[i]
		entries, err := store.Find(p.store, now.Fingerprint[:16]) // an error before its folder exists
		return now.State == cluster.Training && err == nil && entries[0].Checkpoint && 5*entries[0].Step > entries[0].Steps
	}

	var first, second string
	within(t, 4*time.Minute, "two bases are deep in their training", func() bool {
		first, second = s.running(t, "node1"), s.running(t, "node2")
		return deep(first) && deep(second)
	})
	s.call(t, "scontrol", "requeue", first)
	// The signal that comes before the time limit. scancel may go on for a minute because the task
	// ends by it, so it isn't waited for.
	limit := exec.Command("scancel", "--batch", "--signal=USR1", second)
	if err := limit.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = limit.Process.Kill(); _ = limit.Wait() })
	within(t, 3*time.Minute, "both were requeued", func() bool { return s.restarts(t, first) == 1 && s.restarts(t, second) == 1 })

	var victim string
	within(t, 10*time.Minute, "a transport is deep in its training", func() bool {
		victim = s.running(t, "node2")
		return strings.HasPrefix(victim, transports+"_") && deep(victim)
	})
	s.killNode(t, "node2")

	// Meanwhile the same plans, one after another in one process.
	other := place{t.TempDir(), ""}
	alone := exec.CommandContext(t.Context(), "sh", "-c", fmt.Sprintf(`"$0" script && "$0" work $(seq 0 %d)`, flows-1), os.Args[0])
	alone.Env = append(os.Environ(), gridVariable+"="+grid, "F4F_STORE="+other.store, "GOMAXPROCS=1", usageVariable+"="+usageAlone)
	var said bytes.Buffer
	alone.Stdout, alone.Stderr = &said, &said
	if err := alone.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, 3*time.Minute, "the dead node's task was requeued", func() bool { return s.restarts(t, victim) == 1 })
	s.startNode(t, "node2")

	watch, stop := context.WithTimeout(t.Context(), 25*time.Minute)
	defer stop()
	for now := status(); !now.Ended(); now = status() {
		if watch.Err() != nil {
			t.Fatalf("it has not ended:\n%s", now)
		}
		time.Sleep(2 * time.Second)
	}
	t.Logf("%s", status())

	if err := alone.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	t.Logf("the processors worked for %.0f s, and for %.0f s where nothing was interrupted", cpuSeconds(t, usage), cpuSeconds(t, usageAlone))
	if want, got := kept(t, other.store), kept(t, p.store); len(want) != flows || !reflect.DeepEqual(want, got) {
		t.Errorf("the store must hold the weights of %d flows trained alone, bit for bit; %d flows, and some differ", len(want), len(got))
	}
	nothingLeft(t, p.store)

	// The logs have a line for each training that came to its last step.
	logs, err := filepath.Glob(filepath.Join(run, "logs", "*.log"))
	if err != nil || len(logs) != flows {
		t.Fatalf("there must be a log of each task, got %v, %v", logs, err)
	}
	ends := map[string]int{}
	for _, file := range logs {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if end := regexp.MustCompile(`^\S+ \S+ (.*): step (\d+) of (\d+),`).FindStringSubmatch(line); end != nil && end[2] == end[3] {
				ends[end[1]]++
			}
		}
	}
	if !reflect.DeepEqual(ends, want) {
		t.Errorf("trainings that came to their end must be %v, got %v", want, ends)
	}
}

// TestAGridOfPaperPlansOnTwoNodes logs how long two nodes of a processor each take for twelve bases,
// beside one process that trains them one after another by one processor. An idle machine of two
// processors takes some ten minutes:
//
//	go test ./f4f/cluster -run AGridOfPaperPlans -long -v -timeout 2h
func TestAGridOfPaperPlansOnTwoNodes(t *testing.T) {
	if !*long {
		t.Skip("installs Slurm and takes minutes: -long")
	}
	startSlurm(t)
	programs := t.TempDir() // so that both compile what they need
	var seconds, busy [2]float64
	var stores [2]string
	for i, run := range []string{`"$0" submit -slurm && "$0" status -watch`, `"$0" script && "$0" work $(seq 0 11)`} {
		usage := t.TempDir()
		stores[i] = t.TempDir()
		c := exec.CommandContext(t.Context(), "sh", "-c", run, os.Args[0])
		c.Env = append(os.Environ(), gridVariable+"=paper", "F4F_STORE="+stores[i], usageVariable+"="+usage, "GOMAXPROCS=1", "F4F_PROGRAMS="+filepath.Join(programs, strconv.Itoa(i)))
		began := time.Now()
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		seconds[i], busy[i] = time.Since(began).Seconds(), cpuSeconds(t, usage)
	}
	t.Logf("two nodes took %.0f s, of which their processors worked for %.0f s; one after another took %.0f s, worked for %.0f s", seconds[0], busy[0], seconds[1], busy[1])
	t.Logf("that is %.2f times the ideal of two processors, by the processors' work %.2f times", 2*seconds[0]/seconds[1], busy[0]/busy[1])
	if want, got := kept(t, stores[1]), kept(t, stores[0]); len(want) != 12 || !reflect.DeepEqual(want, got) {
		t.Error("both stores must hold the same twelve flows, bit for bit")
	}
}

func TestSlurmDoesNotRequeueWhatWasCancelled(t *testing.T) {
	if !*long {
		t.Skip("installs Slurm and takes minutes: -long")
	}
	s := startSlurm(t)
	p := place{t.TempDir(), ""}
	submit := func() string {
		c := p.program(t, "long", "submit", "-slurm")
		c.Env = append(c.Env, "PATH="+os.Getenv("PATH")) // no fake commands
		output, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		return regexp.MustCompile(`job (\d+):`).FindStringSubmatch(string(output))[1]
	}
	id := submit()
	within(t, 4*time.Minute, "a checkpoint", func() bool {
		kept, _ := filepath.Glob(filepath.Join(p.store, "*", "checkpoint.safetensors"))
		return len(kept) > 0
	})
	s.call(t, "scancel", id)
	within(t, 2*time.Minute, "it has ended", func() bool { return s.call(t, "squeue", "-h", "-j", id) == "" })
	time.Sleep(20 * time.Second) // longer than a requeued task waits
	if again := s.call(t, "squeue", "-h", "-u", "root"); again != "" {
		t.Errorf("it is in the queue again: %s", again)
	}
	run, err := runFolder(p, "long")
	if err != nil {
		t.Fatal(err)
	}
	now, err := cluster.Read(t.Context(), run)
	if err != nil || now.Count(cluster.Interrupted) != 1 {
		t.Errorf("its task must be interrupted, got %s, %v", now, err)
	}
	submit() // which goes on
	within(t, 10*time.Minute, "it is trained", func() bool {
		now, err := cluster.Read(t.Context(), run)
		return err == nil && now.Count(cluster.Trained) == 1
	})
	log, err := filepath.Glob(filepath.Join(run, "logs", "*.log"))
	if err != nil || len(log) != 1 {
		t.Fatal(log, err)
	}
	text, err := os.ReadFile(log[0])
	if err != nil || strings.Count(string(text), "from step 0 on disk") != 1 || strings.Count(string(text), " on disk") != 2 {
		t.Errorf("the second submission must go on from the checkpoint of the first: %s, %v", text, err)
	}
}
