package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"

	"github.com/flowsforflows/flows/data/atomicfile"
)

// A tutorial is kept with its outputs, so that it can be read where code is hosted. They are made
// small, and as alike from run to run as can be, since each change of them stays in the history.

// mostKept is how large a notebook may be with its outputs, in bytes.
const mostKept = 400_000

// finenesses are how much of the pictures is kept: the first of them with which the notebook is
// small enough.
var finenesses = []fineness{{800, 64}, {640, 64}, {560, 48}, {480, 32}, {400, 32}}

// keepOutputs copies the outputs of a notebook that was run into the one that it was run from, and
// with them the digest of the cells that they are of.
func keepOutputs(ran, to string) error {
	was, err := readNotebook(ran)
	if err != nil {
		return err
	}
	is, err := readNotebook(to)
	if err != nil {
		return err
	}
	if was.digest() != is.digest() || len(was.Cells) != len(is.Cells) {
		return fmt.Errorf("%s was edited while it ran, so its outputs are not kept: run it again", shownPath(to))
	}
	var content []byte
	for _, f := range finenesses {
		if content, err = withOutputs(ran, to, is.digest(), f); err != nil {
			return fmt.Errorf("%s: %w", shownPath(to), err)
		}
		if len(content) <= mostKept {
			return atomicfile.Write(to, content)
		}
	}
	return fmt.Errorf("%s with its outputs is %d kB and may be %d kB: show fewer or smaller figures", shownPath(to), len(content)/1000, mostKept/1000)
}

// withOutputs is the content of a notebook with the outputs of another of the same cells.
func withOutputs(ran, to, digest string, f fineness) ([]byte, error) {
	from, err := readJSON(ran)
	if err != nil {
		return nil, err
	}
	nb, err := readJSON(to)
	if err != nil {
		return nil, err
	}
	executed := from["cells"].([]any)
	for i, c := range nb["cells"].([]any) {
		cell := c.(map[string]any)
		if cell["cell_type"] != "code" {
			continue
		}
		outputs, _ := executed[i].(map[string]any)["outputs"].([]any)
		for _, output := range outputs {
			if err := tidy(output.(map[string]any), f); err != nil {
				return nil, fmt.Errorf("cell %d: %w", i+1, err)
			}
		}
		cell["outputs"], cell["execution_count"] = append([]any{}, outputs...), nil
	}
	nb["metadata"].(map[string]any)["flowsforflows"] = map[string]any{"outputs_of": digest}
	var content bytes.Buffer
	encoder := json.NewEncoder(&content) // in Jupyter's own form
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err = encoder.Encode(nb)
	return content.Bytes(), err
}

func readJSON(file string) (content map[string]any, err error) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &content)
	}
	return content, err
}

// digest tells the code of a notebook's cells from any other.
func (nb *notebook) digest() string {
	sum := sha256.New()
	for _, c := range nb.Cells {
		if c.Type == "code" {
			fmt.Fprintf(sum, "%d\n%s\n", len(c.Source), c.Source)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// What of a training's progress differs from run to run: its speed, and the curve and the picture
// that were drawn when the last moment for it came.
var passing = regexp.MustCompile(`(?s), \d+ steps/s|<div class="f4f-live".*?</div>`)

// The folders of the run itself.
var temporary = regexp.MustCompile(`[^\s"'>]*/flows-(store|notebook)-\d+(/gonb_\w+)?`)

// tidy makes an output of a cell small, and leaves out what is another in each run.
func tidy(output map[string]any, f fineness) error {
	if _, counted := output["execution_count"]; counted {
		output["execution_count"] = nil
	}
	if text := textOf(output["text"]); text != "" {
		output["text"] = linesOf(temporary.ReplaceAllString(text, "…"))
	}
	bundle, _ := output["data"].(map[string]any)
	if page := textOf(bundle["text/html"]); page != "" {
		bundle["text/html"] = linesOf(temporary.ReplaceAllString(passing.ReplaceAllString(page, ""), "…"))
	}
	if picture := textOf(bundle["image/png"]); picture != "" {
		content, err := base64.StdEncoding.DecodeString(picture)
		if err == nil {
			content, err = smaller(content, f)
		}
		if err != nil {
			return fmt.Errorf("a picture: %w", err)
		}
		bundle["image/png"] = base64.StdEncoding.EncodeToString(content)
	}
	return nil
}

// textOf is a text of Jupyter's format, which may be in lines.
func textOf(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	var text multiline
	if json.Unmarshal(encoded, &text) != nil {
		return ""
	}
	return string(text)
}

// linesOf is a text as Jupyter writes it.
func linesOf(text string) []string {
	var lines []string
	for _, line := range bytes.SplitAfter([]byte(text), []byte("\n")) {
		if len(line) > 0 {
			lines = append(lines, string(line))
		}
	}
	return lines
}
