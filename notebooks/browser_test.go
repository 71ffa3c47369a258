//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f/store"
)

var screenshots = flag.String("screenshots", filepath.Join("out", "lab"), "folder for the screenshots of JupyterLab that -long tests take")

// chromium returns the browser in which the test uses JupyterLab. It must be installed.
func chromium(t *testing.T) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	if named := os.Getenv("F4F_CHROMIUM"); named != "" {
		names = []string{named}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("the test needs Chromium, and there is none as %q: install it (Debian: apt install chromium) or name it in F4F_CHROMIUM", names)
	return ""
}

// lab is a JupyterLab started by `go run ./notebooks lab`, on copies of notebooks in a folder of
// its own.
type lab struct {
	t       *testing.T
	folder  string
	address string // with its token
	began   time.Time
	said    *bytes.Buffer
}

var served = regexp.MustCompile(`http://127\.0\.0\.1:\d+/lab\?token=\w+`)

// openLab starts a lab with a store, and stops it when the test ends. It neither reads nor writes
// anything of the user's own Jupyter.
func openLab(t *testing.T, flows string, notebooks ...string) *lab {
	t.Helper()
	l := &lab{t: t, folder: t.TempDir(), said: &bytes.Buffer{}}
	for _, file := range notebooks {
		nb, err := readJSON(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range nb["cells"].([]any) { // what is kept with it is not to be taken for what is seen
			if cell := c.(map[string]any); cell["cell_type"] == "code" {
				cell["outputs"] = []any{}
			}
		}
		content, err := json.Marshal(nb)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(l.folder, filepath.Base(file)), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	own := t.TempDir()
	cmd := exec.Command("go", "run", "./notebooks", "lab", "--", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--ServerApp.port=0",
		"--ServerApp.root_dir="+l.folder, "--LabApp.user_settings_dir="+filepath.Join(own, "settings"), "--LabApp.workspaces_dir="+filepath.Join(own, "workspaces"))
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), store.FolderEnv+"="+flows, "TMPDIR="+own, "JUPYTER_CONFIG_DIR="+filepath.Join(own, "config"), "JUPYTER_RUNTIME_DIR="+filepath.Join(own, "runtime"))
	ownGroup(cmd)
	output, err := cmd.StderrPipe() // Jupyter's log
	if err != nil {
		t.Fatal(err)
	}
	l.began = time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			l.said.Write(append(lines.Bytes(), '\n'))
			if address := served.FindString(lines.Text()); address != "" {
				select {
				case found <- address:
				default:
				}
			}
		}
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) // as Ctrl-C does in a terminal: to `go run` and to what it runs
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			t.Error("JupyterLab didn't stop within 30 s of Ctrl-C")
		}
		_ = cmd.Wait() // when interrupted, `go run` has its own exit status
		if t.Failed() {
			t.Logf("JupyterLab said:\n%s", l.said)
		}
	})
	select {
	case l.address = <-found:
	case <-ended:
		t.Fatalf("JupyterLab ended before it served:\n%s", l.said)
	case <-time.After(2 * time.Minute):
		t.Fatal("JupyterLab doesn't serve within two minutes")
	}
	return l
}

// sight is what was seen in the browser.
type sight struct {
	Seen, Said, Value, Shows, What string
	Seconds                        json.RawMessage
	Opened                         float64
	Before, After                  int
	Differ                         bool
}

