package data

import "fmt"

// String returns a text such as "1000 points of 2 features". Of points with different weights it
// also gives EffectiveSampleSize and NegativeShare.
func (p Points) String() string {
	text := fmt.Sprintf("%d points of %d features", p.n, p.d)
	if p.Weighted() {
		text += fmt.Sprintf(", weighted (%.4g effective, %.3g%% negative)", p.EffectiveSampleSize(), 100*p.NegativeShare())
	}
	return text
}
