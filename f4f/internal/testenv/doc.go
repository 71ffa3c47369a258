// Package testenv gives tests what they need of the machine: processes of the test's own binary, a
// disk that is full, a user without the superuser's rights. It imports the standard library alone,
// so every package's tests may import it.
package testenv
