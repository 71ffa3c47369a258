package cluster

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const usage = `usage:
  %[1]s submit -slurm [-per-task N] [-- FLAGS OF sbatch]
        hands the flows that the store lacks to Slurm: bases, then transports
        %[1]s submit -slurm -- --time=2:00:00 --mem=4G
  %[1]s status [-watch] [-all]
        the progress of all tasks; -watch: until they have ended; -all: also those that wait or are trained
  %[1]s work [-run FOLDER] TASK...
        trains tasks here, by their numbers in status -all
        exit status: 0 kept in the store, 75 interrupted, 1 failed, 2 not the flow that was submitted
  %[1]s script [-per-task N]
        writes the files for Slurm, and untested ones for HTCondor and Grid Engine, and hands in none

The store is %[2]s.
`

// Main is the main function of a program that hands plans out to a cluster: it does what the
// program's arguments say, and ends the program. The verbs are submit, status, work and script;
// without one it prints how they are used. For plans of both kinds call it as
//
//	cluster.Main[cluster.Plan](circles, gamma)
//
// Main takes all of the program's arguments. The program runs on every machine of the cluster and
// must make the same plans there, so settings of its own must come from files that all machines
// see, or from environment variables. A task whose plan has another fingerprint than the one that
// was submitted trains nothing.
//
// The exit status is 0 if all went well, 1 if something failed and 2 if the program was misused.
// Of work it is 75 if the training was interrupted, with a checkpoint in the store, and 2 if the
// task isn't the one that was submitted.
func Main[P Plan](plans ...P) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, listed(plans), os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// listed returns plans of one kind as plans of any.
func listed[P Plan](plans []P) []Plan {
	all := make([]Plan, len(plans))
	for i, p := range plans {
		all[i] = p
	}
	return all
}

// misuse is the error of arguments that are not allowed.
type misuse struct{ error }

// misused is the exit status of misuse.
const misused = 2

// run does what the arguments say and returns the exit status.
func run(ctx context.Context, plans []Plan, args []string, out, errs io.Writer) int {
	status, err := command(ctx, plans, args, out)
	if err != nil {
		fmt.Fprintln(errs, err)
		if status = failed; errors.As(err, new(misuse)) {
			status = misused
		}
	}
	return status
}

// command does what the arguments say. It returns the exit status if there is no error.
func command(ctx context.Context, plans []Plan, args []string, out io.Writer) (status int, err error) {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	perTask := flags.Int("per-task", 1, "")
	toSlurm := flags.Bool("slurm", false, "")
	watch := flags.Bool("watch", false, "")
	all := flags.Bool("all", false, "")
	folder := flags.String("run", "", "")
	allowed := map[string][]string{"submit": {"per-task", "slurm"}, "status": {"watch", "all"}, "work": {"run"}, "script": {"per-task"}}[verb]
	if allowed == nil {
		return 0, misuse{fmt.Errorf(strings.TrimSpace(usage), filepath.Base(os.Args[0]), storeOf(plans))}
	}
	err = flags.Parse(args)
	flags.Visit(func(f *flag.Flag) {
		if err == nil && !slices.Contains(allowed, f.Name) {
			err = fmt.Errorf("%s has no flag -%s", verb, f.Name)
		}
	})
	rest := flags.Args()
	switch {
	case err != nil && verb == "submit":
		return 0, misuse{fmt.Errorf("cluster: %w; flags of sbatch come after --", err)}
	case err != nil:
		return 0, misuse{fmt.Errorf("cluster: %w", err)}
	case *perTask < 1:
		return 0, misuse{fmt.Errorf("cluster: -per-task must be at least 1, got %d", *perTask)}
	case (verb == "status" || verb == "script") && len(rest) > 0:
		return 0, misuse{fmt.Errorf("cluster: %s takes flags alone, got %q", verb, rest)}
	case verb == "submit" && !*toSlurm:
		return 0, misuse{errors.New("cluster: submit needs the scheduler, -slurm; script writes files for others")}
	case verb == "submit":
		return 0, submitFlags(ctx, plans, *perTask, args, rest, out)
	case verb == "work":
		return workOn(ctx, plans, *folder, rest, out)
	}
	g, err := newGrid(plans)
	if err != nil {
		return 0, err
	}
	if verb == "script" {
		return 0, scripts(g, *perTask, out)
	}
	return 0, show(ctx, g.folder(), *watch, *all, out)
}

// storeOf returns the folder of the plans' store, for the usage.
func storeOf(plans []Plan) string {
	if len(plans) == 0 {
		return "that of the plans, and there are none"
	}
	flows, err := tasksOf(plans[0])
	if err != nil {
		return "that of the plans, which are not valid: " + err.Error()
	}
	return flows[0].Store
}

// submitFlags submits with the flags of sbatch, which stand after -- in args.
func submitFlags(ctx context.Context, plans []Plan, perTask int, args, rest []string, out io.Writer) error {
	if len(rest) > 0 && !slices.Contains(args, "--") {
		return misuse{fmt.Errorf("cluster: flags of sbatch must come after --, got %q", rest)}
	}
	for _, flag := range rest {
		name, _, _ := strings.Cut(flag, "=")
		if slices.Contains([]string{"-a", "--array", "-D", "--chdir", "--wrap"}, name) {
			return misuse{fmt.Errorf("cluster: %s is set by submit and can't be a flag of sbatch here", name)}
		}
	}
	g, err := newGrid(plans)
	if err != nil {
		return err
	}
	return submit(ctx, g, perTask, rest, out)
}

// scripts writes the files for every engine and prints how they are handed in.
func scripts(g *grid, perTask int, out io.Writer) error {
	program, err := g.prepare()
	if err != nil {
		return err
	}
	wanted := g.wanted()
	for _, e := range engines {
		for level, tasks := range wanted {
			if len(tasks) == 0 {
				continue
			}
			path, err := g.writeScript(e, program, level, elements(tasks, perTask))
			if err != nil {
				return err
			}
			fmt.Fprintln(out, e.command, path)
		}
	}
	return nil
}

// workOn trains the tasks with the numbers in args and returns the exit status.
func workOn(ctx context.Context, plans []Plan, folder string, args []string, out io.Writer) (int, error) {
	if folder == "" {
		g, err := newGrid(plans)
		if err != nil {
			return 0, err
		}
		folder = g.folder()
	}
	w, err := newWorker(plans, folder, out)
	if err != nil {
		return 0, err
	}
	var numbers []int
	for _, arg := range args {
		i, err := strconv.Atoi(arg)
		if err != nil || i < 0 || i >= len(w.run.Tasks) {
			return 0, misuse{fmt.Errorf("cluster: a task must be a number from 0 to %d, got %q", len(w.run.Tasks)-1, arg)}
		}
		numbers = append(numbers, i)
	}
	if len(numbers) == 0 {
		return 0, misuse{errors.New("cluster: work needs the numbers of tasks, got none: status -all shows them")}
	}
	return w.tasks(ctx, numbers), nil
}
