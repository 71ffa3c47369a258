package fit

import (
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Compiling takes as long as thousands of steps: what a run has compiled lies on the shelf for the
// next whose graphs are the same, and who trains a grid of flows compiles once.

// mostShelved is how many runs' programs lie on the shelf, at most; the oldest go first. Those of a
// base take some 100 MB, those of a transport 400 MB. A transport's wait there while its two bases
// are trained, which may be of two shapes. Runs side by side, at most one for each processor, leave
// some each.
func mostShelved() int { return max(3, runtime.GOMAXPROCS(0)) }

// compiled is what a run compiles: its programs, and the store that they take weights from and give
// them to. On the shelf the store has no values.
type compiled struct {
	key      string // what names the graphs; empty where nobody else may have them
	backend  compute.Backend
	store    *model.Store
	made     Snapshot         // first values that the graphs came with, which are not drawn
	replicas *replicas        // the weights on further devices
	programs []program        // one a phase
	ran      map[program]bool // those that are compiled, as they have run
	scorer   *scorer          // nil without validation data
	scores   bool             // the scorer is compiled, of what lies on the shelf
}

// shelf is the process'. What lies on it is nobody's, so two runs at once never share programs.
var shelf struct {
	mu   sync.Mutex
	kept []*compiled
}

// graphs names all that the graphs of a run depend on; empty where its problem says too little.
func (p Problem) graphs(r Recipe) string {
	if p.Alike == "" || generator(p.Store) == nil {
		return ""
	}
	r.Seed, r.Epochs, r.LearningRate, r.WarmUp, r.EarlyStop, r.KeepBest = 0, 0, 0, 0, 0, false // inputs of a program, or nothing to it
	order := roomFor(p.stepsPerWindow(r) * r.Batch)
	return fmt.Sprintf("%s %+v %d %d %v %v", p.Alike, r, p.EpochsPerPhase, order, roomsOf(p.Data), roomsOf(p.Validation))
}

func roomsOf(sets []*tensors.Tensor) []string {
	all := make([]string, len(sets))
	for i, t := range sets {
		all[i] = roomy(t.Shape()).String()
	}
	return all
}

// shelved is the place of what lies on the shelf for graphs on a backend, below 0 where nothing
// does. The shelf must be locked.
func shelved(backend compute.Backend, key string) int {
	return slices.IndexFunc(shelf.kept, func(c *compiled) bool { return c.key == key && c.backend == backend })
}

// onShelf tells whether something lies there for graphs on a backend.
func onShelf(backend compute.Backend, key string) bool {
	shelf.mu.Lock()
	defer shelf.mu.Unlock()
	return shelved(backend, key) >= 0
}

// fromShelf takes what lies there for graphs on a backend, nil where nothing does.
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
	c := shelf.kept[i]
	shelf.kept = slices.Delete(shelf.kept, i, i+1)
	return c
}

// shelve lays it on the shelf, without the weights.
func (c *compiled) shelve() error {
	c.replicas.release()
	for v := range c.store.IterVariables() {
		if err := v.Reset(); err != nil {
			return err
		}
	}
	shelf.mu.Lock()
	shelf.kept = append(shelf.kept, c)
	var old []*compiled
	if n := len(shelf.kept) - mostShelved(); n > 0 {
		old = slices.Clone(shelf.kept[:n])
		shelf.kept = slices.Delete(shelf.kept, 0, n)
	}
	shelf.mu.Unlock()
	for _, c := range old {
		c.finalize()
	}
	return nil
}

// finalize releases what nobody will use. The backend may have been closed in the meantime, and
// with it what there is to release.
func (c *compiled) finalize() {
	_ = Catch(func() {
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

// takeOver gives the store of what was compiled the values of another, and first values to what has
// none.
func (c *compiled) takeOver(store *model.Store) error {
	given, err := Take(store, false)
	if err != nil {
		return err
	}
	for _, values := range []Snapshot{given, c.made} {
		if err := values.Restore(c.store); err != nil {
			return err
		}
	}
	return initialise(c.store)
}

// copied is a store with copies of what another holds.
func copied(store *model.Store) (*model.Store, error) {
	own := model.NewStore()
	for v := range store.IterVariables() {
		value, err := copyOf(v)
		if err != nil {
			return nil, err
		}
		copy, err := own.CreateVariable(v.Path(), value) // Variable.CloneToStore of GoMLX v0.28 leaves out the store, which SPMD then misses
		if err != nil {
			return nil, err
		}
		copy.SetTrainable(v.Trainable)
	}
	return own, nil
}
