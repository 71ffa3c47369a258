package cluster

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/flowsforflows/flows/data/atomicfile"
)

//go:embed templates
var templateFiles embed.FS

var templates = template.Must(template.ParseFS(templateFiles, "templates/*"))

// engine is a program that runs jobs on a cluster.
type engine struct {
	template string
	suffix   string // of the names of its files
	command  string // that takes the file
}

var (
	slurm   = engine{"slurm.sh", ".sbatch", "sbatch"}
	engines = []engine{slurm, {"htcondor.sub", ".htcondor", "condor_submit"}, {"gridengine.sh", ".gridengine", "qsub"}}
)

// paths are what a script names.
type paths struct{ Program, Folder, Store, Directory string }

// script is what the templates show.
type script struct {
	paths           // quoted for a shell
	Plain    paths  // not quoted
	Name     string // of the job
	What     string
	Elements []string // the numbers of the tasks of each element of the array
	Logs     string   // folder, quoted
	Output   string   // file by sbatch's patterns, quoted
}

func (s script) Last() int  { return len(s.Elements) - 1 }
func (s script) Count() int { return len(s.Elements) }

// elements divides tasks into groups of up to n, one for each element of an array job.
func elements(tasks []int, n int) (all [][]int) {
	for len(tasks) > 0 {
		k := min(n, len(tasks))
		all, tasks = append(all, tasks[:k]), tasks[k:]
	}
	return all
}

// writeScript writes the file with which an engine runs these elements of a level. It returns the
// file's path.
func (g *grid) writeScript(e engine, program string, level int, groups [][]int) (string, error) {
	directory, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("cluster: the current folder isn't known: %w", err)
	}
	folder := g.folder()
	plain := paths{program, folder, g.store, directory}
	quoted, err := plain.quoted()
	if err != nil {
		return "", err
	}
	s := script{
		paths: quoted, Plain: plain, Name: "f4f-" + g.digits[:8] + "-" + levelNames[level],
		What: "The " + levelNames[level] + " of a grid of plans", Logs: quote(logsFolder(folder)),
		Output: `"` + strings.ReplaceAll(logsFolder(folder), "%", "%%") + `/` + levelNames[level] + `-%a.log"`,
	}
	for _, tasks := range groups {
		s.Elements = append(s.Elements, strings.Trim(fmt.Sprint(tasks), "[]"))
	}
	var text bytes.Buffer
	if err := templates.ExecuteTemplate(&text, e.template, s); err != nil {
		return "", fmt.Errorf("cluster: %w", err)
	}
	path := filepath.Join(folder, levelNames[level]+e.suffix)
	if err := atomicfile.Write(path, text.Bytes()); err != nil {
		return "", fmt.Errorf("cluster: the script can't be written: %w", err)
	}
	return path, nil
}

// quoted returns the paths quoted for a shell and for the directives of sbatch, which don't know
// all of a shell's ways to quote.
func (p paths) quoted() (paths, error) {
	for _, path := range []string{p.Program, p.Folder, p.Store, p.Directory} {
		if strings.ContainsAny(path, "'\"\\\n\r$`") {
			return p, fmt.Errorf("cluster: the path %q must have no quotes, backslashes, $ and line ends, because scripts name it", path)
		}
	}
	return paths{quote(p.Program), quote(p.Folder), quote(p.Store), quote(p.Directory)}, nil
}

func quote(path string) string { return `"` + path + `"` }
