package data

import "fmt"

// String returns a text such as "1000 points of 2 features". Of points with different weights it
// also gives EffectiveSampleSize and NegativeShare, and of angles their periods, such as "1000
// points of 2 features, column "phi" of period 360".
func (p Points) String() string {
	text := fmt.Sprintf("%d points of %d features", p.n, p.d)
	if p.Weighted() {
		text += fmt.Sprintf(", weighted (%.4g effective, %.3g%% negative)", p.EffectiveSampleSize(), 100*p.NegativeShare())
	}
	for j, period := range p.periods {
		if turn := period[1] - period[0]; turn > 0 {
			text += fmt.Sprintf(", column %s of period %.6g", p.ColumnTitle(j), turn)
		}
	}
	return text
}
