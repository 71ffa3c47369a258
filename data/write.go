package data

import (
	"fmt"

	"github.com/flowsforflows/flows/data/atomicfile"
)

// writePoints writes the file that encode makes of p. It returns an error if p holds no point.
func writePoints(path string, p Points, encode func(Points) []byte) error {
	if p.Len() == 0 {
		return fmt.Errorf("data: %s: there must be at least one point to write, got none", path)
	}
	if err := atomicfile.Write(path, encode(p)); err != nil {
		return fmt.Errorf("data: %s: %w", path, err)
	}
	return nil
}
