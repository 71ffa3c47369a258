// Package cluster hands plans out to the machines of a cluster that runs Slurm. Plans may hold
// functions of Go, so no file describes them: the user's own program is the list of plans, and the
// program itself runs on every machine.
//
//	func main() {
//		var plans []f4f.BetweenPlan
//		for seed := range uint64(20) {
//			plans = append(plans, f4f.Between(f4f.Base(data.Ring()), f4f.Base(data.Star())).Seed(seed))
//		}
//		cluster.Main(plans...)
//	}
//
// The program then has these verbs:
//
//	grid submit -slurm -- --time=2:00:00    hands out what the store lacks
//	grid status -watch                      shows the progress of all tasks
//	grid work 3                             trains one task here
//	grid script                             writes the files that submit would hand in, and no more
//
// The flows go to the store of the plans, which must be in a folder that all machines share. After
// that, Fit and FitAll of the same plans load them, in any program.
//
// A task is the training of one flow: of a plan, of a base or of an ensemble. Bases come before
// transports. A task may be interrupted, requeued, run twice or run on a machine that dies: the
// store's locks and checkpoints see to it that each flow is trained to its end once.
package cluster
