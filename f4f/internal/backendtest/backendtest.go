// Package backendtest opens backends for tests.
package backendtest

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/flowsforflows/flows/f4f/backend"
)

// Open opens a backend, and fails the test if it can't. The choice "xla" opens XLA and nothing
// else.
func Open(t testing.TB, choice string) compute.Backend {
	t.Helper()
	b, err := backend.Open(t.Context(), choice)
	if err != nil {
		t.Fatal(err)
	}
	return b.Backend
}
