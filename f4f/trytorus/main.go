package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f"
	"github.com/flowsforflows/flows/f4f/metric"
)

func main() {
	steps, _ := strconv.Atoi(os.Args[1])
	truth := data.VonMisesMixture()
	plan := f4f.Base(truth).Angle("0", "1").Store("/tmp/r/angles.tmp/store")
	if steps > 0 {
		plan = plan.Steps(steps)
	}
	if len(os.Args) > 2 {
		plan = plan.LayerKind(f4f.LayerKind(os.Args[2]))
	}
	start := time.Now()
	d, err := plan.Fit(context.Background())
	if err != nil {
		panic(err)
	}
	kl, err := metric.KL(truth, d.LogProb, 100_000, 99)
	fmt.Println(plan, "KL", kl, err, "rate", d.Rate(), "seconds", d.Seconds(), time.Since(start))
	fmt.Println(d.Notes())
	pi := float32(math.Pi)
	x, _ := data.NewPoints(2, []float32{pi, 0.5, -pi, 0.5, 0.3, pi, 0.3, -pi, 0, 0})
	fmt.Println(d.LogProb(x))
	fmt.Println(truth.LogProb(x))
	s, err := d.Sample(20000, 4)
	if err != nil {
		panic(err)
	}
	least, most := pi, -pi
	for _, v := range s.Values() {
		least, most = min(least, v), max(most, v)
	}
	fmt.Println("samples within", least, most)
	lp, _ := d.LogProb(s)
	lt, _ := truth.LogProb(s)
	k, err := metric.KLFromLogProbs(lp, lt)
	fmt.Println("reverse KL", k, err)
	fmt.Print(d.Audit(s.Slice(0, 2000)))
}
