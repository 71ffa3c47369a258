// Package conventions has no code, only tests of what holds for all packages of the module: every
// exported identifier is documented and every type shown by an Example, nothing panics on nil, and
// what MATHEMATICS.md names exists.
package conventions
