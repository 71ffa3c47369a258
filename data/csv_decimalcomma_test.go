package data

import (
	"slices"
	"strings"
	"testing"
)

// Where 1,5 may be a number or two, nothing is guessed without a word that names the options.
func TestReadCSVNeverTakesDecimalCommasForSeparatorsSilently(t *testing.T) {
	for _, test := range []struct {
		name, text string
		options    CSV
		want       []float32
		says       []string // parts of the error, or of the notes if there are values to want; none means no note
	}{
		{"one name", "a\n1,5\n2,5\n", CSV{}, nil, []string{"Decimal", "Comma"}},
		{"one name in quotes", "\"a\"\n1,5\n2,5\n", CSV{}, nil, []string{"Decimal", "Comma"}},
		{"one name, decimal commas", "a\n1,5\n-2,5\n", CSV{Decimal: ','}, []float32{1.5, -2.5}, nil},
		{"one name, names of rows", "a\n1,5\n2,7\n", CSV{Comma: ','}, []float32{5, 7}, []string{"KeepIndex"}},
		{"names of rows in quotes, as R writes them", "\"a\"\n\"1\",5\n\"2\",7\n", CSV{}, []float32{5, 7}, []string{"KeepIndex"}},
		{"names of rows before decimals", "a\n1,5.5\n2,7.25\n", CSV{}, []float32{5.5, 7.25}, []string{"KeepIndex"}},
		{"names of rows before whole numbers", "a,b\n1,5,3\n2,7,4\n", CSV{}, []float32{5, 3, 7, 4}, []string{"KeepIndex", "Comma"}},
		{"a whole number below", "a\n1\n2,5\n", CSV{}, nil, []string{"Decimal to ','"}},
		{"a whole number above", "1,5\n2\n", CSV{}, nil, []string{"Decimal to ','"}},
		{"pairs under two names", "a,b\n1,5,2,5\n", CSV{}, nil, []string{"decimal signs", "Comma"}},
		{"pairs without a header", "1,5\n3,7\n", CSV{}, []float32{1, 5, 3, 7}, []string{"Decimal to ','", "Comma"}},
		{"pairs, commas separate", "1,5\n3,7\n", CSV{Comma: ','}, []float32{1, 5, 3, 7}, nil},
		{"pairs, points are decimal", "1,5\n3,7\n", CSV{Decimal: '.'}, []float32{1, 5, 3, 7}, nil},
		{"pairs, commas are decimal", "1,5\n3,7\n", CSV{Decimal: ','}, []float32{1.5, 3.7}, nil},
		{"hundredths", "1,05\n3,50\n", CSV{}, nil, []string{"Decimal", "Comma"}},
		{"two numbers with hundredths", "1,05,2,5\n3,5,2,25\n", CSV{}, nil, []string{"Decimal", "Comma"}},
		{"codes with zeros in front", "01,05\n03,07\n", CSV{}, []float32{1, 5, 3, 7}, nil},
		{"pairs with a sign", "1,-5\n3,7\n", CSV{}, []float32{1, -5, 3, 7}, nil},
		{"pairs under names", "a,b\n1,5\n3,7\n", CSV{}, []float32{1, 5, 3, 7}, nil},
		{"four whole numbers", "1,5,2,5\n3,7,4,8\n", CSV{}, []float32{1, 5, 2, 5, 3, 7, 4, 8}, nil},
	} {
		p, err := ReadCSVFrom(strings.NewReader(test.text), test.options)
		said := strings.Join(p.Notes(), " ")
		if test.want == nil {
			if err == nil {
				t.Errorf("%s: it reads %v with the notes %q, want an error", test.name, p.Values(), said)
				continue
			}
			said = err.Error()
		} else if err != nil || !slices.Equal(p.Values(), test.want) {
			t.Errorf("%s: it reads %v, %v; want %v", test.name, p.Values(), err, test.want)
			continue
		}
		if len(test.says) == 0 && said != "" {
			t.Errorf("%s: it says %q, want nothing", test.name, said)
		}
		for _, part := range test.says {
			if !strings.Contains(said, part) {
				t.Errorf("%s: it says %q, want %q in it", test.name, said, part)
			}
		}
	}
}
