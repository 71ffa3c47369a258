package plan

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// registry holds the choices of one kind by the names that plans and files use: the library's own,
// and those that a program has registered. Its methods may be called from several goroutines.
type registry[T any] struct {
	field    string // name of the plan's field: "layer"
	function string // name of the function that registers user functions: "LayerFunc"

	mu      sync.RWMutex
	entries []registered[T] // in the order in which they were added
}

// registered is one choice of a registry.
type registered[T any] struct {
	name  string
	value T
	own   bool  // registered by the user
	err   error // why it can't be used, or nil
}

// add adds one of the library's own choices and returns its name.
func (r *registry[T]) add(name string, value T) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, registered[T]{name: name, value: value})
	return name
}

// addOwn adds a user's choice, or replaces the one with the same name. It returns the name
// to look it up by. If the name is empty or taken, or the value is nil, get returns the error.
func (r *registry[T]) addOwn(name string, value T, isNil bool) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := registered[T]{name: name, value: value, own: true}
	at := r.find(name)
	switch {
	case name == "" || isNil:
		e.err = fmt.Errorf("a %s needs a name and a function", r.function)
	case at >= 0 && !r.entries[at].own:
		e.err = fmt.Errorf("the name of a %s must differ from %s, which are taken, got %q", r.function, r.names(), name)
	}
	if e.err != nil {
		e.name = fmt.Sprintf("%s(%q)", r.function, name) // a name of its own, under which get finds the error
		at = r.find(e.name)
	}
	if at >= 0 {
		r.entries[at] = e
	} else {
		r.entries = append(r.entries, e)
	}
	return e.name
}

// get returns the choice with a name, and whether it is the user's own. It returns an error if
// there is none.
func (r *registry[T]) get(name string) (value T, own bool, err error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	at := r.find(name)
	if at < 0 {
		known := r.names()
		if known != "" {
			known += ", or "
		}
		return value, false, fmt.Errorf("%s must be %sone that %s has registered before, got %q", r.field, known, r.function, name)
	}
	e := r.entries[at]
	return e.value, e.own, e.err
}

// find returns the index of the entry with a name, or −1.
func (r *registry[T]) find(name string) int {
	return slices.IndexFunc(r.entries, func(e registered[T]) bool { return e.name == name })
}

// names returns the names of the library's own choices, quoted: `"autoregressive" or "coupling"`.
func (r *registry[T]) names() string {
	var quoted []string
	for _, e := range r.entries {
		if !e.own {
			quoted = append(quoted, fmt.Sprintf("%q", e.name))
		}
	}
	return joined(quoted, "or")
}

// joined joins words with commas, and with a conjunction before the last.
func joined(words []string, conjunction string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
