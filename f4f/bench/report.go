package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// report is everything that was measured. Its JSON is bench.json.
type report struct {
	Machine machine.Machine `json:"machine"`
	Go      string          `json:"go"`
	Rounds  int             `json:"rounds"`
	Seconds float64         `json:"seconds_of_a_turn"`
	Chunk   int             `json:"chunk"`
	Pins    []string        `json:"peers"`
	Rows    []row           `json:"rows"`
}

// row is the result of one case.
type row struct {
	Case      string `json:"case"`
	Evaluates bool   `json:"evaluates"` // a unit is a chunk of Batch points, not a step
	Batch     int    `json:"batch"`
	Cells     []cell `json:"cells"` // of the peers that have the case
}

// cell is the result of one peer.
type cell struct {
	Peer       string    `json:"peer"`
	Parameters int       `json:"parameters"`
	First      float64   `json:"seconds_to_first_unit"` // from the start of its process, with compilation
	Peak       int64     `json:"peak_bytes"`
	Units      []float64 `json:"seconds_of_a_unit"` // one for each round
}

// median returns the median of Units.
func (c cell) median() float64 { return median(c.Units) }

// median returns the median of the values.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// of returns the cell of a peer, or nil if it has none.
func (r row) of(peer string) *cell {
	i := slices.IndexFunc(r.Cells, func(c cell) bool { return c.Peer == peer })
	if i < 0 {
		return nil
	}
	return &r.Cells[i]
}

// write writes bench.json and bench.md to a folder.
func (r report) write(folder string) error {
	return writeReport(folder, "bench", r, r.markdown())
}

// writeReport writes a report as NAME.json and NAME.md to a folder.
func writeReport(folder, name string, report any, markdown string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	text, err := json.MarshalIndent(report, "", "\t")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	for ending, content := range map[string][]byte{".json": append(text, '\n'), ".md": []byte(markdown)} {
		if err := atomicfile.Write(filepath.Join(folder, name+ending), content); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	return nil
}

// columns returns the names of the peers in any row: ours first, the matrix products last, and the
// others in the order they were measured.
func (r report) columns() []string {
	var names []string
	for _, row := range r.Rows {
		for _, c := range row.Cells {
			if !slices.Contains(names, c.Peer) {
				names = append(names, c.Peer)
			}
		}
	}
	rank := func(name string) int {
		switch name {
		case ours:
			return 0
		case matrixProducts:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	return names
}

// markdown returns the report as Markdown.
func (r report) markdown() string {
	var s strings.Builder
	fmt.Fprintf(&s, "# Beside the peers\n\n%s, %s; %s. Medians of %d rounds in turns, %g s a turn, and in brackets the ratio to ours: above 1 the peer is "+
		"slower. A cell is empty if the peer lacks the case. Peers evaluate %d points at once.\n",
		r.Machine, r.Go, strings.Join(r.Pins, ", "), r.Rounds, r.Seconds, r.Chunk)
	r.table(&s, "Time of a step, or of evaluating 10⁶ points", func(row row, c cell) (float64, string) {
		if row.Evaluates {
			v := c.median() * 1e6 / float64(row.Batch)
			return v, fmt.Sprintf("%.3g s", v)
		}
		return c.median(), fmt.Sprintf("%.3g ms", 1e3*c.median())
	})
	r.table(&s, "From the start of the process to the end of the first step or chunk, measured once", func(_ row, c cell) (float64, string) {
		return c.First, fmt.Sprintf("%.3g s", c.First)
	})
	r.table(&s, "Peak memory", func(_ row, c cell) (float64, string) {
		if c.Peak == 0 {
			return 0, ""
		}
		return float64(c.Peak), fmt.Sprintf("%.0f MB", float64(c.Peak)/1e6)
	})
	r.table(&s, "Parameters", func(_ row, c cell) (float64, string) { return 0, fmt.Sprint(c.Parameters) })
	return s.String()
}

// table writes a table of one figure of every cell. figure returns its value for the ratio, 0 for
// none, and its text, "" if it isn't known.
func (r report) table(s *strings.Builder, title string, figure func(row, cell) (float64, string)) {
	columns := r.columns()
	fmt.Fprintf(s, "\n## %s\n\n| | %s |\n|---%s|\n", title, strings.Join(columns, " | "), strings.Repeat("|---", len(columns)))
	for _, row := range r.Rows {
		fmt.Fprintf(s, "| %s |", row.Case)
		one := 0.0
		if mine := row.of(ours); mine != nil {
			one, _ = figure(row, *mine)
		}
		for _, name := range columns {
			c := row.of(name)
			if c == nil {
				s.WriteString(" |")
				continue
			}
			value, text := figure(row, *c)
			if text == "" {
				s.WriteString(" |")
				continue
			}
			if name != ours && one > 0 && value > 0 {
				text += fmt.Sprintf(" (%.2g×)", value/one)
			}
			fmt.Fprintf(s, " %s |", text)
		}
		s.WriteString("\n")
	}
}
