package calibration

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
)

const seed = 3

func drawn(t *testing.T, p Particle, d, n int) (simulation, measured Events) {
	t.Helper()
	simulation, err := Simulation(p, d, n, seed)
	if err != nil {
		t.Fatal(err)
	}
	measured, err = Data(p, d, n, seed)
	if err != nil {
		t.Fatal(err)
	}
	return simulation, measured
}

func TestWeightsBringTheConditionsToThoseOfTheData(t *testing.T) {
	simulation, measured := drawn(t, Electron, 1, 100_000)
	ratios, err := metric.Ratios(measured.C, simulation.C, metric.Binning{Bins: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range ratios {
		if f.PValue() < 1e-4 {
			t.Errorf("%v", f)
		}
	}
	if share := simulation.X.NegativeShare(); share < 0.05 || share > 0.15 {
		t.Errorf("%v of the weights are negative, want 0.05 to 0.15", share)
	}
	if measured.X.Weights() != nil {
		t.Error("data must have no weights")
	}
}

func TestTruthIsDistributedAsTheDataAre(t *testing.T) {
	for _, p := range []Particle{Electron, Photon} {
		simulation, measured := drawn(t, p, 17, 50_000)
		for of, x := range map[string]data.Points{"the truth": simulation.Truth, "the simulation": simulation.X} {
			ratios, err := metric.Ratios(measured.X, x, metric.Binning{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range ratios {
				if alike := f.PValue() > 1e-5; alike != (of == "the truth") {
					t.Errorf("%s, %s: %v", p, of, f)
				}
			}
		}
	}
}

func TestFeaturesHaveTheirShapes(t *testing.T) {
	simulation, measured := drawn(t, Electron, 5, 20_000)
	column := func(x data.Points, j int) (values []float64) {
		for i := range x.Len() {
			values = append(values, x.At(i, j))
		}
		return values
	}
	share := func(values []float64, in func(float64) bool) float64 {
		n := 0
		for _, v := range values {
			if in(v) {
				n++
			}
		}
		return float64(n) / float64(len(values))
	}
	if above := func(v float64) bool { return v >= 0.98 }; share(column(simulation.X, 0), above) != 0 || share(column(measured.X, 0), above) < 0.005 {
		t.Error("r9 must end at 0.98 in the simulation, and go on in the data")
	}
	zero := func(v float64) bool { return v == 0 }
	if s := share(column(measured.X, 2), zero); s < 0.2 || s > 0.5 {
		t.Errorf("a share of %v of phIso is 0, want a spike", s)
	}
	if s := share(column(measured.X, 3), func(v float64) bool { return v < -math.Pi || v >= math.Pi }); s != 0 {
		t.Errorf("a share of %v of the angles is outside [−π, π)", s)
	}
	if k := stat.ExKurtosis(column(measured.X, 4), nil); k < 3 {
		t.Errorf("eop must have heavy tails, its excess kurtosis is %v", k)
	}
	// The maps of the columns take all values, on both sides.
	for _, e := range []Events{simulation, measured} {
		table, err := e.Table()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Prepared(f4f.Base(table)).Fingerprint(); err != nil {
			t.Error(err)
		}
	}
}

func TestJoinedSamplesWeighTheSame(t *testing.T) {
	simulation, measured := drawn(t, Electron, 2, 1000)
	table, err := Joined(simulation, measured)
	if err != nil {
		t.Fatal(err)
	}
	x, c := table.Points(), table.Conditions()
	sums := [2]float64{}
	for i, w := range x.Weights() {
		sums[int(c.At(i, 5))] += w
	}
	if x.Len() != 2000 || c.Dim() != 6 || math.Abs(sums[0]-1000) > 1e-6 || sums[1] != 1000 {
		t.Errorf("%d events, %d conditions, and weights of %v", x.Len(), c.Dim(), sums)
	}
}

func TestAgreementWithTheTruth(t *testing.T) {
	simulation, measured := drawn(t, Electron, 5, 20_000)
	same, err := Agree(measured.X, simulation.Truth, simulation.Truth, 400)
	if err != nil {
		t.Fatal(err)
	}
	if same.Bins == 0 || same.Within != same.Bins || same.Worst.Ratio != 1 || same.Worst.Error != 0 {
		t.Errorf("the truth against itself: %v", same)
	}
	off, err := Agree(measured.X, simulation.Truth, simulation.X, 400)
	if err != nil {
		t.Fatal(err)
	}
	if off.Within > off.Bins/2 {
		t.Errorf("the simulation as it is: %v", off)
	}
	far, err := FromTruth(measured.X, simulation.Truth, simulation.Truth)
	if err != nil {
		t.Fatal(err)
	}
	other, err := FromTruth(measured.X, measured.X.Slice(0, 10_000), measured.X.Slice(10_000, 20_000))
	if err != nil {
		t.Fatal(err)
	}
	for j := range far {
		if far[j] != 0 {
			t.Errorf("the truth is %v from itself", far[j])
		}
		want := 1.0 / 3
		switch Names(5)[j] {
		case "psi":
			want = 0.25 // the shorter way around
		case "phIso":
			want = 0.325 // (1 − s³)/3, where s is the share of the spike
		}
		if math.Abs(other[j]-want) > 0.02 {
			t.Errorf("events paired at random are %v apart in %s, want %v", other[j], Names(5)[j], want)
		}
	}
	if _, err := Agree(measured.X, simulation.Truth, simulation.X.Slice(0, 10), 400); err == nil {
		t.Error("samples of different lengths must be an error")
	}
	if _, err := FromTruth(measured.X, simulation.Truth, simulation.X.Slice(0, 10)); err == nil {
		t.Error("samples of different lengths must be an error")
	}
}

func TestBadArgumentsAreErrors(t *testing.T) {
	for name, err := range map[string]error{
		"particle": second(Simulation("muon", 5, 10, 1)),
		"features": second(Data(Photon, 18, 10, 1)),
		"none":     second(Data(Photon, 0, 10, 1)),
		"events":   second(Data(Photon, 5, 0, 1)),
		"empty":    second(Events{}.Table()),
		"joined":   second(Joined(Events{}, Events{})),
	} {
		if err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
