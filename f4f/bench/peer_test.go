package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/f4f/backend"
)

// script returns a peer made of a few lines of shell, which find the case in $1.
func script(name, text string) peer {
	return peer{name, func(c string) []string { return []string{"sh", "-c", text, name, c} }}
}

// counting says that a unit takes a thousandth of a second, and notes each round in a file.
func counting(name, file string) peer {
	return script(name, `
		echo '{"ready": true, "parameters": 42}'
		while read n; do
			echo `+name+` >> `+file+`
			echo "{\"units\": $n, \"seconds\": $(($n)).0e-3}"
		done
		echo '{"peak": 1000000}'`)
}

func TestPeersAreAskedInTurns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rounds")
	c := newCase(baseStep, 3, 1, 128, 100)
	row, err := measure(t.Context(), c, []peer{
		counting("A", file),
		script("none", `echo '{"missing": true}'`),
		counting("B", file),
	}, options{rounds: 3, seconds: 0.01}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if turns := strings.Fields(string(text)); strings.Join(turns[len(turns)-6:], "") != "ABABAB" {
		t.Errorf("the last rounds were of %v, want A B A B A B", turns)
	}
	if len(row.Cells) != 2 || row.of("none") != nil {
		t.Fatalf("cells are %+v, want those of A and B alone", row.Cells)
	}
	if a := row.of("A"); a.Parameters != 42 || a.Peak != 1e6 || len(a.Units) != 3 || a.median() != 0.001 || a.First <= 0 {
		t.Errorf("A has %+v", a)
	}
}

// A library may have a fixed overhead for each turn, for instance if it compiles its loop each
// time. The time of a unit must be that of long turns.
func TestOverheadOfATurnIsSpread(t *testing.T) {
	slow := script("slow", `
		echo '{"ready": true, "parameters": 1}'
		while read n; do echo "{\"units\": $n, \"seconds\": $((200 + n)).0e-3}"; done
		echo '{"peak": 1000000}'`)
	row, err := measure(t.Context(), newCase(baseStep, 3, 0, 128, 100), []peer{slow}, options{rounds: 1, seconds: 1}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if unit := row.of("slow").median(); !(unit > 1e-3 && unit < 1.25e-3) {
		t.Errorf("a unit of a millisecond, in turns with 0.2 s besides, is told as %v s", unit)
	}
}

// A library may do a least number of units, as ours does. Its turns must grow all the same.
func TestTurnsGrowFromWhatWasDone(t *testing.T) {
	least := script("least", `
		echo '{"ready": true, "parameters": 1}'
		while read n; do if [ $n -lt 4 ]; then n=4; fi; echo "{\"units\": $n, \"seconds\": $((n * 70)).0e-3}"; done
		echo '{"peak": 1000000}'`)
	r, err := least.start(t.Context(), newCase(baseStep, 3, 0, 128, 100))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.calibrate(1); err != nil {
		t.Fatal(err)
	}
	if r.turn < 8 {
		t.Errorf("a turn asks for %d units of 0.07 s, want at least half a second's", r.turn)
	}
	if _, err := r.stop(); err != nil {
		t.Fatal(err)
	}
}

func TestPeerThatFailsSaysWhy(t *testing.T) {
	c := newCase(baseStep, 2, 0, 128, 100)
	for text, want := range map[string]string{
		`echo "no such module" >&2; exit 3`:             "no such module",
		`echo hello`:                                    "hello",
		`echo '{"ready": true}'; echo "killed" >&2`:     "killed",
		`echo '{"ready": true}'; read n; echo nonsense`: "nonsense",
	} {
		_, err := measure(t.Context(), c, []peer{script("broken", text)}, options{rounds: 1, seconds: 0.01}, t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "broken") {
			t.Errorf("%s: the error is %v, want the peer's name and %q", text, err, want)
		}
	}
}

// This is the only test that trains: one step of ours, by the protocol that peers speak.
func TestWeSpeakTheProtocol(t *testing.T) {
	if _, err := backend.Open(t.Context(), "xla"); err != nil {
		if os.Getenv("F4F_REQUIRE_XLA") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	c := newCase(baseStep, 3, 0, 128, 1000)
	c.Hidden, c.Blocks = 8, 1
	var err error
	if c.Folder, err = writePoints(t.TempDir(), c); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	parameters := map[string]int{"ours": 4 * (3*8 + 8 + 2*(8*8+8) + 8*69 + 69), "products": 4 * (3*8 + 2*8*8 + 8*69)}
	for role, want := range parameters {
		var out bytes.Buffer
		if err := serve(t.Context(), strings.NewReader("9\n"), &out, role, string(text)); err != nil {
			t.Fatal(err)
		}
		var answers [3]answer
		for says, i := json.NewDecoder(&out), 0; i < 3; i++ {
			if err := says.Decode(&answers[i]); err != nil {
				t.Fatal(err)
			}
		}
		if !answers[0].Ready || answers[0].Parameters != want || answers[1].Units < 8 || answers[1].Seconds <= 0 || answers[2].Peak < 1e6 {
			t.Errorf("%s says %+v, want %d parameters, 8 units or more, and a peak", role, answers, want)
		}
	}
}

func TestBadOptionsAreErrors(t *testing.T) {
	good := options{rounds: 1, seconds: 1, chunk: 8192}
	for want, change := range map[string]func(o *options) []string{
		"takes no arguments": func(*options) []string { return []string{"base"} },
		"-rounds":            func(o *options) []string { o.rounds = 0; return nil },
		"-seconds":           func(o *options) []string { o.seconds = 0; return nil },
		"-chunk":             func(o *options) []string { o.chunk = 0; return nil },
		"-only":              func(o *options) []string { o.only = "("; return nil },
		"matches nothing":    func(o *options) []string { o.only = "no such case"; return nil },
		"-as takes":          func(o *options) []string { o.as = "else"; return []string{"{}"} },
		"-as needs":          func(o *options) []string { o.as = "ours"; return nil },
	} {
		o := good
		args := change(&o)
		if err := start(context.Background(), o, args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
	}
	if _, err := (peer{ours, func(string) []string { return []string{"/no/such/program"} }}).start(t.Context(), newCase(baseStep, 2, 0, 1, 1)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program that isn't there gives %v", err)
	}
}

func TestCasesHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases(8192) {
		if seen[c.String()] {
			t.Errorf("two cases are called %q", c)
		}
		seen[c.String()] = true
	}
}
