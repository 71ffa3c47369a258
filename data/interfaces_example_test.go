package data_test

import (
	"fmt"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// The optional interfaces tell what is known of a source beyond drawing from it.
func ExampleSource() {
	points, err := data.ReadCSVFrom(strings.NewReader("1,2\n3,4\n"), data.CSV{Header: data.WithoutHeader})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, source := range []data.Source{data.Ring(), data.FromPoints("mine", points), data.Radial(data.Ring())} {
		_, exact := source.(data.Distribution)
		_, finite := source.(data.Finite)
		_, conditional := source.(data.ConditionalSource)
		_, fingerprint := source.(data.Fingerprinter)
		fmt.Printf("%s: density known %v, a table %v, under conditions %v, tells its content %v\n", source.Name(), exact, finite, conditional, fingerprint)
	}
	// Output:
	// ring: density known true, a table false, under conditions false, tells its content false
	// mine: density known false, a table true, under conditions false, tells its content true
	// ring scaled: density known false, a table false, under conditions true, tells its content false
}
