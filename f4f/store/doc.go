// Package store lists, finds and prunes the trained flows that fits keep on disk. Package f4f puts
// them there and loads them again by itself: fitting a plan a second time trains nothing.
//
// A store is a folder with one folder for each plan, named after the flow and the first 16 digits of
// the plan's fingerprint. Several processes and machines may share it.
package store

import "github.com/flowsforflows/flows/f4f/internal/entry"

// Variable is the environment variable that names the store's folder where a plan names none.
const Variable = entry.StoreVariable

// Folder returns the store's folder where a plan names none: that of F4F_STORE, else one in the
// user's cache.
func Folder() (string, error) { return entry.StoreFolder() }
