package f4f_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// What the reader of a file has left out is among the notes of the flow.
func TestNotesOfAReaderAreThoseOfTheFlow(t *testing.T) {
	var file strings.Builder
	file.WriteString(",mass,eta\n")
	for i, row := range linesOf(t, 600, around(0, 1), around(0, 1)) {
		fmt.Fprintf(&file, "%d,%s\n", i, row)
	}
	p, err := data.ReadCSVFrom(strings.NewReader(file.String()), data.CSV{})
	if err != nil {
		t.Fatal(err)
	}
	d := fitted(t, small(t, data.FromPoints("jets", p)).Epochs(1))
	if d.Dim() != 2 || len(d.Notes()) != 1 || !strings.Contains(d.Notes()[0], "jets: ") || !strings.Contains(d.Notes()[0], "KeepIndex") {
		t.Errorf("a flow of %d features has the notes %q", d.Dim(), d.Notes())
	}
}
