package kernelext

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// turning returns n small frames of rotated points.
func turning(t testing.TB, n int) []Frame {
	t.Helper()
	source := data.Rotated(data.FourCircles(), 45)
	line, err := data.Line(data.Point(0), data.Point(1), n)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := framesOf(Conditions("c = %.2f", line), func(c data.Points) (*plot.Figure, error) {
		at, err := source.Given(c.Values())
		if err != nil {
			return nil, err
		}
		x, err := at.Sample(500, 1)
		if err != nil {
			return nil, err
		}
		figure, err := plot.Points("four circles", x)
		if err == nil {
			figure.DPI = 50
		}
		return figure, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

// The page holds every frame, complete and in order, and refers to nothing outside it.
func TestASliderHoldsItsFramesAndNeedsNothingElse(t *testing.T) {
	frames := turning(t, 5)
	page, err := Slider{Name: `<angle> "φ"`, Frames: frames}.HTML()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(page, "const frames = ")
	list, _, _ := strings.Cut(rest, ";\n")
	var held struct{ Names, Pictures []string }
	if err := json.Unmarshal([]byte(list), &held); err != nil {
		t.Fatal(err)
	}
	for i, f := range frames {
		want, err := f.Figure.PNG()
		if err != nil {
			t.Fatal(err)
		}
		encoded, ok := strings.CutPrefix(held.Pictures[i], "data:image/png;base64,")
		got, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || !ok || !bytes.Equal(got, want) || held.Names[i] != f.Name {
			t.Errorf("frame %d is called %q (%v)", i, held.Names[i], err)
		}
		if _, err := png.Decode(bytes.NewReader(got)); err != nil {
			t.Error(err)
		}
	}
	if len(held.Pictures) != 5 || !strings.Contains(page, "5 frames, ") {
		t.Errorf("there are %d pictures, or the size is missing", len(held.Pictures))
	}
	for _, elsewhere := range []string{"http:", "https:", "src=\"/", "url(", "import", "<angle>", "{{"} {
		if strings.Contains(page, elsewhere) {
			t.Errorf("the page has %q", elsewhere)
		}
	}
	again, err := Slider{Name: `<angle> "φ"`, Frames: frames}.HTML()
	if err != nil || again != page {
		t.Error("the same slider gives another page")
	}
	svg, err := Slider{Frames: frames[:1], Format: "svg"}.HTML()
	if err != nil || !strings.Contains(svg, "data:image/svg+xml;base64,") {
		t.Errorf("as SVG there is no SVG (%v)", err)
	}
}

func TestASliderSaysWhatIsWrong(t *testing.T) {
	frames := turning(t, 2)
	for want, s := range map[string]Slider{
		"at least one frame":                         {Name: "empty"},
		"has no figure":                              {Frames: []Frame{{Name: "hollow"}}},
		`"png" or "svg", got "gif`:                   {Frames: frames, Format: "gif"},
		"for 2 frames, more than 1.0 kB: draw fewer": {Frames: frames, MaxBytes: 1000},
	} {
		if _, err := s.HTML(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	if _, err := framesOf(nil, nil); err == nil {
		t.Error("frames are made without a function")
	}
	unwilling := func(data.Points) (*plot.Figure, error) { return nil, errors.New("unwilling") }
	if _, err := framesOf([]Condition{{Name: "15°", Value: data.Point(1)}}, unwilling); err == nil || !strings.Contains(err.Error(), "the frame at 15°: unwilling") {
		t.Errorf("a function that errs gives %v", err)
	}
}

func TestFramesOfAPathHaveTheSameAxes(t *testing.T) {
	source := data.Rotated(data.FourCircles(), 45)
	at, err := source.Given([]float32{0})
	if err != nil {
		t.Fatal(err)
	}
	x, err := at.Sample(300, 3)
	if err != nil {
		t.Fatal(err)
	}
	turned := Method{To: func(c data.Points) (data.Points, error) {
		at, err := source.Given(c.Values())
		if err != nil {
			return data.Points{}, err
		}
		return at.Sample(300, 3)
	}}
	frames := PathFrames(x, []Condition{{Name: "0°", Value: data.Point(0)}, {Name: "45°", Value: data.Point(1)}}, turned)
	a, b := frames[0].Figure.Panels[1], frames[1].Figure.Panels[1]
	if len(frames) != 2 || frames[1].Name != "45°" || a.X.Max != b.X.Max || a.Y.Min != b.Y.Min || b.Title.Text != "45°" {
		t.Errorf("frames are %q and %q, to %v and %v", frames[0].Name, frames[1].Name, a.X.Max, b.X.Max)
	}
}

// chromium returns the browser for the slider's test, which F4F_CHROMIUM may name. With
// F4F_REQUIRE_CHROMIUM=1 the test fails if there is none.
func chromium(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("F4F_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("F4F_REQUIRE_CHROMIUM") == "1" {
		t.Fatal("there is no Chromium on the path")
	}
	t.Skip("there is no Chromium on the path, and F4F_REQUIRE_CHROMIUM isn't 1")
	return ""
}

// A page that holds the slider twice is opened in a browser without a network. A script operates it
// as a person would: by moving the slider, by keys and by playing. After each action it reports the
// frame that is shown.
func TestASliderMovesInABrowser(t *testing.T) {
	browser := chromium(t)
	slider := Slider{Name: "angle", Frames: turning(t, 5)}
	page, err := slider.HTML()
	if err != nil {
		t.Fatal(err)
	}
	work := `<pre id="told"></pre><script>
const told = [], root = document.querySelectorAll("div[data-awake]")[0], other = document.querySelectorAll("div[data-awake]")[1];
const knob = root.querySelector("input"), seen = function (what) {
  const image = root.querySelector("img");
  told.push(what + "=" + root.querySelector("output").textContent + "/" + knob.value + "/" + pictures.indexOf(image.src) + "/" + image.naturalWidth);
};
const pictures = [];
for (const s of document.scripts) { const m = s.textContent.match(/const frames = (.*);\n/); if (m) { pictures.push(...JSON.parse(m[1]).pictures); break; } }
const press = function (key) { knob.dispatchEvent(new KeyboardEvent("keydown", {key: key, bubbles: true, cancelable: true})); };
const after = function (f) { return new Promise(function (ok) { setTimeout(function () { f(); ok(); }, 100); }); };
(async function () {
  seen("start");
  knob.value = 3; knob.dispatchEvent(new Event("input")); await after(function () { seen("moved"); });
  press("ArrowRight"); await after(function () { seen("right"); });
  press("ArrowRight"); await after(function () { seen("beyond"); });
  press("Home"); await after(function () { seen("home"); });
  press("End"); await after(function () { seen("end"); });
  press("ArrowLeft"); await after(function () { seen("left"); });
  root.querySelector("button").click();
  await new Promise(function (ok) { setTimeout(ok, 1000); });
  root.querySelector("button").click();
  seen("played");
  told.push("other=" + other.querySelector("output").textContent);
  told.push("asleep=" + document.querySelectorAll(".f4f-asleep").length);
  document.getElementById("told").textContent = told.join(" | ");
})();
</script>`
	file := filepath.Join(t.TempDir(), "slider.html")
	if err := os.WriteFile(file, []byte("<!DOCTYPE html><meta charset=utf-8>"+page+page+work), 0o644); err != nil {
		t.Fatal(err)
	}
	profile := t.TempDir()
	out, err := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--user-data-dir="+profile, "--host-resolver-rules=MAP * ~NOTFOUND",
		"--virtual-time-budget=10000", "--dump-dom", "file://"+file).Output()
	if err != nil {
		t.Fatalf("%v", err)
	}
	_, rest, _ := strings.Cut(string(out), `<pre id="told">`)
	told, _, _ := strings.Cut(rest, "</pre>")
	first, err := turning(t, 5)[0].Figure.PNG()
	if err != nil {
		t.Fatal(err)
	}
	size, err := png.DecodeConfig(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	width := size.Width
	for _, want := range []string{
		fmt.Sprintf("start=c = 0.00/0/0/%d", width), fmt.Sprintf("moved=c = 0.75/3/3/%d", width), "right=c = 1.00/4/4/", "beyond=c = 1.00/4/4/",
		"home=c = 0.00/0/0/", "end=c = 1.00/4/4/", "left=c = 0.75/3/3/", "other=c = 0.00", "asleep=0",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the browser lacks %q: %s", want, told)
		}
	}
	if !strings.Contains(told, "played=c = ") || strings.Contains(told, "played=c = 0.75") {
		t.Errorf("playing shows no other frame after a second: %s", told)
	}
}

// A live slider draws each requested position once, until its context ends.
func TestALiveSliderFollowsItsKnob(t *testing.T) {
	moves := make(chan int)
	ctx, stop := context.WithCancel(t.Context())
	var drawn []int
	done := make(chan error)
	go func() {
		done <- follow(ctx, moves, 4, func(i int) error {
			drawn = append(drawn, i)
			return nil
		})
	}()
	for _, i := range []int{0, 2, 2, -1, 4, 3} {
		moves <- i
	}
	stop()
	select {
	case err := <-done:
		if got := fmt.Sprint(drawn); err != nil || got != "[2 3]" {
			t.Errorf("positions %s were drawn, want [2 3] (%v)", got, err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("follow goes on after its context has ended")
	}
	go func() { done <- follow(t.Context(), moves, 4, func(int) error { return errors.New("unwilling") }) }()
	moves <- 1
	if err := <-done; err == nil || err.Error() != "unwilling" {
		t.Errorf("a picture that can't be drawn gives %v", err)
	}
	draw := func(data.Points) (*plot.Figure, error) { return nil, nil }
	if err := slideLive(t.Context(), "angle", []Condition{{Name: "15°", Value: data.Point(1)}}, draw); err == nil || !strings.Contains(err.Error(), "not a notebook") {
		t.Errorf("outside a notebook there is %v", err)
	}
	if _, err := livePicture("angle", Condition{Name: "15°", Value: data.Point(1)}, draw); err == nil || !strings.Contains(err.Error(), "15°: no figure") {
		t.Errorf("no figure gives %v", err)
	}
}
