//go:build cgo

package memory

/*
#include <malloc.h>
#include <stdlib.h>

// XLA's compiler runs in threads. By default glibc gives each thread an arena of its own, and
// memory freed there is neither returned to the system nor reused by other threads: a process that
// fitted ten small flows held 1,400 MB. With two arenas a step takes no longer; with one it does.
// The limit must be set before a second thread allocates, hence a constructor. MALLOC_ARENA_MAX and
// GLIBC_TUNABLES take precedence.
__attribute__((constructor)) static void few_arenas(void) {
#ifdef M_ARENA_MAX // only in glibc
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

// Trim returns to the system the memory that XLA has freed. The C library would otherwise keep
// it: some hundred MB after a fit. It takes milliseconds.
func Trim() { C.trim() }
