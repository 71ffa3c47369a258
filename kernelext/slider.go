package kernelext

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// Frame is one of the pictures that a slider steps through, and what stands beside the slider there.
type Frame struct {
	Name   string       // of its stop: "30°"
	Figure *plot.Figure // what is seen there
}

// Slider is a knob without a kernel: frames that a page steps through by itself, with the mouse,
// with the arrow keys, Home and End, or by playing them. It needs no network and no kernel, so it
// works in an exported page as well. Where a page's scripts are dropped, as viewers of saved
// notebooks do, its first frame is seen.
type Slider struct {
	Name   string  // of the knob, such as "angle"
	Frames []Frame // in the order of the knob
	Format string  // of the pictures: "png", or "svg" for a few frames without clouds; "" for "png"
	// MostBytes bounds the page's size, which the notebook is saved with; 0 for 8 MB.
	MostBytes int
}

const mostSliderBytes = 8_000_000

// Slide shows frames as a slider. It may stand at the end of a cell of its own. An error ends the
// cell.
func Slide(name string, frames ...Frame) { Show(Slider{Name: name, Frames: frames}) }

// Frames are what a function draws at each condition. For axes that hold still give them all the
// same ranges, or use PathFrames. An error ends the cell.
func Frames(conditions []Condition, draw func(c data.Points) (*plot.Figure, error)) []Frame {
	return Must(framesOf(conditions, draw))
}

func framesOf(conditions []Condition, draw func(c data.Points) (*plot.Figure, error)) ([]Frame, error) {
	if draw == nil {
		return nil, fmt.Errorf("kernelext: frames need a function that draws them, got nil")
	}
	var frames []Frame
	for _, c := range conditions {
		figure, err := draw(c.Value)
		if err != nil {
			return nil, fmt.Errorf("kernelext: the frame at %s: %w", c.Name, err)
		}
		frames = append(frames, Frame{c.Name, figure})
	}
	return frames, nil
}

// PathFrames are the frames of points x [N, D] and of what a method makes of them under each
// condition, in the colours of where they started and all with the same axes. The method must keep
// the order of the points. An error ends the cell.
func PathFrames(x data.Points, conditions []Condition, m Method) []Frame {
	figures := Must(plot.ConditionFilm(x, conditions, m))
	frames := make([]Frame, len(figures))
	for i, f := range figures {
		frames[i] = Frame{conditions[i].Name, f}
	}
	return frames
}

// HTML is the slider as a piece of a page, without anything that lies elsewhere. It errs where that
// would be larger than MostBytes.
func (s Slider) HTML() (string, error) {
	if len(s.Frames) == 0 {
		return "", fmt.Errorf("kernelext: the slider %q must have at least one frame, got none", s.Name)
	}
	names, pictures, bytes := make([]string, len(s.Frames)), make([]string, len(s.Frames)), 0
	for i, f := range s.Frames {
		picture, err := s.picture(f)
		if err != nil {
			return "", fmt.Errorf("kernelext: frame %d of the slider %q: %w", i, s.Name, err)
		}
		names[i], pictures[i] = f.Name, picture
		bytes += len(picture)
	}
	most := s.MostBytes
	if most == 0 {
		most = mostSliderBytes
	}
	if bytes > most {
		return "", fmt.Errorf("kernelext: the slider %q would have %s in %d frames, and may have %s: draw fewer frames or fewer pixels (Figure.DPI), or allow more by MostBytes",
			s.Name, Size(int64(bytes)), len(s.Frames), Size(int64(most)))
	}
	list, err := json.Marshal(map[string][]string{"names": names, "pictures": pictures}) // "<" is written as \u003c, so that no text ends the script
	if err != nil {
		return "", fmt.Errorf("kernelext: the slider %q: %w", s.Name, err)
	}
	sum := sha256.Sum256(list)
	return strings.NewReplacer(
		"{{id}}", "f4f-slider-"+hex.EncodeToString(sum[:6]),
		"{{name}}", html.EscapeString(s.Name),
		"{{first}}", pictures[0],
		"{{label}}", html.EscapeString(names[0]),
		"{{last}}", fmt.Sprint(len(s.Frames)-1),
		"{{size}}", fmt.Sprintf("%d frames, %s", len(s.Frames), Size(int64(bytes))),
		"{{frames}}", string(list),
	).Replace(sliderPage), nil
}

// picture is a frame as the address of an image that holds the image itself.
func (s Slider) picture(f Frame) (string, error) {
	if f.Figure == nil {
		return "", fmt.Errorf("%q has no figure", f.Name)
	}
	switch s.Format {
	case "", "png":
		content, err := f.Figure.PNG()
		return "data:image/png;base64," + base64.StdEncoding.EncodeToString(content), err
	case "svg":
		content, err := f.Figure.SVG()
		return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(content), err
	}
	return "", fmt.Errorf("its pictures must be \"png\" or \"svg\", got %q", s.Format)
}

// sliderPage is a slider's HTML. The controls are hidden until the script has woken them, so that
// nothing dead is seen where scripts are dropped. A page may hold the same slider twice: the script
// wakes every one that has its frames.
const sliderPage = `<div class="{{id}}" style="max-width:100%">
<img src="{{first}}" alt="{{name}}: {{label}}" style="max-width:100%;display:block;background:#fff">
<div class="f4f-knob" style="display:none;align-items:center;gap:.6em;font:14px sans-serif">
<label>{{name}} <input type="range" min="0" max="{{last}}" value="0" step="1" style="width:22em;max-width:50vw;vertical-align:middle" aria-label="{{name}}"></label>
<output style="min-width:5em">{{label}}</output>
<button type="button" title="play or pause">▶</button>
<small style="opacity:.6">{{size}}</small>
</div>
<div class="f4f-asleep" style="font:13px sans-serif;opacity:.7">{{name}}: {{label}} (the first of {{size}}; the slider moves where scripts are allowed: run the cell, or trust the notebook)</div>
</div>
<script>
(function () {
  "use strict";
  const frames = {{frames}};
  for (const root of document.getElementsByClassName("{{id}}")) {
    if (root.dataset.awake) continue;
    root.dataset.awake = "yes";
    const image = root.querySelector("img"), knob = root.querySelector("input");
    const label = root.querySelector("output"), play = root.querySelector("button");
    root.querySelector(".f4f-knob").style.display = "flex";
    root.querySelector(".f4f-asleep").remove();
    let timer = 0;
    const show = function (i) {
      i = Math.max(0, Math.min(frames.names.length - 1, i));
      knob.value = i;
      image.src = frames.pictures[i];
      image.alt = knob.getAttribute("aria-label") + ": " + frames.names[i];
      label.textContent = frames.names[i];
      knob.setAttribute("aria-valuetext", frames.names[i]);
    };
    const pause = function () { clearInterval(timer); timer = 0; play.textContent = "▶"; };
    knob.addEventListener("input", function () { pause(); show(Number(knob.value)); });
    knob.addEventListener("keydown", function (event) {
      const at = Number(knob.value);
      const to = {ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1,
        PageUp: at + 5, PageDown: at - 5, Home: 0, End: frames.names.length - 1}[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation(); // the notebook has uses of its own for these keys
      pause();
      show(to);
    });
    play.addEventListener("click", function () {
      if (timer) return pause();
      play.textContent = "⏸";
      timer = setInterval(function () {
        if (!root.isConnected) return pause();
        show((Number(knob.value) + 1) % frames.names.length);
      }, 400);
    });
  }
})();
</script>
`
