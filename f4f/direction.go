package f4f

import "fmt"

// Direction is which way a transport is trained. Forward draws points on the left and asks how
// likely they are on the right once mapped; inverse the other way round.
type Direction struct {
	kind   string
	epochs int // of ByEpochs
}

// The ways to train a transport.
var (
	Alternate   = Direction{kind: "Alternate"}   // odd batches forward, even ones inverse: the paper's way and the default
	ForwardOnly = Direction{kind: "ForwardOnly"} // every batch forward: needs no data on the right but the base's
	InverseOnly = Direction{kind: "InverseOnly"} // every batch inverse
	BothWays    = Direction{kind: "BothWays"}    // each step takes both, at twice the cost
)

// ByEpochs trains forward for so many epochs, then inverse for as many, and so on.
func ByEpochs(epochs int) Direction { return Direction{kind: "ByEpochs", epochs: epochs} }

// String is the code that makes the direction.
func (d Direction) String() string {
	if d.kind == "ByEpochs" {
		return fmt.Sprintf("f4f.ByEpochs(%d)", d.epochs)
	}
	return "f4f." + d.kind
}

func (d Direction) validate() error {
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
