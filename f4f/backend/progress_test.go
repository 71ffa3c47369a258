package backend

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestProgressIsLoggedOnceWhereNobodyReceivesIt(t *testing.T) {
	var said bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	for done := range int64(3) {
		report(t.Context(), Progress{Text: "downloading a test", Done: done, Total: 3})
	}
	if strings.Count(said.String(), "downloading a test") != 1 || !strings.Contains(said.String(), "level=INFO") {
		t.Errorf("the log has %q", said.String())
	}
	said.Reset()
	received := 0
	for _, receive := range []func(Progress){func(Progress) { received++ }, nil} {
		report(WithProgress(t.Context(), receive), Progress{Text: "downloading another test"})
	}
	if said.Len() > 0 || received != 1 {
		t.Errorf("with a receiver, the log has %q, and it received %d", said.String(), received)
	}
}
