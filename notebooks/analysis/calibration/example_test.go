package calibration_test

import (
	"fmt"
	"log"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/notebooks/analysis/calibration"
)

func ExampleSimulation() {
	var of calibration.Particle = calibration.Electron
	var simulation calibration.Events
	simulation, err := calibration.Simulation(of, 5, 10_000, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(calibration.Titles(5))
	fmt.Println(simulation.C.ColumnNames())
	fmt.Printf("%.0f%% of the weights are negative\n", 100*simulation.X.NegativeShare())
	table, err := simulation.Table()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(simulation.Prepared(f4f.Base(table)).ConditionColumn("pt", data.Log))
	// Output:
	// [r9 sieie phIso (GeV) psi (rad) eop]
	// [pt abseta rho region=barrel region=endcap]
	// 8% of the weights are negative
	// f4f.Base(simulation).Column("r9", data.Logit(0, 0.98)).Column("sieie", data.Log).Column("phIso", data.Spike(0), data.Log).Column("psi", data.Angle(-3.141592653589793, 3.141592653589793)).Column("eop", data.Robust, data.Asinh(1)).ConditionColumn("pt", data.Log)
}

func ExampleAgree() {
	simulation, err := calibration.Simulation(calibration.Electron, 5, 20_000, 1)
	if err != nil {
		log.Fatal(err)
	}
	measured, err := calibration.Data(calibration.Electron, 5, 20_000, 1)
	if err != nil {
		log.Fatal(err)
	}
	var as calibration.Agreement
	as, err = calibration.Agree(measured.X, simulation.Truth, simulation.X, 400) // as it is, not calibrated
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(as)
	// Output:
	// 7 of 72 bins within 2%, furthest in r9, 0.9801 to 0.9984: 0.0000 ± 0.0494
}
