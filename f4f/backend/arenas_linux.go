//go:build cgo

package backend

/*
#include <malloc.h>
#include <stdlib.h>

// XLA's compiler runs in threads, and by itself glibc gives each of them an arena of its own, where what it frees is neither given back nor found by others: a process
// that fitted ten small flows held 1,060 MB so, and holds 450 MB with a single arena, at the same speed. Once a second thread has allocated it is too late to say so,
// hence a constructor. Whoever sets MALLOC_ARENA_MAX or GLIBC_TUNABLES has decided already.
__attribute__((constructor)) static void single_arena(void) {
#ifdef M_ARENA_MAX // glibc alone
	if (!getenv("MALLOC_ARENA_MAX") && !getenv("GLIBC_TUNABLES")) {
		mallopt(M_ARENA_MAX, 1);
	}
#endif
}
*/
import "C"
