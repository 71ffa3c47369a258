// Package ensemble computes what several flows say together, from what each of them says, and reads
// and writes the file that holds them. It knows no flow.
package ensemble
