package f4f

import "encoding/json"

// form is what the graphs of a density's flow depend on.
type form struct {
	Dim, Condition int
	Architecture   Architecture
	Standardise    bool
	Seed           uint64 // if graphs depend on it, by random orders of features; else 0
}

// seedOfForm returns the recipe's seed if the architecture's graphs depend on it, and 0 otherwise.
func seedOfForm(a Architecture, r Recipe) uint64 {
	if a.Mixing == Permutation {
		return r.Seed
	}
	return 0
}

// shapeOf returns a key for a value: its JSON, or "" if it has none.
func shapeOf(what any) string {
	text, err := json.Marshal(what)
	if err != nil {
		return "" // a NaN or an infinity, for which Fit returns an error
	}
	return string(text)
}