// seconds returns the seconds of a sight, or the median if there are several.
func (s sight) seconds(t *testing.T) float64 {
	t.Helper()
	var one float64
	if json.Unmarshal(s.Seconds, &one) == nil {
		return one
	}
	var all []float64
	if err := json.Unmarshal(s.Seconds, &all); err != nil || len(all) == 0 {
		t.Fatalf("%s: %s are no seconds (%v)", s.Seen, s.Seconds, err)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// plays runs a scene of testdata/browser.py, and returns what was seen, by name.
func (l *lab) plays(scene string) map[string]sight {
	l.t.Helper()
	env, err := prepare(l.t.Context(), newConsole(l.said))
	if err != nil {
		l.t.Fatal(err)
	}
	pictures, err := filepath.Abs(*screenshots)
	if err == nil {
		err = os.MkdirAll(pictures, 0o755)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := env.Python(l.t.Context(), "testdata/browser.py", chromium(l.t), l.address, pictures, scene)
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	seen := map[string]sight{}
	for line := range strings.Lines(string(out)) {
		var s sight
		if json.Unmarshal([]byte(line), &s) == nil {
			seen[s.Seen] = s
		}
	}
	if missing, ok := seen["missing"]; ok {
		l.t.Fatalf("%s: there must be %s; the last screenshot is %s", scene, missing.What, filepath.Join(pictures, "missing-"+scene+".png"))
	}
	if err != nil {
		l.t.Fatalf("%s: %v\n%s", scene, err, &wrong)
	}
	return seen
}

// saved returns how many outputs of the given kinds a notebook has on disk.
func (l *lab) saved(name string) (pictures, faults int) {
	l.t.Helper()
	content, err := os.ReadFile(filepath.Join(l.folder, name))
	if err != nil {
		l.t.Fatal(err)
	}
	return strings.Count(string(content), `"image/png":`), strings.Count(string(content), `"output_type": "error"`)
}

// TestJupyterLab uses a real JupyterLab in a headless Chromium, by mouse and menu, with no network
// except this machine's own. It trains the quickstart, sees the live curve move, interrupts and
// continues. It opens the notebook again with its flows trained, and turns knobs with and without
// the kernel. It completes names and asks for their documentation. Its screenshots are written to
// notebooks/out/lab, or to the folder of -screenshots, and should be looked at.
//
//	go test ./notebooks -run JupyterLab -long -v -timeout 30m
func TestJupyterLab(t *testing.T) {
	if !*long {
		t.Skip("takes some minutes: -long")
	}
	chromium(t)
	flows := t.TempDir()
	t.Run("training", func(t *testing.T) {
		l := openLab(t, flows, "quickstart.ipynb")
		seen := l.plays("training")
		live, stopped, end := seen["live"], seen["interrupted"], seen["end"]
		t.Logf("the curve grew from %d points to %d; an interruption took %.2f s", live.Before, live.After, stopped.seconds(t))
		if !live.Differ || live.After <= live.Before {
			t.Errorf("the live curve doesn't move: %+v", live)
		}
		if !strings.Contains(stopped.Said, "interrupted") || !strings.Contains(stopped.Said, "fit again to go on") {
			t.Errorf("an interrupted cell says %q", stopped.Said)
		}
		if strings.Contains(stopped.Said, "goroutine ") {
			t.Errorf("an interrupted cell shows a stack: %q", stopped.Said)
		}
		if pictures, faults := l.saved("quickstart.ipynb"); pictures < 7 || faults != 0 {
			t.Errorf("run again, the notebook has %d pictures and %d errors: %s", pictures, faults, end.Said)
		}
		if !strings.Contains(end.Said, "maps three points to") {
			t.Errorf("the last cell says nothing: %s", end.Said)
		}
	})
	t.Run("first picture", func(t *testing.T) {
		l := openLab(t, flows, "quickstart.ipynb")
		served := time.Since(l.began)
		first := l.plays("first_picture")["first picture"]
		total := served.Seconds() + first.seconds(t)
		t.Logf("served after %.1f s, open after %.1f s more, the first picture after %.1f s in all", served.Seconds(), first.Opened, total)
	})
	t.Run("knobs", func(t *testing.T) {
		l := openLab(t, flows, "testdata/knobs.ipynb")
		seen := l.plays("knobs")
		built, loads := seen["is only built"], seen["loads and plots"]
		t.Logf("a cell that loads and plots takes %.2f s (of %s), one that prints a word %.2f (of %s)", loads.seconds(t), loads.Seconds, built.seconds(t), built.Seconds)
		for _, name := range []string{"slider", "live-slider"} {
			s := seen[name]
			t.Logf("%s: another picture %.2f s after the mouse, at %s", name, s.seconds(t), s.Value)
			if !s.Differ || s.Value == "0" {
				t.Errorf("the %s doesn't move: %+v", name, s)
			}
		}
		if want := fmt.Sprintf("0.%d0 of 45°", 6); seen["key"].Shows != want {
			t.Errorf("after the left arrow the slider shows %q, want %q", seen["key"].Shows, want)
		}
		if said := seen["live ended"].Said; strings.Contains(said, "exit status") || strings.Contains(said, "goroutine ") {
			t.Errorf("interrupted, the live slider says %q", said)
		}
	})
	t.Run("completion", func(t *testing.T) {
		l := openLab(t, flows, "testdata/knobs.ipynb")
		seen := l.plays("completion")
		offered, completed, doc := seen["offered"], seen["completed"], seen["documentation"]
		t.Logf("the first completions came after %.1f s, the next after %.1f s, documentation after %.1f s", offered.seconds(t), completed.seconds(t), doc.seconds(t))
		if !strings.Contains(offered.Said, "TwoMoons") || !strings.Contains(offered.Said, "TwoSpirals") {
			t.Errorf("Tab after data.Tw offers %q", offered.Said)
		}
		if !strings.Contains(doc.Said, "func LossFigure(") || !strings.Contains(doc.Said, "\n\nLossFigure ") { // its signature, and the comment on it
			t.Errorf("Shift-Tab after LossFigure shows %q", doc.Said)
		}
	})
}
