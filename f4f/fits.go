package f4f

import (
	"fmt"
	"strings"

	"github.com/flowsforflows/flows/f4f/fit"
)

// A file's plan may claim any size. What it claims is counted and held against the weights that the
// file holds before anything is made by it.

// fits errs unless the weights under a scope are as many numbers as a flow needs.
func fits(weights fit.Snapshot, scope string, count float64) error {
	held := 0
	for path, value := range weights {
		if strings.HasPrefix(path, "/"+scope+"/") {
			held += value.Size()
		}
	}
	if float64(held) != count {
		return fmt.Errorf("%w: its plan needs %.0f numbers for its %s, and it holds %d", fit.ErrCorrupt, count, scope, held)
	}
	return nil
}

// fits errs unless the weights are as many as the density needs.
func (s densitySpec) fits(weights fit.Snapshot, scope string) error {
	return fits(weights, scope, s.Architecture.weightCount(s.Links, s.Dim, s.Condition))
}

// fits errs unless the weights are as many as the transport and its bases need.
func (s transportSpec) fits(weights fit.Snapshot, relation *Relation) error {
	if err := s.Left.fits(weights, leftScope); err != nil {
		return err
	}
	if err := s.Right.fits(weights, rightScope); err != nil {
		return err
	}
	if s.Transfer {
		return fits(weights, flowScope, 0)
	}
	return fits(weights, flowScope, s.Architecture.weightCount(s.Links, s.Left.Dim, s.seen(relation)))
}

// weightCount is how many a valid architecture's weights are, in float64 since they may be too many
// for an int.
func (a Architecture) weightCount(links []link, dim, condition int) float64 {
	d, c, h, b, p := float64(dim), float64(condition), float64(a.Hidden), float64(a.Blocks), float64(a.transformer().Parameters())
	linear := func(in, out float64) float64 { return in*out + out }
	sum := 0.0
	if a.Embedding > 0 {
		e := float64(a.Embedding)
		sum += linear(c, h) + (embeddingLayers-1)*linear(h, h) + linear(h, e)
		c = e
	}
	ofCondition := 0.0
	if c > 0 {
		ofCondition = linear(c, h)
	}
	square := 2*linear(h, h) + ofCondition
	masked := linear(d, h) + ofCondition + b*square + linear(h, d*p)
	plain := func(odd bool) float64 {
		moved := float64((dim + 1) / 2)
		seen := max(1, d-moved)
		if odd && dim > 1 {
			moved, seen = seen, moved
		}
		return linear(seen+c, h) + b*square + linear(h, moved*p)
	}
	lu := 2*d*d + 2*d
	if len(links) == 0 {
		for i := range a.Layers {
			if a.Layer == Coupling {
				sum += plain(i%2 == 1)
			} else {
				sum += masked
			}
		}
		if a.Mixing == LULinear {
			sum += float64(a.Layers-1) * lu
		}
	}
	for _, l := range links {
		switch l.Kind {
		case string(Autoregressive):
			sum += masked
		case string(Coupling):
			sum += plain(l.Odd)
		case string(LULinear):
			sum += lu
		}
	}
	return sum
}
