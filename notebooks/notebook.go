package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// notebook is the part of Jupyter's format (nbformat 4) that this command uses.
type notebook struct {
	Cells    []cell `json:"cells"`
	Metadata struct {
		Ours struct {
			OutputsOf string `json:"outputs_of"` // the digest of the cells that the outputs are of; "" for none
		} `json:"flowsforflows"`
	} `json:"metadata"`
}

type cell struct {
	Type    string    `json:"cell_type"` // "markdown" or "code"
	Source  multiline `json:"source"`
	Outputs []output  `json:"outputs"`
}

type output struct {
	Type string               `json:"output_type"` // "stream", "display_data", "execute_result" or "error"
	Data map[string]multiline `json:"data"`        // by MIME type; pictures in base64
}

// multiline is a text that Jupyter writes as one string or as a list of lines.
type multiline string

func (m *multiline) UnmarshalJSON(b []byte) error {
	var lines []string
	if err := json.Unmarshal(b, &lines); err == nil {
		*m = multiline(strings.Join(lines, ""))
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		*m = "" // some MIME types hold objects, but none that is used here
		return nil
	}
	*m = multiline(text)
	return nil
}

func readNotebook(path string) (*notebook, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var nb notebook
	if err := json.Unmarshal(content, &nb); err != nil {
		return nil, fmt.Errorf("%s must be a notebook: %w", path, err)
	}
	return &nb, nil
}

// title returns the first heading, and the first sentence of prose after it.
func (nb *notebook) title() (title, about string) {
	for _, c := range nb.Cells {
		if c.Type != "markdown" {
			continue
		}
		var paragraph []string
		for line := range strings.Lines(string(c.Source)) {
			line = strings.TrimSpace(line)
			switch {
			case strings.HasPrefix(line, "#"):
				if title == "" {
					title = strings.TrimSpace(strings.TrimLeft(line, "#"))
				}
			case line == "" && len(paragraph) > 0:
				return title, firstSentence(strings.Join(paragraph, " "))
			case line == "" || strings.HasPrefix(line, "!["): // nothing, or a picture
			default:
				paragraph = append(paragraph, line)
			}
		}
		if len(paragraph) > 0 {
			return title, firstSentence(strings.Join(paragraph, " "))
		}
	}
	return title, ""
}

// firstSentence returns the text up to the first full stop, question mark or exclamation mark that
// a space follows.
func firstSentence(text string) string {
	text = strings.NewReplacer("**", "", "*", "", "`", "").Replace(text)
	for i, r := range text {
		if strings.ContainsRune(".?!", r) && i+1 < len(text) && text[i+1] == ' ' {
			return text[:i+1]
		}
	}
	return text
}
