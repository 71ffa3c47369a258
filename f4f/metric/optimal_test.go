package metric

import (
	"math"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

// moved returns the points, each feature times a factor plus a shift.
func moved(t testing.TB, x data.Points, factor, shift float64) data.Points {
	t.Helper()
	values := make([]float32, len(x.Values()))
	for i, v := range x.Values() {
		values[i] = float32(factor*float64(v) + shift)
	}
	return points(t, x.Dim(), values...)
}

func TestUVPAndCosineHaveTheirKnownValues(t *testing.T) {
	x := gaussian(t, 20_000, 1, 1, 0, 0)
	truth := moved(t, x, 2, 1) // variance 4 in each of two features
	for name, test := range map[string]struct {
		image               data.Points
		uvp, cosine, within float64
	}{
		"the optimal map":       {truth, 0, 1, 1e-9},
		"off by 0.2":            {moved(t, x, 2, 1.2), 100 * 0.04 / 4, 2.2 / math.Sqrt(2*2.44), 0.02},
		"the mean":              {moved(t, x, 0, 1), 100, 0, 2},
		"a share of every way":  {moved(t, x, 1.25, 0.25), 100 * (0.75*0.75 + 0.75*0.75) / 4, 1, 0.5},
		"the way back, as far":  {moved(t, x, 0, -1), 100 * (4 + 4) / 4, -1, 3},
		"the other way, in all": {moved(t, x, 0.5, -0.5), 100 * (2.25 + 2.25) / 4, -1, 2},
	} {
		uvp, err := UVP(truth, test.image)
		if err != nil || math.Abs(uvp.Value-test.uvp) > test.within {
			t.Errorf("%s: the UVP is %v (%v), want %v", name, uvp, err, test.uvp)
		}
		cosine, err := Cosine(x, truth, test.image)
		if name == "the way back, as far" {
			continue // x ↦ −1 isn't a share of x ↦ 2x + 1's way
		}
		if err != nil || math.Abs(cosine.Value-test.cosine) > 0.02 {
			t.Errorf("%s: the cosine is %v (%v), want %v", name, cosine, err, test.cosine)
		}
	}
}

// The standard errors are those of repeated draws.
func TestErrorsOfUVPAndCosineAreThoseOfRepeatedDraws(t *testing.T) {
	const draws, n = 300, 400
	var uvps, cosines []float64
	var uvpErrors, cosineErrors float64
	for seed := range uint64(draws) {
		x := gaussian(t, n, seed, 1, 0, 0)
		truth, values := moved(t, x, 2, 1), []float32(nil)
		for i, noise := range gaussian(t, n, seed+1000, 0.7, 0, 0).Values() {
			values = append(values, truth.Values()[i]+noise)
		}
		image := points(t, 2, values...)
		uvp, err := UVP(truth, image)
		if err != nil {
			t.Fatal(err)
		}
		cosine, err := Cosine(x, truth, image)
		if err != nil {
			t.Fatal(err)
		}
		uvps, cosines = append(uvps, uvp.Value), append(cosines, cosine.Value)
		uvpErrors, cosineErrors = uvpErrors+uvp.Error/draws, cosineErrors+cosine.Error/draws
	}
	for name, of := range map[string]struct {
		values []float64
		said   float64
	}{"UVP": {uvps, uvpErrors}, "cosine": {cosines, cosineErrors}} {
		if spread := meanOf(of.values).Error * math.Sqrt(draws); math.Abs(of.said/spread-1) > 0.15 {
			t.Errorf("the error of the %s is said to be %v, and the draws spread by %v", name, of.said, spread)
		}
	}
}

func TestWeightsOfUVPAndCosineCountPointsTwice(t *testing.T) {
	x, truth, image := points(t, 1, 0, 1, 2), points(t, 1, 1, 3, 4), points(t, 1, 1.5, 3, 3)
	weighted, err := x.WithWeights([]float64{1, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	again, _ := truth.WithWeights([]float64{1, 1, 2})
	a, err := UVP(again, image)
	if err != nil {
		t.Fatal(err)
	}
	b, err := UVP(points(t, 1, 1, 3, 4, 4), points(t, 1, 1.5, 3, 3, 3))
	if err != nil || math.Abs(a.Value-b.Value) > 1e-12 {
		t.Errorf("the UVP with a weight of 2 is %v, of two points %v (%v)", a, b, err)
	}
	c, err := Cosine(weighted, truth, image)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Cosine(points(t, 1, 0, 1, 2, 2), points(t, 1, 1, 3, 4, 4), points(t, 1, 1.5, 3, 3, 3))
	if err != nil || math.Abs(c.Value-d.Value) > 1e-12 {
		t.Errorf("the cosine with a weight of 2 is %v, of two points %v (%v)", c, d, err)
	}
}

func TestOnlyAnOptimalMapCostsWhatItsAssignmentDoes(t *testing.T) {
	x := gaussian(t, 300, 3, 1, 0, 0)
	best, err := MapCost(x, moved(t, x, 2, 1), Pairing{})
	if err != nil || math.Abs(best.Excess()) > 1e-12 || best.Points != 300 {
		t.Errorf("the optimal map: %v (%v)", best, err)
	}
	// A turn by a quarter has the same image and no gradient.
	values := make([]float32, 0, 600)
	for i := range x.Len() {
		values = append(values, -x.Row(i)[1], x.Row(i)[0])
	}
	turn := points(t, 2, values...)
	worse, err := MapCost(x, turn, Pairing{MaxPoints: 200})
	if err != nil || worse.Excess() < 1 || worse.Points != 200 {
		t.Errorf("a turn: %v (%v)", worse, err)
	}
	if l1, err := MapCost(x, moved(t, x, 1, 1), Pairing{L1: true}); err != nil || math.Abs(l1.Map.Value-2) > 1e-5 || math.Abs(l1.Excess()) > 1e-5 {
		t.Errorf("a shift by 1 in two features costs %v (%v)", l1, err)
	}
}

func TestWhatHasNoOptimalityIsNamed(t *testing.T) {
	x, y := points(t, 2, 0, 0, 1, 1), points(t, 2, 1, 1, 2, 2)
	weighted, _ := x.WithWeights([]float64{1, 2})
	for name, test := range map[string]struct {
		err  error
		word string
	}{
		"no images":       {second(UVP(x, data.Points{})), "2 and 0"},
		"fewer images":    {second(UVP(x, x.Slice(0, 1))), "2 points and 1"},
		"dimensions":      {second(UVP(x, points(t, 1, 1, 2))), "2 and 1"},
		"no spread":       {second(UVP(points(t, 1, 1, 1), points(t, 1, 1, 2))), "vary"},
		"NaN":             {second(Cosine(x, y, points(t, 2, 0, 0, 0, float32(math.NaN())))), "NaN"},
		"no way":          {second(Cosine(x, x, y)), "moves no point"},
		"other weights":   {second(MapCost(weighted, y, Pairing{})), "weights"},
		"too few at once": {second(MapCost(x, y, Pairing{MaxPoints: -1})), "-1"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.word) {
			t.Errorf("%s: %q isn't in the error: %v", name, test.word, test.err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// The least cost is that of the optimal map where it is known, within its errors, and 0 between two
// samples of one distribution.
func TestTheLeastCostIsThatOfTheOptimalMap(t *testing.T) {
	x, y := gaussian(t, 1600, 1, 1, 0, 0), gaussian(t, 1600, 2, 2, 1, 0) // means 1 apart, deviations 1 and 2
	for name, test := range map[string]struct {
		x, y data.Points
		want float64
	}{
		"between two": {x, y, 1 + 2*1}, // |Δμ|² + D·(σ − σ')²
		"back":        {y, x, 1 + 2*1},
		"identity":    {x, gaussian(t, 1600, 3, 1, 0, 0), 0},
	} {
		least, err := LeastCost(test.x, test.y, Pairing{MaxPoints: 100})
		if err != nil || math.Abs(least.Value-test.want) > 4*least.Error+0.02 || least.Error > 0.3 {
			t.Errorf("%s: the least cost is %v (%v), want %v", name, least, err, test.want)
		}
	}
	shift := moved(t, x, 1, 3)
	if least, err := LeastCost(x, shift, Pairing{L1: true, MaxPoints: 100}); err != nil || math.Abs(least.Value-6) > 0.5 {
		t.Errorf("a shift by 3 in two features costs %v in L1 (%v), want 6", least, err)
	}
	if few, err := LeastCost(x.Slice(0, 7), y, Pairing{}); err == nil || !strings.Contains(err.Error(), "8 points") {
		t.Errorf("7 points have the least cost %v (%v)", few, err)
	}
	if some, err := LeastCost(x.Slice(0, 8), y, Pairing{}); err != nil || math.IsNaN(some.Error) {
		t.Errorf("8 points have the least cost %v (%v)", some, err)
	}
}
