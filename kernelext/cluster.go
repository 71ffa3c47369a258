package kernelext

import (
	"context"
	"fmt"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"github.com/flowsforflows/flows/f4f/cluster"
)

// clusterEvery is the shortest time between two looks at a run.
const clusterEvery = 5 * time.Second

// Cluster shows the progress of plans that a program with cluster.Main has submitted, until all of
// their tasks have ended. In a notebook it updates the cell's output; elsewhere it prints the state
// once. It stops watching when the cell is interrupted, which leaves the tasks alone. An error ends
// the cell.
func Cluster[P cluster.Plan](plans ...P) {
	folder, err := cluster.Folder(plans...)
	Check(err)
	ctx, stop := interruptible()
	defer stop()
	if !gonbui.IsNotebook {
		s, err := cluster.Read(ctx, folder)
		Check(err)
		Show(ClusterTable(s))
		return
	}
	id := "f4f-cluster-" + gonbui.UniqueId()
	Check(watchCluster(ctx, folder, clusterEvery, func(t Table) { gonbui.UpdateHTML(id, t.HTML()) }))
	gonbui.Sync()
}

// watchCluster shows a run's table again and again, until the run or the context ends.
func watchCluster(ctx context.Context, folder string, every time.Duration, show func(Table)) error {
	for {
		began := time.Now()
		s, err := cluster.Read(context.WithoutCancel(ctx), folder)
		if err != nil {
			return err
		}
		took := time.Since(began)
		show(ClusterTable(s))
		if s.Ended() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(every, 20*took)): // a look at a large run over a network takes long
		}
	}
}

// ClusterTable returns a table of the tasks of a run: those that train, and those that did not end
// well. The note counts the others.
func ClusterTable(s cluster.Status) Table {
	t := Table{Title: "cluster", Columns: []string{"task", "flow", "fingerprint", "state", "steps", "loss (nats)", "on", "requeued", ""}}
	for i, task := range s.Tasks {
		switch task.State {
		case cluster.Trained, cluster.Waiting, cluster.NotNeeded:
			continue
		}
		steps, loss := "", ""
		if task.Steps > 0 {
			steps = fmt.Sprintf("%d of %d", task.Step, task.Steps)
		}
		if task.Loss != nil {
			loss = fmt.Sprintf("%.4f", *task.Loss)
		}
		t.Rows = append(t.Rows, []string{fmt.Sprint(i), task.Name, short(task.Fingerprint), string(task.State), steps, loss, task.Host, count(task.Restarts), task.What})
	}
	t.Note = fmt.Sprintf("%d flows, %d trained, %d waiting, %d not needed", len(s.Tasks), s.Count(cluster.Trained), s.Count(cluster.Waiting), s.Count(cluster.NotNeeded))
	for _, note := range s.Notes {
		t.Note += ". " + note
	}
	return t
}
