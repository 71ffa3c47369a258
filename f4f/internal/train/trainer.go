package train

import (
	"slices"

	"github.com/gomlx/compute"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/f4f/backend"
	"github.com/flowsforflows/flows/f4f/fit"
	"github.com/flowsforflows/flows/f4f/internal/engine"
	"github.com/flowsforflows/flows/f4f/internal/entry"
	"github.com/flowsforflows/flows/f4f/internal/flowfile"
	"github.com/flowsforflows/flows/f4f/plan"
)

// Trainer trains one flow and keeps it in the store.
type Trainer struct {
	Place       Place
	Recipe      plan.Recipe
	entry       entry.Entry
	name        string
	fingerprint string
	Backend     *backend.Backend
	events      func(fit.Event)
	notes       []string       // to send with the next event
	Kept        flowfile.Notes // notes to keep with the flow

	Spec      any                // the spec that the flow's file will hold
	Objective func() fit.Problem // builds the problem without data and weights
	// Subject builds the flow with these weights on a backend, for glimpses of this many points.
	Subject func(b compute.Backend, weights fit.Snapshot, points int) (*Subject, error)
	state   *fit.State // the state reached
}

// Subject is a flow as glimpses show it.
type Subject struct {
	Engine *engine.Engine
	Make   func() (data.Points, error) // what the flow makes with the weights that Engine holds
	Target data.Points
}

// Note adds a note on the flow or its data to the next event, and keeps it with the flow.
func (t *Trainer) Note(text string) {
	if t.keepNote(text) {
		t.passing(text)
	}
}

// keepNote keeps a note with the flow, and reports whether it is new.
func (t *Trainer) keepNote(text string) bool {
	if text == "" || slices.Contains(t.Kept.Flow, text) {
		return false
	}
	t.Kept.Flow = append(t.Kept.Flow, text)
	return true
}

// passing adds a note to the next event without keeping it with the flow, because it concerns this
// fit alone.
func (t *Trainer) passing(text string) {
	if text != "" {
		t.notes = append(t.notes, text)
	}
}

// History returns the state reached, without tensors.
func (t *Trainer) History() *fit.State {
	h := *t.state
	h.Weights, h.Best, h.Kept = nil, nil, nil
	return &h
}

// origin returns what the flow's file will hold besides plan and weights.
func (t *Trainer) origin() flowfile.Origin {
	return flowfile.Origin{History: t.History(), Fingerprint: t.fingerprint, Notes: t.Kept}
}

// event sends an event with the notes that wait to be sent. The notes of the last event of a
// training are kept with the flow.
func (t *Trainer) event(e fit.Event) {
	e.Flow = t.name
	if e.Done {
		for _, note := range e.Notes {
			t.keepNote(note)
		}
	}
	e.Notes = append(e.Notes, t.notes...)
	t.notes = nil
	t.events(e)
}
