package paper

import (
	"fmt"
	"html"
	"strings"
)

// document is a page as a list of blocks, which can be written as Markdown or HTML.
type document struct {
	title  string
	blocks []block
}

// block is a heading, a paragraph, a list, a table or an image: whichever field isn't empty.
type block struct {
	heading   string
	level     int // of the heading, from 2
	paragraph string
	list      []string
	folded    string // title of a long list, which is folded until the reader opens it
	head      []string
	rows      [][]string
	image     string // file name
	caption   string
}

func (d *document) heading(level int, text string) {
	d.blocks = append(d.blocks, block{heading: text, level: level})
}

func (d *document) paragraph(format string, args ...any) {
	d.blocks = append(d.blocks, block{paragraph: fmt.Sprintf(format, args...)})
}

func (d *document) foldedList(title string, lines []string) {
	if len(lines) > 0 {
		d.blocks = append(d.blocks, block{folded: title, list: lines})
	}
}

func (d *document) table(head []string, rows [][]string) {
	if len(rows) > 0 {
		d.blocks = append(d.blocks, block{head: head, rows: rows})
	}
}

func (d *document) figure(file, caption string) {
	d.blocks = append(d.blocks, block{image: file, caption: caption})
}

// markdown returns the document in GitHub's Markdown.
func (d document) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", markdownText(d.title))
	for _, k := range d.blocks {
		b.WriteString("\n")
		switch {
		case k.heading != "":
			fmt.Fprintf(&b, "%s %s\n", strings.Repeat("#", k.level), markdownText(k.heading))
		case k.paragraph != "":
			fmt.Fprintf(&b, "%s\n", markdownText(k.paragraph))
		case k.list != nil:
			fmt.Fprintf(&b, "<details><summary>%s</summary>\n\n", html.EscapeString(k.folded))
			for _, line := range k.list {
				fmt.Fprintf(&b, "- %s\n", markdownText(line))
			}
			b.WriteString("\n</details>\n")
		case k.head != nil:
			writeRow(&b, k.head)
			b.WriteString(strings.Repeat("|---", len(k.head)) + "|\n")
			for _, row := range k.rows {
				writeRow(&b, row)
			}
		case k.image != "":
			fmt.Fprintf(&b, "![%s](%s)\n\n*%s*\n", markdownText(k.caption), k.image, markdownText(k.caption))
		}
	}
	return b.String()
}

func writeRow(b *strings.Builder, cells []string) {
	for _, c := range cells {
		fmt.Fprintf(b, "| %s ", strings.ReplaceAll(markdownText(c), "|", `\|`))
	}
	b.WriteString("|\n")
}

// markdownText returns a text with the characters escaped that have a meaning in Markdown.
func markdownText(text string) string {
	return strings.NewReplacer("*", `\*`, "_", `\_`, "<", "&lt;", "`", "\\`").Replace(text)
}

const pageStyle = `body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#222}
h2{margin-top:2.5rem;border-bottom:1px solid #ddd}
table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}
th,td{border:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}
th{background:#f4f4f4}
img{max-width:100%}
figure{margin:1.5rem 0}
figcaption,summary{color:#555}
summary{cursor:pointer}`

// html returns the document as an HTML page that loads nothing but its images.
func (d document) html() string {
	var b strings.Builder
	esc := html.EscapeString
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s</title>\n<style>\n%s\n</style>\n</head>\n<body>\n<h1>%s</h1>\n", esc(d.title), pageStyle, esc(d.title))
	for _, k := range d.blocks {
		switch {
		case k.heading != "":
			fmt.Fprintf(&b, "<h%d>%s</h%d>\n", k.level, esc(k.heading), k.level)
		case k.paragraph != "":
			fmt.Fprintf(&b, "<p>%s</p>\n", esc(k.paragraph))
		case k.list != nil:
			fmt.Fprintf(&b, "<details><summary>%s</summary>\n<ul>\n", esc(k.folded))
			for _, line := range k.list {
				fmt.Fprintf(&b, "<li>%s</li>\n", esc(line))
			}
			b.WriteString("</ul>\n</details>\n")
		case k.head != nil:
			b.WriteString("<table>\n")
			htmlRow(&b, "th", k.head)
			for _, row := range k.rows {
				htmlRow(&b, "td", row)
			}
			b.WriteString("</table>\n")
		case k.image != "":
			fmt.Fprintf(&b, "<figure><img src=\"%s\" alt=\"%s\"><figcaption>%s</figcaption></figure>\n", esc(k.image), esc(k.caption), esc(k.caption))
		}
	}
	b.WriteString("</body>\n</html>\n")
	return b.String()
}

func htmlRow(b *strings.Builder, tag string, cells []string) {
	b.WriteString("<tr>")
	for _, c := range cells {
		fmt.Fprintf(b, "<%s>%s</%s>", tag, html.EscapeString(c), tag)
	}
	b.WriteString("</tr>\n")
}
