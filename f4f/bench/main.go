// Bench compares this project with its peers. All do the same work on the same points, with the
// same batch and architecture, in turns on one machine.
//
//	go run ./f4f/bench                      every case, five rounds: some hours
//	go run ./f4f/bench -only 'D = 2, batch 128$' -rounds 3
//	go run ./f4f/bench -list
//	go run ./f4f/bench -quality -seeds 3    how good flows are, not how fast: some hours
//	go run ./f4f/bench -optimal -budget 120 how far maps are from the optimal one: some hours
//
// If there is an NVIDIA GPU, every library that supports it uses it. Among the installed peers
// these are those on torch, because JAX is installed without CUDA.
//
// Bench installs the peers, with pinned versions, in a virtual environment of its own (about 6 GB,
// once). Each library runs in a process of its own. All processes of a case are started and warmed
// up first, then measured in turns, A B C A B C …, so that other load on the machine affects them
// alike. The table shows the median of the rounds, and for each peer its ratio to ours. Bench
// writes the table as Markdown and as JSON after every case. The cell of a peer that lacks the case
// is empty.
//
// With -quality it measures whether our flows, with default settings, are better than flows that
// zuko and FlowJAX train in the same time with the settings of their own tutorials. Plane
// distributions are judged by the KL from the truth, and tables by the log-likelihood of held-out
// rows. Transports have no peer. Each flow is trained in a process of its own, on two processors,
// one after another. Bench writes quality.md and quality.json after every case.
//
// With -optimal it learns maps between pairs of distributions with a known optimal map: normal
// distributions, mixtures, and the pairs of the Wasserstein-2 benchmark whose files -pair names. The
// ways are a convex potential of ours, between known densities and from points alone; flow matching
// with optimal transport in each batch (torchcfm); the neural duals of OTT-JAX; and the linear map.
// Each learns for as many seconds of one processor. A run that is interrupted goes on where it was
// when it is started again. Bench writes optimal.md and optimal.json after every map.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend/machine"
)

