// Package nflows reads and writes the state dicts of nflows and flows4flows, as safetensors files:
// their names, the order of their hidden units, and their masks.
package nflows
