package kernelext

import (
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Table is a table of texts with named columns. It is HTML in a notebook and aligned lines
// elsewhere. Columns of numbers are aligned to the right.
type Table struct {
	Title   string // above the table; "" for none
	Columns []string
	Rows    [][]string // the texts of each row; missing ones at the end are empty
	Note    string     // below the table, such as a total
}

// cell returns a cell's text, or "" if the row is too short.
func (t Table) cell(row, column int) string {
	if r := t.Rows[row]; column < len(r) {
		return r[column]
	}
	return ""
}

// numbers reports whether a column holds numbers: whether each cell that isn't empty starts with a
// digit, apart from a sign.
func (t Table) numbers(column int) bool {
	some := false
	for i := range t.Rows {
		text := t.cell(i, column)
		first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, "+-−"))
		if text != "" && text != "–" {
			if !unicode.IsDigit(first) || strings.ContainsAny(text, ":") || len(text) > 12 {
				return false
			}
			some = true
		}
	}
	return some
}

// HTML returns the table for a notebook. It has no scripts, and all texts are escaped.
func (t Table) HTML() string {
	var b strings.Builder
	b.WriteString(`<div style="overflow-x:auto">`)
	if t.Title != "" {
		fmt.Fprintf(&b, `<div><b>%s</b></div>`, html.EscapeString(t.Title))
	}
	if len(t.Rows) > 0 {
		b.WriteString(`<table style="border-collapse:collapse"><thead><tr>`)
		align := func(column int) string {
			if t.numbers(column) {
				return "right"
			}
			return "left"
		}
		for j, name := range t.Columns {
			fmt.Fprintf(&b, `<th style="text-align:%s;padding:.2em .8em;border-bottom:1px solid #888">%s</th>`, align(j), html.EscapeString(name))
		}
		b.WriteString(`</tr></thead><tbody>`)
		for i := range t.Rows {
			b.WriteString("<tr>")
			for j := range t.Columns {
				fmt.Fprintf(&b, `<td style="text-align:%s;padding:.2em .8em">%s</td>`, align(j), html.EscapeString(t.cell(i, j)))
			}
			b.WriteString("</tr>")
		}
		b.WriteString(`</tbody></table>`)
	}
	if t.Note != "" {
		fmt.Fprintf(&b, `<div style="opacity:.75">%s</div>`, html.EscapeString(t.Note))
	}
	b.WriteString(`</div>`)
	return b.String()
}

// String returns the table as aligned lines.
func (t Table) String() string {
	var b strings.Builder
	if t.Title != "" {
		b.WriteString(t.Title + "\n")
	}
	widths := make([]int, len(t.Columns))
	for j, name := range t.Columns {
		widths[j] = utf8.RuneCountInString(name)
		for i := range t.Rows {
			widths[j] = max(widths[j], utf8.RuneCountInString(t.cell(i, j)))
		}
	}
	line := func(cell func(column int) string) {
		var row strings.Builder
		for j := range t.Columns {
			text := cell(j)
			space := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(text))
			if t.numbers(j) {
				text = space + text
			} else {
				text += space
			}
			row.WriteString(text + "  ")
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	if len(t.Rows) > 0 {
		line(func(column int) string { return t.Columns[column] })
	}
	for i := range t.Rows {
		line(func(column int) string { return t.cell(i, column) })
	}
	if t.Note != "" {
		b.WriteString(t.Note + "\n")
	}
	return b.String()
}
