package kernelext

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"
	"github.com/janpfeifer/gonb/gonbui/widgets"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// wakeUp is how long a page may take to answer that it has the slider.
const wakeUp = 20 * time.Second

// SlideLive shows a slider over conditions whose picture is drawn when it is asked for, while the
// cell runs: for conditions too many to draw beforehand, or a map that is still being tried. It
// ends when the cell is interrupted, and leaves the last picture in the notebook. Without a page
// that answers, as where notebooks are run by a program, it ends the cell after 20 seconds and
// leaves the first picture; Slide needs no kernel.
func SlideLive(name string, conditions []Condition, draw func(c data.Points) (*plot.Figure, error)) {
	ctx, stop := interruptible()
	defer stop()
	Check(slideLive(ctx, name, conditions, draw))
}

func slideLive(ctx context.Context, name string, conditions []Condition, draw func(c data.Points) (*plot.Figure, error)) error {
	if len(conditions) == 0 || draw == nil {
		return fmt.Errorf("kernelext: a live slider needs conditions and a function that draws, got %d and %v", len(conditions), draw != nil)
	}
	if !gonbui.IsNotebook {
		return errors.New("kernelext: this is no notebook: a live slider needs one, with its kernel running; Slide makes one for a page")
	}
	id := "f4f-live-" + gonbui.UniqueId()
	show := func(i int) error {
		picture, err := livePicture(name, conditions[i], draw)
		if err == nil {
			gonbui.UpdateHTML(id, picture)
			err = gonbui.Error()
		}
		return err
	}
	if err := show(0); err != nil {
		return err
	}
	address := "/f4f/" + gonbui.UniqueId()
	moves := comms.Listen[int](address).LatestOnly()
	awake := make(chan struct{})
	go func() { // Done returns when the page has answered, which it may never do
		widgets.Slider(0, len(conditions)-1, 0).WithAddress(address).Done()
		close(awake)
	}()
	select {
	case <-awake:
	case <-ctx.Done():
		return nil
	case <-time.After(wakeUp):
		return fmt.Errorf("kernelext: no page answered the live slider %q within %v; Slide makes one that needs no kernel", name, wakeUp)
	}
	return follow(ctx, moves.C, len(conditions), show)
}

// follow shows what is asked for, until the context ends.
func follow(ctx context.Context, moves <-chan int, n int, show func(i int) error) error {
	shown := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case i := <-moves:
			if i < 0 || i >= n || i == shown {
				continue
			}
			if err := show(i); err != nil {
				return err
			}
			shown = i
		}
	}
}

// livePicture is a condition's picture and its name, as HTML.
func livePicture(name string, c Condition, draw func(c data.Points) (*plot.Figure, error)) (string, error) {
	figure, err := draw(c.Value)
	if err == nil && figure == nil {
		err = errors.New("no figure was drawn")
	}
	if err != nil {
		return "", fmt.Errorf("kernelext: the frame at %s: %w", c.Name, err)
	}
	content, err := figure.PNG()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`<img src="data:image/png;base64,%s" style="max-width:100%%"><div>%s: %s</div>`,
		base64.StdEncoding.EncodeToString(content), html.EscapeString(name), html.EscapeString(c.Name)), nil
}
