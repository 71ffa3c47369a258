package f4f_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The code of EXTENDING.md must be, to the letter, that of Examples that run. Each kind of thing
// that can be added must have an Example that the page names.
func TestTheCodeOfExtendingIsCompiled(t *testing.T) {
	page := string(must[[]byte](t)(os.ReadFile("EXTENDING.md")))
	code := string(must[[]byte](t)(os.ReadFile("extending_example_test.go")))
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) < 6 {
		t.Errorf("the page has %d pieces of code, want one of each kind of thing at least", len(blocks))
	}
	for _, b := range blocks {
		if !strings.Contains(code, b[1]) {
			t.Errorf("no Example has this code of the page:\n%s", b[1])
		}
	}
	sections := strings.Split(page, "\n## ")[1:]
	for _, s := range sections {
		title, body, _ := strings.Cut(s, "\n")
		name := regexp.MustCompile("`(Example\\w*)`").FindStringSubmatch(body)
		if name == nil || !strings.Contains(code, "func "+name[1]+"()") {
			t.Errorf("the section %q names no Example that is there", title)
		}
	}
	// The files that it sends the reader to exist.
	for _, file := range regexp.MustCompile("`([a-z_/.]+\\.go)`").FindAllStringSubmatch(page, -1) {
		if _, err := os.Stat("../" + file[1]); err != nil {
			t.Errorf("the page names a file that isn't there: %v", err)
		}
	}
}
