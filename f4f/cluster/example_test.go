package cluster_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/cluster"
)

// A run's folder in the store follows from the plans, so any program that makes them finds it. Plans
// of both kinds are a list of Plan.
func ExampleFolder() {
	circles := f4f.Base(data.FourCircles()).Store("store")
	plans := []cluster.Plan{
		circles,
		f4f.Between(circles, f4f.Base(data.Checkerboard()).Store("store")).Store("store"),
	}
	folder, err := cluster.Folder(plans...)
	if err != nil {
		log.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		log.Fatal(err)
	}
	relative, err := filepath.Rel(here, folder)
	fmt.Println(filepath.Dir(relative), err)
	// Output: store/cluster <nil>
}

// Read returns a Status, which prints as the verb status does. This one is made by hand.
func ExampleStatus() {
	loss := 2.31
	s := cluster.Status{Tasks: []cluster.TaskStatus{
		{Name: "base ring", Fingerprint: "5f3a09c1d2e4b687", State: cluster.Trained},
		{Name: "base star", Fingerprint: "0b1d55aa90c3e211", State: cluster.Training, Step: 500, Steps: 2000, Rate: 100, Loss: &loss, Host: "node7"},
		{Name: "base counts", Fingerprint: "91d04e5bc7a2f360", State: cluster.Training, Step: 100, Steps: 2000, Rate: 100, Loss: &loss, LossesAreBounds: true, Host: "node8"},
		{Name: "ring → star", Fingerprint: "c2287f0e13d94b5a", State: cluster.Waiting},
	}}
	fmt.Print(s)
	fmt.Println(s.Count(cluster.Trained), s.Ended())
	// Output:
	// 4 flows: 1 trained, 2 training, 1 waiting
	// 1  base star    0b1d55aa  training at 25%, loss 2.310, 15s left            node7
	// 2  base counts  91d04e5b  training at 5%, bound of −log P 2.310, 19s left  node8
	// 1 false
}
