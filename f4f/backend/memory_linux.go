//go:build cgo

package backend

/*
#include <malloc.h>
#include <stdlib.h>

// XLA's compiler runs in threads, and by itself glibc gives each of them an arena of its own, where
// what it frees is neither given back nor found by others: a process that fitted ten small flows
// held 1,400 MB so. With two arenas a step takes no longer, as it does with one. Once a second
// thread has allocated it is too late to say so, hence a constructor. Whoever sets MALLOC_ARENA_MAX
// or GLIBC_TUNABLES has decided already.
__attribute__((constructor)) static void few_arenas(void) {
#ifdef M_ARENA_MAX // glibc alone
	if (!getenv("MALLOC_ARENA_MAX") && !getenv("GLIBC_TUNABLES")) {
		mallopt(M_ARENA_MAX, 2);
	}
#endif
}

static void trim(void) {
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
*/
import "C"

// GiveBack returns to the system what XLA has freed, which the C library would keep: some hundred
// MB after a fit. It takes milliseconds.
func GiveBack() { C.trim() }
