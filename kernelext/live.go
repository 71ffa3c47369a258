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

// wakeUp is how long SlideLive waits for the page to show the slider.
const wakeUp = 20 * time.Second

// SlideLive shows a slider over conditions and draws the picture of the selected one, while the
// cell runs. Use it if there are too many conditions to draw in advance, or for a map that you are
// still changing. It returns when the cell is interrupted; the last picture stays in the notebook.
//
// If no page answers within 20 seconds, for example because a program runs the notebook, SlideLive
// ends the cell with an error and the first picture stays. Slide needs no kernel. An error ends the
// cell.
func SlideLive(name string, conditions []Condition, draw func(c data.Points) (*plot.Figure, error)) {
	ctx, stop := interruptible()
	defer stop()
	Check(slideLive(ctx, name, conditions, draw))
}

func slideLive(ctx context.Context, name string, conditions []Condition, draw func(c data.Points) (*plot.Figure, error)) error {
	if len(conditions) == 0 || draw == nil {
		return fmt.Errorf("kernelext: a live slider needs conditions and a function that draws, got %d conditions and a function: %v", len(conditions), draw != nil)
	}
	if !gonbui.IsNotebook {
		return errors.New("kernelext: a live slider needs a notebook with a running kernel, and this is not a notebook; Slide makes a slider that needs no kernel")
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
	go func() { // Done blocks until the page answers, which it may never do
		widgets.Slider(0, len(conditions)-1, 0).WithAddress(address).Done()
		close(awake)
	}()
	select {
	case <-awake:
	case <-ctx.Done():
		return nil
	case <-time.After(wakeUp):
		return fmt.Errorf("kernelext: no page answered the live slider %q within %v; Slide makes a slider that needs no kernel", name, wakeUp)
	}
	return follow(ctx, moves.C, len(conditions), show)
}

// follow calls show for each new position from moves, until the context ends. It ignores positions
// outside 0…n−1 and repetitions.
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

// livePicture draws the picture of a condition and returns it, with the condition's name, as HTML.
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
