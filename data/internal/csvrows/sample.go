package csvrows

import "slices"

// sample returns the first rows, as they are with that separator. It ends before a row with an
// error.
func (r *Reader) sample(head []byte, comma rune) (rows [][][]byte) {
	const most = 20
	for over := r.over(head, comma); len(rows) < most; {
		row, err := over.Next()
		if err != nil {
			return rows
		}
		kept := make([][]byte, len(row))
		for i, field := range row {
			kept[i] = slices.Clone(field)
		}
		rows = append(rows, kept)
	}
	return rows
}

// anyNumber reports whether a row has a number, in float64's range or not.
func anyNumber(row [][]byte, decimal byte) bool {
	return slices.ContainsFunc(row, func(field []byte) bool {
		_, ok := Number(field, decimal)
		return ok && !Missing(field)
	})
}

func texts(row [][]byte) []string {
	all := make([]string, len(row))
	for i, field := range row {
		all[i] = string(field)
	}
	return all
}

// short returns the beginning of a text, for a message.
func short(text []byte) []byte { return text[:min(len(text), 40)] }
