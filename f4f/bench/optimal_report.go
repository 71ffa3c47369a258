package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// optimalReport is the result of -optimal. Its JSON is optimal.json.
type optimalReport struct {
	Machine machine.Machine `json:"machine"`
	Go      string          `json:"go"`
	Budget  float64         `json:"seconds_of_a_map"`
	Points  int             `json:"points_of_a_side"`
	Pins    []string        `json:"peers"`
	Rows    []optimalRow    `json:"rows"`
}

// optimalRow is the result of one case.
type optimalRow struct {
	Case string     `json:"case"`
	Dim  int        `json:"dim"`
	Maps []mapMaker `json:"maps"`
}

// mapMaker is a way to learn a map, with its maps, one for each seed.
type mapMaker struct {
	Name   string     `json:"name"`
	Trials []mapTrial `json:"trials"`
}

// of returns the maker of a name, or nil.
func (r *optimalRow) of(name string) *mapMaker {
	i := slices.IndexFunc(r.Maps, func(m mapMaker) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Maps[i]
}

// row returns the row of a case, or nil.
func (r *optimalReport) row(c optimalCase) *optimalRow {
	i := slices.IndexFunc(r.Rows, func(row optimalRow) bool { return row.Case == c.String() })
	if i < 0 {
		return nil
	}
	return &r.Rows[i]
}

// trial returns the trial of a case, a maker and a seed, or nil if there is none. One that failed
// counts as none, so that a later run tries again.
func (r *optimalReport) trial(c optimalCase, name string, seed uint64) *mapTrial {
	row := r.row(c)
	if row == nil {
		return nil
	}
	m := row.of(name)
	if m == nil {
		return nil
	}
	i := slices.IndexFunc(m.Trials, func(t mapTrial) bool { return t.Seed == seed && t.Failed == "" })
	if i < 0 {
		return nil
	}
	return &m.Trials[i]
}

// add adds a trial, in place of an earlier one with its seed.
func (r *optimalReport) add(c optimalCase, dim int, name string, t mapTrial) {
	row := r.row(c)
	if row == nil {
		r.Rows = append(r.Rows, optimalRow{Case: c.String(), Dim: dim})
		row = r.row(c)
	}
	m := row.of(name)
	if m == nil {
		row.Maps = append(row.Maps, mapMaker{Name: name})
		m = row.of(name)
	}
	m.Trials = append(slices.DeleteFunc(m.Trials, func(old mapTrial) bool { return old.Seed == t.Seed }), t)
}

// String returns the trial in a line.
func (t mapTrial) String() string {
	if t.Failed != "" {
		return t.Failed
	}
	text := fmt.Sprintf("UVP %.4f ± %.4f %%, cosine %.4f, ", t.UVP.Value, t.UVP.Error, t.Cosine.Value)
	if t.KL != nil {
		text += fmt.Sprintf("KL %.4f ± %.4f, ", t.KL.Value, t.KL.Error)
	}
	return text + fmt.Sprintf("%d steps in %.3g s of a processor, %.3g s by the clock", t.Steps, t.Seconds, t.Wall)
}

// over returns the mean of a figure over the trials that have it, with its standard error over the
// seeds; for one seed with that over the points. ok is false if no trial has the figure.
func (m mapMaker) over(figure func(mapTrial) *estimate) (mean estimate, ok bool) {
	var values []float64
	for _, t := range m.Trials {
		if t.Failed != "" {
			continue
		}
		if e := figure(t); e != nil {
			values, mean = append(values, e.Value), *e
		}
	}
	if len(values) < 2 {
		return mean, len(values) == 1
	}
	v, std := stat.MeanStdDev(values, nil)
	return estimate{v, stat.StdErr(std, float64(len(values)))}, true
}

func uvpOf(t mapTrial) *estimate    { return &t.UVP }
func cosineOf(t mapTrial) *estimate { return &t.Cosine }
func klOf(t mapTrial) *estimate     { return t.KL }

// plain returns a figure without an error of its own.
func plain(figure func(mapTrial) float64) func(mapTrial) *estimate {
	return func(t mapTrial) *estimate { return &estimate{Value: figure(t)} }
}

// best returns the name of the maker with the lowest UVP, or "" if none has one.
func (r optimalRow) best() (name string) {
	least := math.Inf(1)
	for _, m := range r.Maps {
		if uvp, ok := m.over(uvpOf); ok && uvp.Value < least {
			least, name = uvp.Value, m.Name
		}
	}
	return name
}

// summary returns the answer of -optimal in a sentence.
func (r optimalReport) summary() string {
	wins, all := map[string]int{}, 0
	for _, row := range r.Rows {
		if name := row.best(); name != "" {
			wins[name]++
			all++
		}
	}
	if all == 0 {
		return "No map was measured."
	}
	var parts []string
	for _, name := range r.makers() {
		if wins[name] > 0 {
			parts = append(parts, fmt.Sprintf("%s in %d", name, wins[name]))
		}
	}
	return fmt.Sprintf("Of %d pairs, the lowest UVP is that of %s.", all, strings.Join(parts, ", of "))
}

// makers returns the names of all makers, in the order they were measured.
func (r optimalReport) makers() (names []string) {
	for _, row := range r.Rows {
		for _, m := range row.Maps {
			if !slices.Contains(names, m.Name) {
				names = append(names, m.Name)
			}
		}
	}
	return names
}

// write writes optimal.json and optimal.md to a folder.
func (r optimalReport) write(folder string) error {
	return writeReport(folder, "optimal", r, r.markdown())
}

// load returns by how much the trainings took longer by the clock than of a processor: 1 on a quiet
// machine.
func (r optimalReport) load() float64 {
	wall, processor := 0.0, 0.0
	for _, row := range r.Rows {
		for _, m := range row.Maps {
			for _, t := range m.Trials {
				wall, processor = wall+t.Wall, processor+t.Seconds
			}
		}
	}
	if processor == 0 {
		return 1
	}
	return wall / processor
}

// markdown returns the report as Markdown.
func (r optimalReport) markdown() string {
	var s strings.Builder
	fmt.Fprintf(&s, "# How far from the optimal map?\n\n%s\n\n%s, %s; %s. Each map was learned for about %g s of one processor, compiling not counted; by the clock it took %.2g times as long. "+
		"Figures are means over the seeds with the standard error of the mean, where there is one seed with that over the points. "+
		"All but the first way learn from %d points of each side alone. The lowest UVP of a row is bold. An empty cell means that the map has no density, or that it failed; failures are listed last.\n",
		r.summary(), r.Machine, r.Go, strings.Join(r.Pins, ", "), r.Budget, r.load(), r.Points)
	r.table(&s, "L2-UVP in %, the lower the better", uvpOf, 4)
	r.table(&s, "Cosine of the displacements, the higher the better", cosineOf, 4)
	r.table(&s, "KL between the right and the image of the left, in nats", klOf, 4)
	r.table(&s, "Steps a second of a processor", plain(func(t mapTrial) float64 { return float64(t.Steps) / t.Seconds }), 0)
	r.table(&s, "Seconds of a processor that the training took", plain(func(t mapTrial) float64 { return t.Seconds }), 0)
	r.table(&s, fmt.Sprintf("Seconds of a processor to map 10⁶ points, from %d", mapTimed), plain(func(t mapTrial) float64 { return t.Mapping }), 2)
	r.table(&s, "Numbers that are learned", plain(func(t mapTrial) float64 { return float64(t.Parameters) }), 0)
	var told []string
	for _, row := range r.Rows {
		for _, m := range row.Maps {
			for _, t := range m.Trials {
				for _, text := range append(t.Notes, t.Failed) {
					if text != "" {
						told = append(told, fmt.Sprintf("- %s, seed %d: %s: %s\n", row.Case, t.Seed, m.Name, strings.Join(strings.Fields(text), " ")))
					}
				}
			}
		}
	}
	if told != nil {
		fmt.Fprintf(&s, "\nFailures and notes:\n\n%s", strings.Join(told, ""))
	}
	return s.String()
}

// table writes a table of a figure with this many decimals.
func (r optimalReport) table(s *strings.Builder, title string, figure func(mapTrial) *estimate, decimals int) {
	names := r.makers()
	fmt.Fprintf(s, "\n## %s\n\n| | %s |\n|%s\n", title, strings.Join(names, " | "), strings.Repeat("---|", len(names)+1))
	for _, row := range r.Rows {
		fmt.Fprintf(s, "| %s |", row.Case)
		for _, name := range names {
			text := ""
			if m := row.of(name); m != nil {
				if e, ok := m.over(figure); ok {
					text = fmt.Sprintf("%.*f", decimals, e.Value)
					if e.Error > 0 {
						text += fmt.Sprintf(" ± %.*f", decimals, e.Error)
					}
					if name == row.best() && strings.HasPrefix(title, "L2-UVP") {
						text = "**" + text + "**"
					}
				}
			}
			s.WriteString(padded(text))
		}
		s.WriteString("\n")
	}
}
