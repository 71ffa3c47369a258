package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/f4f/backend/machine"
)

// qualityReport is the result of -quality. Its JSON is quality.json.
type qualityReport struct {
	Machine machine.Machine `json:"machine"`
	Go      string          `json:"go"`
	Seeds   int             `json:"seeds"`
	Steps   int             `json:"steps"` // steps of ours; 0 means the default
	Least   float64         `json:"least_seconds_of_a_peer"`
	Pins    []string        `json:"peers"`
	Rows    []qualityRow    `json:"rows"`
}

// qualityRow is the result of one case.
type qualityRow struct {
	Case  string       `json:"case"`
	Kind  string       `json:"kind"`
	Flows []contestant `json:"flows"` // ours first
}

// contestant is a library with its flows, one for each seed.
type contestant struct {
	Name   string  `json:"name"`
	Trials []trial `json:"trials"`
}

// figure is a mean over seeds, in nats.
type figure struct {
	mean, err float64 // err is the standard error of the mean over the seeds; NaN for one seed
	seconds   float64 // mean time
}

// figureOf returns the mean over the trials for which value returns ok. ok is false if there are
// none.
func figureOf(trials []trial, value func(trial) (nats, seconds float64, ok bool)) (f figure, ok bool) {
	var nats, seconds []float64
	for _, t := range trials {
		if v, s, ok := value(t); ok {
			nats, seconds = append(nats, v), append(seconds, s)
		}
	}
	if len(nats) == 0 {
		return f, false
	}
	mean, std := stat.MeanStdDev(nats, nil)
	return figure{mean, stat.StdErr(std, float64(len(nats))), stat.Mean(seconds, nil)}, true
}

// inTheTime returns the mean score of the flows when their time was up.
func (c contestant) inTheTime() (figure, bool) {
	return figureOf(c.Trials, func(t trial) (float64, float64, bool) { return t.Score.Value, t.Seconds, t.Failed == "" })
}

// byItsRule returns the mean score of the flows when the peer's tutorial would have stopped. ok is
// false unless every trial got that far.
func (c contestant) byItsRule() (figure, bool) {
	if slices.ContainsFunc(c.Trials, func(t trial) bool { return t.Own == nil }) {
		return figure{}, false
	}
	return figureOf(c.Trials, func(t trial) (float64, float64, bool) { return t.Own.Score.Value, t.Own.Seconds, true })
}

// loss returns a mean such that lower is better. It negates log-likelihoods, of which higher is
// better.
func (r qualityRow) loss(f figure) float64 {
	if r.Kind == tableCase {
		return -f.mean
	}
	return f.mean
}

// verdict compares ours with a peer: ours is "better", "worse", or "level" if the difference is
// within two standard errors. It is "unknown" if there is one seed and so no error, and "" if one
// of the two has no score. The peer gets the better of its two scores.
func (r qualityRow) verdict(c contestant) string {
	mine, ok := r.Flows[0].inTheTime()
	theirs, also := c.inTheTime()
	if !ok || !also {
		return ""
	}
	if own, ok := c.byItsRule(); ok && r.loss(own) < r.loss(theirs) {
		theirs = own
	}
	ahead, sure := r.loss(theirs)-r.loss(mine), 2*math.Hypot(mine.err, theirs.err)
	switch {
	case math.IsNaN(sure):
		return "unknown"
	case ahead > sure:
		return "better"
	case ahead < -sure:
		return "worse"
	}
	return "level"
}

// summary returns the answer of -quality in a sentence.
func (r qualityReport) summary() string {
	counts, all := map[string]int{}, 0
	for _, row := range r.Rows {
		for _, c := range row.Flows[1:] {
			if v := row.verdict(c); v != "" {
				counts[v]++
				all++
			}
		}
	}
	if all == 0 {
		return "No flow of ours was measured beside a peer's."
	}
	text := fmt.Sprintf("Of %d comparisons with a peer, ours is better in %d, level in %d and worse in %d",
		all, counts["better"], counts["level"], counts["worse"])
	if n := counts["unknown"]; n > 0 {
		text += fmt.Sprintf("; in %d there is only one seed and so no error", n)
	}
	return text + "."
}

// write writes quality.json and quality.md to a folder.
func (r qualityReport) write(folder string) error {
	return writeReport(folder, "quality", r, r.markdown())
}

