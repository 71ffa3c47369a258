package cluster

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/flowsforflows/flows/f4f/fit"
)

// How often a task writes its record, and a line of its log.
const (
	recordEvery = 15 * time.Second
	lineEvery   = time.Minute
)

// mostNotes is the number of notes that a record keeps; the log has them all.
const mostNotes = 20

// report keeps the record of a task up to date while it trains.
type report struct {
	w     *worker
	index int
	quit  chan struct{}
	ended sync.WaitGroup

	mu   sync.Mutex
	r    *record
	line time.Time // when a line of progress was last logged
}

// newReport returns a report that writes a record now, and repeatedly until it is stopped: also
// while the task compiles or waits.
func newReport(w *worker, index int, r *record) *report {
	p := &report{w: w, index: index, quit: make(chan struct{}), r: r, line: time.Now()}
	p.write()
	p.ended.Go(func() {
		tick := time.NewTicker(recordEvery)
		defer tick.Stop()
		for {
			select {
			case <-p.quit:
				return
			case <-tick.C:
				p.write()
			}
		}
	})
	return p
}

func (p *report) write() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.r.write(p.w.folder, p.index); err != nil {
		p.w.log.Printf("task %d: its state can't be written: %v", p.index, err)
	}
}

func (p *report) stop() {
	close(p.quit)
	p.ended.Wait()
}

// event takes an event of the task's flow, or of a base that it trains.
func (p *report) event(e fit.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, note := range e.Notes {
		p.w.log.Print(note)
		if len(p.r.Notes) < mostNotes {
			p.r.Notes = append(p.r.Notes, note)
		}
	}
	if e.Steps == 0 {
		return
	}
	reached := fmt.Sprintf("%s: step %d of %d, %s %.4f, %.0f steps/s", e.Flow, e.Step, e.Steps, e.LossName(), e.Loss, e.Rate)
	if e.Flow == p.w.run.Tasks[p.index].Name {
		p.r.Step, p.r.Steps, p.r.Rate, p.r.What, p.r.Loss = e.Step, e.Steps, e.Rate, "", nil
		if !math.IsNaN(e.Loss) && !math.IsInf(e.Loss, 0) {
			p.r.Loss, p.r.LossesAreBounds = &e.Loss, e.LossesAreBounds
		}
	} else {
		p.r.What = "trains its base first: " + reached
	}
	if now := time.Now(); now.Sub(p.line) >= lineEvery || e.Done {
		p.line = now
		p.w.log.Print(reached)
	}
}
