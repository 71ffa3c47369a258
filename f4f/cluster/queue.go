package cluster

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// element is an element of an array job.
type element struct {
	job   string
	index int
}

// queued is what Slurm says of an element that has not ended.
type queued struct {
	state  string // such as "RUNNING"
	reason string // why it waits, or where it runs
}

// queue returns the elements of this user's array jobs that Slurm has not ended. ok is false if
// Slurm can't be asked.
func queue(ctx context.Context) (all map[element]queued, ok bool) {
	output, err := exec.CommandContext(ctx, "squeue", "-h", "-r", "-u", strconv.Itoa(os.Getuid()), "-o", "%F|%K|%T|%R").Output()
	if err != nil {
		return nil, false
	}
	all = map[element]queued{}
	for line := range strings.Lines(string(output)) {
		fields := strings.SplitN(strings.TrimSpace(line), "|", 4)
		if len(fields) < 4 {
			continue
		}
		index, err := strconv.Atoi(fields[1])
		if err != nil || fields[2] == "COMPLETED" || fields[2] == "CANCELLED" || fields[2] == "FAILED" {
			continue // no array, or it has ended
		}
		all[element{fields[0], index}] = queued{fields[2], fields[3]}
	}
	return all, true
}

// queuedOf returns the numbers of those jobs that Slurm has not ended.
func queuedOf(ctx context.Context, jobs []job) (ids []string) {
	if len(jobs) == 0 {
		return nil
	}
	all, _ := queue(ctx) // where it can't be asked, two submissions train nothing twice either
	for _, j := range jobs {
		for i := range j.Elements {
			if _, found := all[element{j.ID, i}]; found {
				ids = append(ids, j.ID)
				break
			}
		}
	}
	return ids
}