// markdown returns the report as Markdown.
func (r qualityReport) markdown() string {
	var s strings.Builder
	fmt.Fprintf(&s, "# As good by default as the peers?\n\n%s\n\n%s, %s; %s. Each figure is the mean of %d seeds and its standard error, and beside it the seconds from the start of "+
		"the process to the trained flow, compiling included. Ours are plans with nothing set but the seed", r.summary(), r.Machine, r.Go, strings.Join(r.Pins, ", "), r.Seeds)
	if r.Steps > 0 {
		fmt.Fprintf(&s, " and, for a quick test, Steps(%d)", r.Steps)
	}
	fmt.Fprintf(&s, ". Peers have the settings of their own tutorials and train for as long as ours did with the same seed, at least %g s; if their tutorial would have stopped sooner, the score at "+
		"that time is given too. Ours is better, or worse, where the difference from the better of the two is more than twice its standard error. "+
		"A cell is empty if there is no such flow, or if it failed; failures are listed below the table.\n", r.Least)
	for _, part := range []struct{ kind, title string }{
		{baseCase, "Sets of the plane: KL(truth‖flow) in nats, the lower the better"},
		{transportCase, "Transports: KL between the truth on the right and what arrives there, in nats; no peer has transports; seconds of training with the bases, without compiling"},
		{tableCase, "Tables: mean log-likelihood of the test rows in nats, in the original units, the higher the better"},
	} {
		r.table(&s, part.kind, part.title)
	}
	return s.String()
}

// table writes the table of all cases of a kind, or nothing if there are none.
func (r qualityReport) table(s *strings.Builder, kind, title string) {
	var rows []qualityRow
	columns := []string{ours}
	for _, row := range r.Rows {
		if row.Kind != kind {
			continue
		}
		rows = append(rows, row)
		for _, c := range row.Flows {
			if !slices.Contains(columns, c.Name) {
				columns = append(columns, c.Name)
			}
		}
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(s, "\n## %s\n\n| | %s |", title, ours)
	for _, name := range columns[1:] {
		fmt.Fprintf(s, " %s | ours is |", name)
	}
	fmt.Fprintf(s, "\n|%s\n", strings.Repeat("---|", 2*len(columns)))
	var failures []string
	for _, row := range rows {
		fmt.Fprintf(s, "| %s |", strings.TrimPrefix(row.Case, kind+": "))
		for _, name := range columns {
			i := slices.IndexFunc(row.Flows, func(c contestant) bool { return c.Name == name })
			if i < 0 {
				s.WriteString(" | |")
				continue
			}
			c := row.Flows[i]
			s.WriteString(padded(c.cell()))
			if i > 0 {
				s.WriteString(padded(row.verdict(c)))
			}
			for _, t := range c.Trials {
				if t.Failed != "" {
					failures = append(failures, fmt.Sprintf("- %s: %s: %s\n", t.of(row), name, strings.Join(strings.Fields(t.Failed), " ")))
				}
			}
		}
		s.WriteString("\n")
	}
	if failures != nil {
		fmt.Fprintf(s, "\nWhat failed:\n\n%s", strings.Join(failures, ""))
	}
}

// of returns the case and the seed of a trial. A trial that failed before it had a seed has none.
func (t trial) of(r qualityRow) string {
	if t.Seed == 0 {
		return r.Case
	}
	return fmt.Sprintf("%s, seed %d", r.Case, t.Seed)
}

// padded returns a text as the rest of a cell of the table.
func padded(text string) string {
	if text == "" {
		return " |"
	}
	return " " + text + " |"
}

// cell returns a text such as "0.0123 ± 0.0004, 33 s", followed by the score by the peer's own rule
// if that would have stopped sooner.
func (c contestant) cell() string {
	f, ok := c.inTheTime()
	if !ok {
		return ""
	}
	text := f.String()
	if own, ok := c.byItsRule(); ok {
		text += fmt.Sprintf("; by its own rule %s", own)
	}
	return text
}

func (f figure) String() string {
	if math.IsNaN(f.err) {
		return fmt.Sprintf("%.4f, %.0f s", f.mean, f.seconds)
	}
	return fmt.Sprintf("%.4f ± %.4f, %.0f s", f.mean, f.err, f.seconds)
}