func main() {
	var o options
	flag.StringVar(&o.out, "out", ".", "folder that bench.md and bench.json are written to")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each case")
	flag.Float64Var(&o.seconds, "seconds", 2, "approximate length of one library's turn in a round; longer if each turn has a large overhead")
	flag.StringVar(&o.only, "only", "", "regular expression of the cases to measure")
	flag.StringVar(&o.peers, "peers", "", "regular expression of the peers to measure beside us")
	flag.StringVar(&o.python, "python", "", "a Python in which the peers are installed, instead of installing them")
	flag.IntVar(&o.chunk, "chunk", 8192, "points that the peers evaluate at once; use more on a GPU")
	flag.BoolVar(&o.list, "list", false, "list the cases and exit")
	flag.BoolVar(&o.quality, "quality", false, "measure how good flows are, instead of how fast; with -seeds, -steps, -least, and -only, -peers, -python, -out, -list as above")
	flag.IntVar(&o.seeds, "seeds", 3, "with -quality and -optimal: flows or maps of each case, with the seeds 1, 2, …")
	flag.IntVar(&o.steps, "steps", 0, "with -quality: steps of ours instead of the default, for a quick test")
	flag.Float64Var(&o.least, "least", 30, "with -quality: least seconds that a peer gets, because importing and compiling alone may take it longer than a small table takes us")
	flag.BoolVar(&o.optimal, "optimal", false, "measure how far learned maps are from the optimal one; with -seeds, -budget, -pair, -core, and -only, -peers, -python, -out, -list as above")
	flag.Float64Var(&o.budget, "budget", 120, "with -optimal: seconds of a processor that each map is learned in")
	flag.Func("pair", "with -optimal: a file of a pair of the Wasserstein-2 benchmark, see package wasserstein2; may be repeated", func(path string) error {
		o.pairs = append(o.pairs, path)
		return nil
	})
	flag.IntVar(&o.core, "core", 0, "with -optimal: the processor that each map is learned on, where the system has taskset")
	flag.StringVar(&o.as, "as", "", "act as a peer: ours, products or onnx for the case given as argument, or quality, known, points or linear for a task")
	flag.StringVar(&o.programs, "programs", "", "with -as onnx, which needs -python too: the folder of the peers' programs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := start(ctx, o, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// start runs the command with parsed flags.
func start(ctx context.Context, o options, args []string) error {
	if o.as != "" {
		if len(args) != 1 {
			return fmt.Errorf("bench: -as needs one case, got %d arguments", len(args))
		}
		switch o.as {
		case "quality":
			return serveQuality(ctx, os.Stdout, args[0])
		case "onnx":
			return serveONNX(ctx, os.Stdin, os.Stdout, o, args[0])
		case knownMethod, pointsMethod, linearMethod:
			return serveOptimal(ctx, os.Stdout, o.as, args[0])
		}
		return serve(ctx, os.Stdin, os.Stdout, o.as, args[0])
	}
	if len(args) > 0 {
		return fmt.Errorf("bench: takes no arguments, got %q; -only picks cases", args)
	}
	switch {
	case o.quality && o.optimal:
		return errors.New("bench: -quality and -optimal are two runs: give one of them")
	case o.quality:
		return startQuality(ctx, o)
	case o.optimal:
		return startOptimal(ctx, o)
	}
	switch {
	case o.rounds < 1:
		return fmt.Errorf("bench: -rounds must be at least 1, got %d", o.rounds)
	case !(o.seconds > 0):
		return fmt.Errorf("bench: -seconds must be above 0, got %g", o.seconds)
	case o.chunk < 1 || o.chunk > many:
		return fmt.Errorf("bench: -chunk must be from 1 to %d, got %d", many, o.chunk)
	}
	return withPeers(ctx, o, cases(o.chunk), peers, func(wanted []benchCase, at place) error {
		r := report{Machine: machine.This(), Go: runtime.Version(), Rounds: o.rounds, Seconds: o.seconds, Chunk: o.chunk, Pins: at.versions}
		for _, c := range wanted {
			row, err := measure(ctx, c, append([]peer{at.ours}, at.beside...), o, at.work)
			if err != nil {
				return err
			}
			r.Rows = append(r.Rows, row)
			if err := r.write(o.out); err != nil {
				return err
			}
		}
		return nil
	})
}

// measure runs one case: it starts the peers that have it, and measures them in turns.
func measure(ctx context.Context, c benchCase, all []peer, o options, work string) (row row, err error) {
	row.Case, row.Evaluates, row.Batch = c.String(), c.evaluates(), c.Batch
	if c.Folder, err = writePoints(work, c); err != nil {
		return row, err
	}
	defer os.RemoveAll(c.Folder)
	var started []*running
	defer func() {
		for _, r := range started {
			_ = r.cmd.Process.Kill()
		}
	}()
	for _, p := range all {
		fmt.Fprintf(os.Stderr, "%s: starting %s\n", c, p.name)
		r, err := p.start(ctx, c)
		if errors.Is(err, errMissing) {
			continue
		}
		if err != nil {
			return row, err
		}
		started = append(started, r)
		if err := r.calibrate(o.seconds); err != nil {
			return row, err
		}
	}
	row.Cells = make([]cell, len(started))
	for round := range o.rounds {
		for i, r := range started {
			a, err := r.round()
			if err != nil {
				return row, err
			}
			unit := a.unit()
			row.Cells[i].Units = append(row.Cells[i].Units, unit)
			fmt.Fprintf(os.Stderr, "%s: round %d of %d: %s %.3g ms\n", c, round+1, o.rounds, r.peer.name, 1e3*unit)
		}
	}
	for i, r := range started {
		row.Cells[i].Peer, row.Cells[i].Parameters, row.Cells[i].First = r.peer.name, r.parameters, r.first.Seconds()
		if row.Cells[i].Peak, err = r.stop(); err != nil {
			return row, err
		}
	}
	started = nil
	return row, nil
}

// classes returns one-hot rows of classes that are equally frequent.
func classes(c benchCase) (data.Points, error) {
	rng, values := rand.New(rand.NewPCG(1, 4)), make([]float32, c.Rows*c.Dim)
	for i := range c.Rows {
		values[i*c.Dim+rng.IntN(c.Dim)] = 1
	}
	return data.NewPoints(c.Dim, values)
}

// writePoints writes the points of a case to a new folder below work: the checkerboard in the first
// two features, a normal distribution in the rest, and conditions uniform between 0 and 1. Those of an
// argmaxStep are classes.
func writePoints(work string, c benchCase) (folder string, err error) {
	if folder, err = os.MkdirTemp(work, "points"); err != nil {
		return "", err
	}
	x, err := data.Checkerboard().Sample(c.Rows, 1)
	if c.Work == argmaxStep {
		x, err = classes(c)
	} else if err == nil && c.Dim > 2 {
		var rest data.Points
		if rest, err = data.Gaussian(c.Dim-2).Sample(c.Rows, 2); err == nil {
			x, err = x.HStack(rest)
		}
	}
	if err == nil {
		err = data.WriteNPY(filepath.Join(folder, "points.npy"), x)
	}
	if err != nil || c.Conditions == 0 {
		return folder, err
	}
	given, err := data.UniformSquare().Sample((c.Rows*c.Conditions+1)/2, 3)
	if err != nil {
		return "", err
	}
	values, err := data.NewPoints(c.Conditions, given.Values()[:c.Rows*c.Conditions])
	if err != nil {
		return "", err
	}
	return folder, data.WriteNPY(filepath.Join(folder, "conditions.npy"), values)
}
