package specs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Form is what the graphs of a density's flow depend on.
type Form struct {
	Dim, Condition int
	Architecture   plan.Architecture
	Standardise    bool
	Base           []plan.BaseDistribution `json:",omitempty"`
	// ConditionAngles are the columns of the condition that are angles.
	ConditionAngles []int  `json:",omitempty"`
	Noise           []int  `json:",omitempty"` // see Density
	NoiseMaps       string `json:",omitempty"` // see MapsKey
	Seed            uint64 // if graphs depend on it, by random orders of features; else 0
}

// SeedOfForm returns the recipe's seed if the architecture's graphs depend on it, and 0 otherwise.
func SeedOfForm(a plan.Architecture, r plan.Recipe) uint64 {
	if a.Mixing == plan.Permutation {
		return r.Seed
	}
	return 0
}

// MapsKey returns what identifies the maps of these columns of a pipeline, which the graphs of their
// noise depend on. It is "" if data.Whole is the only map of each.
func MapsKey(noise []int, p *data.Pipeline) string {
	if p == nil || !slices.ContainsFunc(noise, func(j int) bool { return len(p.Maps(j)) > 1 }) {
		return ""
	}
	var all []string
	for _, j := range noise {
		all = append(all, fmt.Sprint(p.Maps(j)))
	}
	return strings.Join(all, "; ")
}

// Key returns a key for a value: its JSON, or "" if it has none.
func Key(what any) string {
	text, err := json.Marshal(what)
	if err != nil {
		return "" // a NaN or an infinity, for which Fit returns an error
	}
	return string(text)
}
