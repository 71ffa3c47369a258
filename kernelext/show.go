package kernelext

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"image/png"
	"os"
	"path/filepath"
	"reflect"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/f4f/store"
	"github.com/flowsforflows/flows/kernelext/plot"
)

// figuresVariable is the name of the environment variable that sets the folder for figures outside
// a notebook. Show saves them there as PNG files, numbered from 1.
const figuresVariable = "F4F_FIGURES"

// PNG is the content of a PNG file: a picture made earlier, for Show to display.
type PNG []byte

// Show displays each thing in the notebook according to its type. Points, sources, densities,
// transports, epochs of a training, figures and PNGs are shown as pictures. A Table and entries of
// the store are shown as tables, and a Slider as a slider. Plans, numbers, strings and values with
// a String method are shown as text.
//
// If one of the things is an error, Show ends the cell with its message and shows nothing. So Show
// can take the results of a function that may fail: Show(plot.Losses("training", steps, epochs)).
//
// Outside a notebook tables and texts go to standard output. Pictures and sliders are saved to the
// folder that F4F_FIGURES names; if it isn't set, Show ends the program with an error.
func Show(things ...any) { Check(showAll(things...)) }

func showAll(things ...any) error {
	for _, thing := range things {
		if err, ok := thing.(error); ok {
			return err
		}
	}
	if last := len(things) - 1; last > 0 && things[last] == nil {
		things = things[:last] // a nil error
	}
	for _, thing := range things {
		if err := show(thing); err != nil {
			return err
		}
	}
	return nil
}

func show(thing any) error {
	switch thing := thing.(type) {
	case Table:
		return displayTable(thing)
	case []store.Entry:
		folder := ""
		if len(thing) > 0 {
			folder = filepath.Dir(thing[0].Folder)
		}
		return displayTable(StoreTable(folder, thing))
	case store.Entry:
		return displayTable(EntryTable(thing))
	case Slider:
		return displaySlider(thing)
	case PNG:
		return displayPNG(thing)
	case string:
		return displayText(thing)
	}
	figure, err := figureOf(thing)
	if errors.Is(err, errNoFigure) {
		if text, ok := thing.(fmt.Stringer); ok && !isNil(thing) {
			return displayText(text.String())
		}
		if isNumber(thing) {
			return displayText(fmt.Sprint(thing))
		}
	}
	if err != nil {
		return err
	}
	return display(figure)
}

// isNil reports whether thing is a nil pointer. Calling its String method could panic.
func isNil(thing any) bool {
	v := reflect.ValueOf(thing)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

func isNumber(thing any) bool {
	v := reflect.ValueOf(thing)
	return v.IsValid() && (v.CanInt() || v.CanUint() || v.CanFloat() || v.Kind() == reflect.Bool)
}

// Slide shows frames as a slider. An error ends the cell.
func Slide(name string, frames ...Frame) { Show(Slider{Name: name, Frames: frames}) }

// ShowStore lists the flows of a store as a table. The store is the given folder, or by default the
// one that F4F_STORE names, or the one in the user's cache. An error ends the cell.
func ShowStore(folder ...string) { Check(showStore(folder...)) }

func showStore(folder ...string) error {
	where, err := storeFolder(folder)
	if err != nil {
		return err
	}
	all, err := store.List(where)
	if err != nil {
		return err
	}
	return showAll(StoreTable(where, all))
}

// storeFolder returns the folder given, or the default store.
func storeFolder(folder []string) (string, error) {
	if len(folder) > 1 {
		return "", fmt.Errorf("kernelext: there must be at most one store folder, got %q", folder)
	}
	if len(folder) == 1 && folder[0] != "" {
		return folder[0], nil
	}
	return store.Folder()
}

var saved int // number of figures and sliders saved by this process

// save writes a picture or a slider to the next numbered file of the folder that F4F_FIGURES names.
func save(kind, ending string, content []byte) error {
	folder := os.Getenv(figuresVariable)
	if folder == "" {
		return fmt.Errorf("kernelext: Show can't display a %s outside a notebook: save it yourself, or set %s to a folder for it", kind, figuresVariable)
	}
	saved++
	path := filepath.Join(folder, fmt.Sprintf("%s-%d.%s", kind, saved, ending))
	if err := atomicfile.Write(path, content); err != nil {
		return fmt.Errorf("kernelext: saving %s: %w", path, err)
	}
	return nil
}

// display shows a figure in the notebook, or saves it outside one.
func display(f *plot.Figure) error {
	content, err := f.PNG()
	if err != nil {
		return err
	}
	return displayPNG(content)
}

// displayPNG shows a picture in the notebook, or saves it outside one.
func displayPNG(content PNG) error {
	if _, err := png.DecodeConfig(bytes.NewReader(content)); err != nil {
		return fmt.Errorf("kernelext: the %d bytes to show are not a PNG picture: %w", len(content), err)
	}
	if !gonbui.IsNotebook {
		return save("figure", "png", content)
	}
	gonbui.DisplayPNG(content)
	return sent()
}

// displaySlider shows a slider in the notebook, or saves it as an HTML page outside one.
func displaySlider(s Slider) error {
	page, err := s.HTML()
	if err != nil {
		return err
	}
	if !gonbui.IsNotebook {
		return save("slider", "html", []byte("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n"+page))
	}
	gonbui.DisplayHTML(page)
	return sent()
}

func displayTable(t Table) error {
	if !gonbui.IsNotebook {
		_, err := fmt.Print(t.String())
		return err
	}
	gonbui.DisplayHTML(t.HTML())
	return sent()
}

func displayText(text string) error {
	if !gonbui.IsNotebook {
		_, err := fmt.Println(text)
		return err
	}
	gonbui.DisplayHTML("<pre style=\"white-space:pre-wrap\">" + html.EscapeString(text) + "</pre>")
	return sent()
}

// sent waits until the kernel has read the output, because the cell's program may end before that.
func sent() error {
	gonbui.Sync()
	return gonbui.Error()
}
