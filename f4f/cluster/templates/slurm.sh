#!/bin/bash
#SBATCH --job-name={{.Name}}
#SBATCH --array=0-{{.Last}}
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
#SBATCH --chdir={{.Directory}}
#SBATCH --output={{.Output}}

# {{.What}}. Flags of sbatch's command line replace those above.
# Each element of the array trains the tasks of one line, by their numbers in tasks.json.
tasks=({{range .Elements}}
	"{{.}}"{{end}}
)
element=${SLURM_ARRAY_TASK_ID:?run this by sbatch}

export F4F_STORE={{.Store}}
# Without a plugin for affinity, a task of one processor sees all of them. The number of processors
# changes the rounding of a training.
export GOMAXPROCS=${SLURM_CPUS_PER_TASK:-1}

# Slurm sends USR1 some time before the time limit: then the program keeps a checkpoint, and the
# task is requeued. It sends TERM if it ends the task itself, to cancel, preempt or requeue it.
pid= stop= caught=
trap 'stop=requeue caught=1; [ -z "$pid" ] || kill -TERM "$pid"' USR1
trap 'stop=${stop:-end} caught=1; [ -z "$pid" ] || kill -TERM "$pid"' TERM
{{.Program}} work -run {{.Folder}} ${tasks[element]} &
pid=$!
[ -z "$stop" ] || kill -TERM "$pid"
wait "$pid"
status=$?
while [ -n "$caught" ]; do # a signal ends wait before the program ends
	caught=
	wait "$pid"
	status=$?
done
if [ "$status" = 75 ] && [ "$stop" = requeue ]; then
	scontrol requeue "${SLURM_ARRAY_JOB_ID}_$element" && exit 0
fi
exit "$status"
