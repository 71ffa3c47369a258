package analysis

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data/atomicfile"
)

// place matches a line that names a table, and the table below it, which ends at the first line
// that isn't a row of a table.
var place = regexp.MustCompile(`(?m)^<!-- table (\w+)/([\w-]+) -->\n(?:\|.*\n)*`)

// Fill returns a page with its tables made of the results. A table stands below a line such as
//
//	<!-- table calibration/closure -->
//
// which names the analysis and the table; calibration/runs is the table of the runs. A table that the
// results don't have says so. Tables of other analyses stay as they are.
func Fill(page string, r *Results) string {
	return place.ReplaceAllStringFunc(page, func(text string) string {
		names := place.FindStringSubmatch(text)
		if names[1] != r.Analysis {
			return text
		}
		table := r.table(names[2])
		if table == "" {
			table = "| not run yet: `go run ./notebooks " + r.Analysis + "` |\n|---|\n"
		}
		first, _, _ := strings.Cut(text, "\n")
		return first + "\n" + table
	})
}

// UpdatePage writes the tables of the results into the page at path; see Fill.
func UpdatePage(path string, r *Results) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Analysis, err)
	}
	filled := Fill(string(page), r)
	if filled == string(page) {
		return nil
	}
	if err := atomicfile.Write(path, []byte(filled)); err != nil {
		return fmt.Errorf("%s: %w", r.Analysis, err)
	}
	return nil
}

// table returns a table of the results in Markdown, or "" if there is none of that name.
func (r *Results) table(name string) string {
	if name == "runs" {
		return r.runs()
	}
	columns, rows := r.Cells(name)
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	writeRow(&b, append([]string{""}, columns...))
	b.WriteString(strings.Repeat("|---", len(columns)+1) + "|\n")
	for _, row := range rows {
		writeRow(&b, row)
	}
	return b.String()
}

// Cells returns the cells of a table of the results: the names of its columns, and rows that each
// begin with their name. Both are nil if there is no such table. Rows and columns are in the order
// in which they first occur. Quick runs are left out.
func (r *Results) Cells(table string) (columns []string, rows [][]string) {
	var names []string
	cells := map[[2]string][]Number{}
	for _, n := range r.Numbers {
		if n.Table != table || n.Quick {
			continue
		}
		if !slices.Contains(names, n.Row) {
			names = append(names, n.Row)
		}
		if !slices.Contains(columns, n.Column) {
			columns = append(columns, n.Column)
		}
		cells[[2]string{n.Row, n.Column}] = append(cells[[2]string{n.Row, n.Column}], n)
	}
	for _, row := range names {
		line := []string{row}
		for _, column := range columns {
			line = append(line, cell(cells[[2]string{row, column}]))
		}
		rows = append(rows, line)
	}
	return columns, rows
}

// cell returns the text of a table's cell: the mean of a number over its seeds, and in brackets the
// lowest and the highest end of their intervals. Without intervals they are the lowest and the
// highest value.
func cell(seeds []Number) string {
	low, high, sum, failed := math.Inf(1), math.Inf(-1), 0.0, 0
	for _, n := range seeds {
		if n.Failed != "" {
			failed++
			continue
		}
		sum += n.Value
		if n.HasInterval() {
			low, high = min(low, n.Low), max(high, n.High)
		} else {
			low, high = min(low, n.Value), max(high, n.Value)
		}
	}
	good := len(seeds) - failed
	var text string
	if good > 0 {
		mean := sum / float64(good)
		text = decimals(mean, high-low)
		if low < high {
			text += fmt.Sprintf(" (%s to %s)", decimals(low, high-low), decimals(high, high-low))
		}
	}
	if failed > 0 {
		text = strings.TrimSpace(fmt.Sprintf("%s %d of %d failed", text, failed, len(seeds)))
	}
	return text
}

// decimals formats a value with as many decimals as its width tells: two digits of the width, and
// at most 4 decimals. A width of 0 means four digits of the value, and whole numbers in full.
func decimals(v, width float64) string {
	if width <= 0 {
		if v == math.Trunc(v) && math.Abs(v) < 1e9 {
			return fmt.Sprintf("%.0f", v)
		}
		return fmt.Sprintf("%.4g", v)
	}
	places := min(max(1-int(math.Floor(math.Log10(width))), 0), 4)
	return fmt.Sprintf("%.*f", places, v)
}

// runs returns the table of the runs.
func (r *Results) runs() string {
	var b strings.Builder
	for _, run := range r.Runs {
		if run.Quick {
			continue
		}
		if b.Len() == 0 {
			writeRow(&b, []string{"seed", "budget", "seconds", "machine", "command"})
			b.WriteString("|---|---|---|---|---|\n")
		}
		writeRow(&b, []string{fmt.Sprint(run.Seed), run.Budget, fmt.Sprintf("%.0f", run.Seconds), run.Machine.String(), "`" + run.Command + "`"})
	}
	return b.String()
}

func writeRow(b *strings.Builder, cells []string) {
	for _, c := range cells {
		fmt.Fprintf(b, "| %s ", strings.ReplaceAll(c, "|", `\|`))
	}
	b.WriteString("|\n")
}
