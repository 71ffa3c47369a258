package data

import "github.com/flowsforflows/flows/data/internal/columns"

// Float32Step returns the distance from |v| to the next larger float32: 8 at 1e8, 1.2e-7 at 1.
// Values that differ by much less are the same float32.
func Float32Step(v float64) float64 { return columns.Float32Step(v) }
