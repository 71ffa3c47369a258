package bijection

import "slices"

// degrees are the autoregressive order that MADE gives its units (arXiv:1502.03509, section 3): feature i has degree i+1, and an output
// of degree d may see units of degree below d alone.
type degrees []int

// featureDegrees are 1 … dim, each repeated times over: degrees of the features, or of their blocks of outputs.
func featureDegrees(dim, times int) degrees {
	d := make(degrees, 0, dim*times)
	for i := range dim {
		for range times {
			d = append(d, i+1)
		}
	}
	return d
}

// hiddenDegrees spread the hidden units evenly over the degrees least … dim−1, in ascending order, so that those of a degree are neighbours. nflows has the same
// number of each in turn, 1, 2, …, 1, 2, …: its units are ours in another order.
//
// With a condition, least is 0: units of degree 0 see nothing but the condition, and the first feature, whose outputs see nothing else, learns
// from it through them. nflows starts at 1 there as well, so that its first feature never sees the condition.
func hiddenDegrees(hidden, dim, least int) degrees {
	d := make(degrees, hidden)
	most := max(dim-1, least)
	for i := range d {
		d[i] = least + i%(most-least+1)
	}
	slices.Sort(d)
	return d
}

// upTo is how many of ascending degrees are at most d.
func (degrees degrees) upTo(d int) int {
	n, _ := slices.BinarySearch(degrees, d+1)
	return n
}

// mask [in][out] is open where a unit of degree to may see one of degree from: from ≤ to between hidden layers, from < to for outputs.
func (from degrees) mask(to degrees, strictly bool) [][]bool {
	m := make([][]bool, len(from))
	for i, f := range from {
		m[i] = make([]bool, len(to))
		for j, t := range to {
			m[i][j] = f < t || f == t && !strictly
		}
	}
	return m
}
