package plan

import "fmt"

// Direction is the direction in which a transport is trained. Forward training draws points on the
// left, maps them to the right, and maximises their likelihood under the right base. Inverse
// training does the same from right to left.
type Direction struct {
	kind   string
	epochs int // of ByEpochs
}

// The directions of training.
var (
	Alternate   = Direction{kind: "Alternate"}   // odd batches forward, even batches inverse: the paper's way and the default
	ForwardOnly = Direction{kind: "ForwardOnly"} // every batch forward: beyond training the right base, it needs no data on the right
	InverseOnly = Direction{kind: "InverseOnly"} // every batch inverse
	BothWays    = Direction{kind: "BothWays"}    // both directions in every step, at twice the cost
)

// ByEpochs returns the direction that trains forward for a number of epochs, then inverse for as
// many, and so on.
func ByEpochs(epochs int) Direction { return Direction{kind: "ByEpochs", epochs: epochs} }

// Epochs returns the number of epochs of ByEpochs, and 0 for the other directions.
func (d Direction) Epochs() int { return d.epochs }

// String returns the Go code that makes the direction.
func (d Direction) String() string {
	if d.kind == "ByEpochs" {
		return fmt.Sprintf("f4f.ByEpochs(%d)", d.epochs)
	}
	return "f4f." + d.kind
}

// Validate returns an error unless d is one of the directions above.
func (d Direction) Validate() error {
	switch d.kind {
	case Alternate.kind, ForwardOnly.kind, InverseOnly.kind, BothWays.kind:
		return nil
	case "ByEpochs":
		if d.epochs < 1 {
			return fmt.Errorf("ByEpochs must be at least 1 epoch, got %d", d.epochs)
		}
		return nil
	}
	return fmt.Errorf("direction must be Alternate, ForwardOnly, InverseOnly, BothWays or ByEpochs(n), got %q", d.kind)
}
