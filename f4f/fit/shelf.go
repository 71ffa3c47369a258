package fit

import (
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/flowsforflows/flows/f4f/internal/panics"
)

// Compiling takes as long as thousands of steps. So what a run has compiled is kept on the shelf, a
// cache by Problem.CacheKey, for the next run with the same graphs. A program that trains a grid of
// flows compiles once.

// maxShelved returns the largest number of runs whose programs are on the shelf; the oldest are
// removed first. A base's programs take about 100 MB, a transport's 400 MB. A transport's
// programs wait there while its two bases are trained, which may have two shapes. Runs side by
// side, at most one for each processor, leave one set of programs each.
func maxShelved() int { return max(3, runtime.GOMAXPROCS(0)) }

// compiled is what a run compiles: its programs, and the store that they take weights from and
// write them to. On the shelf the store has no values.
type compiled struct {
	key            string // identifies the graphs; "" if no other run may use them
	backend        compute.Backend
	store          *model.Store
	initial        Snapshot         // initial values that came with the graphs and are not drawn at random
	replicas       *replicas        // the weights on further devices
	programs       []program        // one for each phase
	ran            map[program]bool // the programs that have run, and so are compiled
	scorer         *scorer          // nil without validation data
	scorerCompiled bool             // on the shelf, whether the scorer is compiled
}

// shelf is shared by the whole process. A run takes what it uses off the shelf, so two runs never
// share programs at the same time.
var shelf struct {
	mu   sync.Mutex
	runs []*compiled // the oldest first
}

// graphKey returns a key of all that the graphs of a run depend on, or "" if the problem doesn't
// determine it.
func (p Problem) graphKey(r Recipe) string {
	if p.CacheKey == "" || generator(p.Store) == nil {
		return ""
	}
	r.Seed, r.Epochs, r.LearningRate, r.WarmUp, r.EarlyStop, r.KeepBest = 0, 0, 0, 0, 0, false // inputs of the program, or without influence on it
	order := paddedRows(p.stepsPerWindow(r) * r.Batch)
	return fmt.Sprintf("%s %+v %d %d %v %v", p.CacheKey, r, p.EpochsPerPhase, order, paddedShapes(p.Data), paddedShapes(p.Validation))
}

// shelved returns the index of what the shelf holds for a key on a backend, or −1. The caller must
// hold the shelf's lock.
func shelved(backend compute.Backend, key string) int {
	return slices.IndexFunc(shelf.runs, func(c *compiled) bool { return c.key == key && c.backend == backend })
}

// onShelf reports whether the shelf holds something for a key on a backend.
func onShelf(backend compute.Backend, key string) bool {
	shelf.mu.Lock()
	defer shelf.mu.Unlock()
	return shelved(backend, key) >= 0
}

// fromShelf takes what the shelf holds for a key on a backend, or returns nil.
func fromShelf(backend compute.Backend, key string) *compiled {
	if key == "" {
		return nil
	}
	shelf.mu.Lock()
	defer shelf.mu.Unlock()
	i := shelved(backend, key)
	if i < 0 {
		return nil
	}
	c := shelf.runs[i]
	shelf.runs = slices.Delete(shelf.runs, i, i+1)
	return c
}

// shelve puts c on the shelf, without the weights.
func (c *compiled) shelve() error {
	c.replicas.release()
	for v := range c.store.IterVariables() {
		if err := v.Reset(); err != nil {
			return err
		}
	}
	shelf.mu.Lock()
	shelf.runs = append(shelf.runs, c)
	var old []*compiled
	if n := len(shelf.runs) - maxShelved(); n > 0 {
		old = slices.Clone(shelf.runs[:n])
		shelf.runs = slices.Delete(shelf.runs, 0, n)
	}
	shelf.mu.Unlock()
	for _, c := range old {
		c.finalize()
	}
	return nil
}

// finalize releases what nobody will use. It ignores errors, since the backend may have been closed
// in the meantime, and with it what there is to release.
func (c *compiled) finalize() {
	_ = panics.Catch(func() {
		c.replicas.release()
		for _, p := range c.programs {
			p.finalize()
		}
		if c.scorer != nil {
			c.scorer.finalize()
		}
		c.store.Finalize()
	})
}

// takeOver sets the store of what was compiled to the values of another store, and initialises the
// variables that still have none.
func (c *compiled) takeOver(store *model.Store) error {
	given, err := TakeSnapshot(store, false)
	if err != nil {
		return err
	}
	for _, values := range []Snapshot{given, c.initial} {
		if err := values.Restore(c.store); err != nil {
			return err
		}
	}
	return initialise(c.store)
}

// copied returns a store with copies of what another holds.
func copied(store *model.Store) (*model.Store, error) {
	own := model.NewStore()
	for v := range store.IterVariables() {
		value, err := copyOf(v)
		if err != nil {
			return nil, err
		}
		copy, err := own.CreateVariable(v.Path(), value) // Variable.CloneToStore of GoMLX v0.28 doesn't set the store, which SPMD then lacks
		if err != nil {
			return nil, err
		}
		copy.SetTrainable(v.Trainable)
	}
	return own, nil
}
