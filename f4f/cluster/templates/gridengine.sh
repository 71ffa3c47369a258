#!/bin/bash
#$ -S /bin/bash
#$ -N {{.Name}}
#$ -t 1-{{.Count}}
#$ -r y
#$ -notify
#$ -j y
#$ -wd {{.Directory}}
#$ -o {{.Logs}}

# UNTESTED: nobody has run this file under Grid Engine yet.
# {{.What}}. Each element of the array trains the tasks of one line, by their numbers in tasks.json.
tasks=({{range .Elements}}
	"{{.}}"{{end}}
)
element=$((${SGE_TASK_ID:?run this by qsub} - 1))

export F4F_STORE={{.Store}}
export GOMAXPROCS=${NSLOTS:-1}

# With -notify, Grid Engine sends USR1 before it stops a task and USR2 before it kills one.
pid= caught=
trap 'caught=1; [ -z "$pid" ] || kill -TERM "$pid"' USR1 USR2 TERM
{{.Program}} work -run {{.Folder}} ${tasks[element]} &
pid=$!
wait "$pid"
status=$?
while [ -n "$caught" ]; do
	caught=
	wait "$pid"
	status=$?
done
[ "$status" = 75 ] && exit 99 # which requeues it
exit "$status"
