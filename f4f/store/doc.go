// Package store lists, finds and prunes the trained flows that fits keep on disk. Package f4f
// writes them there and loads them again, so fitting the same plan a second time trains nothing.
//
// A store is a folder that holds one folder for each plan. A plan's folder is named after the flow
// and the first 16 digits of the plan's fingerprint. Several processes and machines may share a
// store.
package store

import "github.com/flowsforflows/flows/f4f/internal/entry"

// FolderEnv is the name of the environment variable that sets the store's folder for plans that
// name none.
const FolderEnv = entry.StoreEnv

// Folder returns the store's folder for plans that name none: the value of F4F_STORE, or else a
// folder in the user's cache. It returns an error if F4F_STORE is unset and the user has no cache
// folder.
func Folder() (string, error) { return entry.StoreFolder() }
