// Package testenv gives tests what they need of the machine: processes of the test's own binary, a
// full disk, a user without the superuser's rights. It imports only the standard library, so that
// the tests of every package may import it.
package testenv
