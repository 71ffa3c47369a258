package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute"

	"github.com/flowsforflows/flows/f4f/backend"
)

// mostElements is the number of elements that Slurm allows in an array job by default: its
// MaxArraySize.
const mostElements = 1001

// submit hands the tasks that the store lacks to Slurm, as one array job for each level.
func submit(ctx context.Context, g *grid, perTask int, flags []string, out io.Writer) error {
	sbatch, err := exec.LookPath("sbatch")
	if err != nil {
		return errors.New("cluster: sbatch must be on PATH, found none: submit on a machine of a Slurm cluster that takes jobs; script writes the files for another one")
	}
	unlock, err := g.lock(ctx, func(holder string) {
		fmt.Fprintf(out, "%s submits these plans at this moment; waiting for it\n", holder)
	})
	if err != nil {
		return err
	}
	defer unlock()
	jobs, err := readJobs(g.folder())
	if err != nil {
		return err
	}
	if queued := queuedOf(ctx, jobs); len(queued) > 0 {
		return fmt.Errorf("cluster: these plans are handed out already, as job %s: see status, or cancel it by scancel %s first", strings.Join(queued, " and "), strings.Join(queued, " "))
	}
	wanted := g.wanted()
	left := 0
	for _, tasks := range wanted {
		left += len(tasks)
	}
	fmt.Fprintf(out, "%d flows, %d of them to be trained\n", len(g.tasks), left)
	if left == 0 {
		return nil
	}
	for level, tasks := range wanted {
		if n, most := len(elements(tasks, perTask)), largestArray(ctx); n > most {
			return fmt.Errorf("cluster: an array job of this cluster has at most %d elements (MaxArraySize), got %d for the %s: use -per-task %d or more", most, n, levelNames[level], (len(tasks)+most-1)/most)
		}
	}
	if note := storeNote(g.store); note != "" {
		fmt.Fprintln(out, "note:", note)
	}
	if err := g.install(ctx, wanted); err != nil {
		return err
	}
	program, err := g.prepare()
	if err != nil {
		return err
	}
	var submitted []job
	for level, tasks := range wanted {
		if len(tasks) == 0 {
			continue
		}
		groups := elements(tasks, perTask)
		path, err := g.writeScript(slurm, program, level, groups)
		if err != nil {
			return err
		}
		args := slices.Clone(flags)
		for _, before := range submitted {
			args = append(args, "--dependency=afterany:"+before.ID) // not afterok: a transport whose base failed says so itself
		}
		id, err := callSbatch(ctx, sbatch, append(args, "--parsable", path))
		if err != nil {
			return errors.Join(err, cancelHint(submitted))
		}
		submitted = append(submitted, job{id, level, groups, flags})
		if err := writeJSON(jobsFile(g.folder()), append(jobs, submitted...)); err != nil {
			return errors.Join(err, cancelHint(submitted))
		}
		fmt.Fprintf(out, "job %s: %d %s in %d tasks of Slurm, by %s\n", id, len(tasks), levelNames[level], len(groups), path)
	}
	return nil
}

// cancelHint returns an error that says how to cancel what was submitted before another error.
func cancelHint(submitted []job) error {
	if len(submitted) == 0 {
		return nil
	}
	return fmt.Errorf("cluster: what came before it is submitted; cancel it by scancel %s", submitted[len(submitted)-1].ID)
}

// callSbatch calls sbatch and returns the number of the job.
func callSbatch(ctx context.Context, sbatch string, args []string) (id string, err error) {
	var said bytes.Buffer
	c := exec.CommandContext(ctx, sbatch, args...)
	c.Stderr = &said
	output, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("cluster: sbatch %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(said.String()))
	}
	id, _, _ = strings.Cut(strings.TrimSpace(string(output)), ";") // "17;name of the cluster"
	if _, err := strconv.Atoi(id); err != nil {
		return "", fmt.Errorf("cluster: sbatch must print the number of the job, got %q", output)
	}
	return id, nil
}

// largestArray returns the greatest number of elements of an array job.
func largestArray(ctx context.Context) int {
	output, err := exec.CommandContext(ctx, "scontrol", "show", "config").Output()
	if err != nil {
		return mostElements
	}
	for line := range strings.Lines(string(output)) {
		name, value, _ := strings.Cut(line, "=")
		if strings.TrimSpace(name) == "MaxArraySize" {
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 0 {
				return n
			}
		}
	}
	return mostElements
}

// install installs XLA if one of the wanted flows needs it: machines that train often have no way
// out to the network. It compiles nothing, because compiled programs are kept by processor, and the
// one here is often another one.
func (g *grid) install(ctx context.Context, wanted [levels][]int) error {
	for _, i := range slices.Concat(wanted[:]...) {
		choice := g.flows[i].Backend
		if choice == "" {
			choice = os.Getenv(compute.ConfigEnvVar)
		}
		if strings.HasPrefix(choice, "go") || strings.Contains(choice, "/") { // the Go backend, or a plugin's file
			continue
		}
		if _, err := backend.Install(ctx); err != nil {
			return fmt.Errorf("cluster: XLA can't be installed on this machine for the others: %w; %s=go trains without it, some ten times slower", err, compute.ConfigEnvVar)
		}
		return nil
	}
	return nil
}
