package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// console prints lines that stay. On a terminal it also shows one line of status below them, which
// it replaces as things go on.
type console struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	shown    bool // the status is on the screen
}

func newConsole(w io.Writer) *console {
	return &console{w: w, terminal: os.Getenv("TERM") != "dumb" && isTerminal(w)}
}

// isTerminal reports whether a stream may be a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

const clearLine = "\r\x1b[K"

// line prints a line that stays.
func (c *console) line(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
	fmt.Fprintf(c.w, format+"\n", args...)
}

// status shows a line until the next output. It does nothing in a file or a pipe.
func (c *console) status(format string, args ...any) {
	if !c.terminal {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprint(c.w, clearLine+shorten(fmt.Sprintf(format, args...), 78))
	c.shown = true
}

// clear removes the status line.
func (c *console) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wipe()
}

func (c *console) wipe() {
	if c.shown {
		fmt.Fprint(c.w, clearLine)
		c.shown = false
	}
}

// shorten cuts a text to one line of at most n characters.
func shorten(text string, n int) string {
	text, _, _ = strings.Cut(text, "\n")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

// seconds shows a duration to a tenth of a second, or in minutes and seconds.
func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// shownPath returns a path relative to the working directory, if it lies below it.
func shownPath(path string) string {
	if dir, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(dir, path); err == nil && !strings.HasPrefix(rel, "..") {
			return rel
		}
	}
	return path
}
