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

// Frame is one of the pictures of a slider, with its label.
type Frame struct {
	Name   string       // label beside the slider, such as "30°"
	Figure *plot.Figure // the picture
}

// Slider steps through pictures without a kernel: with the mouse, with the arrow keys, Home and
// End, or by playing them. All pictures are in the page, so a slider works in an exported page and
// needs no network. A viewer that drops scripts shows the first frame.
type Slider struct {
	Name   string  // what the slider varies, such as "angle"
	Frames []Frame // from left to right
	Format string  // of the pictures: "png", or "svg" for a few frames without many points; "" means "png"
	// MaxBytes limits the size of the slider's page, in bytes, since the notebook is saved with
	// it. 0 means 8 MB.
	MaxBytes int
}

const maxSliderBytes = 8_000_000

// Frames returns the frames that draw makes, one for each condition. Give all figures the same axis
// ranges so that the axes don't move; PathFrames does. An error ends the cell.
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

// PathFrames returns a frame for each condition: points x [N, D] beside what a method makes of them
// there, in the colours of where they started. All frames have the same axes. The method must keep
// the order of the points. An error ends the cell.
func PathFrames(x data.Points, conditions []Condition, m Method) []Frame {
	figures := Must(plot.ConditionFrames(x, conditions, m))
	frames := make([]Frame, len(figures))
	for i, f := range figures {
		frames[i] = Frame{conditions[i].Name, f}
	}
	return frames
}

// HTML returns the slider as a fragment of a page. The fragment refers to no other file. HTML
// returns an error if the slider would be larger than MaxBytes, has no frames, or has one without
// a figure.
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
	most := s.MaxBytes
	if most == 0 {
		most = maxSliderBytes
	}
	if bytes > most {
		return "", fmt.Errorf("kernelext: the slider %q would take %s for %d frames, more than %s: draw fewer frames or fewer pixels (Figure.DPI), or raise MaxBytes",
			s.Name, FormatBytes(int64(bytes)), len(s.Frames), FormatBytes(int64(most)))
	}
	list, err := json.Marshal(map[string][]string{"names": names, "pictures": pictures}) // json writes "<" as \u003c, so no text can end the script
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
		"{{size}}", fmt.Sprintf("%d frames, %s", len(s.Frames), FormatBytes(int64(bytes))),
		"{{frames}}", string(list),
	).Replace(sliderPage), nil
}

// picture returns a frame's picture as a data: URL.
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
	return "", fmt.Errorf("the format must be \"png\" or \"svg\", got %q", s.Format)
}

// sliderPage is the HTML of a slider. The controls are hidden until the script starts, so that a
// viewer that drops scripts shows no dead controls. A page may hold the same slider twice: the
// script starts every copy.
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
