//go:build cgo

package backend

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// What of XLA's pjrt_c_api.h, of major version 0, is needed here. Fields are only ever added to these structures, at their ends.
typedef void *function(void *args);
typedef struct {
	size_t size;
	void *extension;
	struct { size_t size; void *extension; int major, minor; } version;
	function *functions[];
} table;
typedef struct { size_t size; void *extension; char *code; size_t length; char *format; size_t format_length; } program;
typedef struct { size_t size; void *extension, *client; program *program; char *options; size_t options_length; void *executable; } compile_args;
typedef struct { size_t size; void *extension, *executable; char *bytes; size_t length; void *owner; void (*release)(void *); } serialize_args;
typedef struct { size_t size; void *extension, *client; char *bytes; size_t length; void *executable; char *options; size_t options_length; } load_args;
// All functions that tell one thing of an object take this, or the beginning of it.
typedef struct { size_t size; void *extension, *of, *result; size_t length; } question;

// positions in the table
enum { error_destroy = 0, error_message = 1, client_platform_version = 14, client_devices = 15, client_compile = 20, description_kind = 26, device_description = 29,
	executable_destroy = 40, executable_serialize = 49, get_executable = 51, load = 56 };

extern void *f4fCompile(int slot, void *args);
static void *compile_0(void *args) { return f4fCompile(0, args); }
static void *compile_1(void *args) { return f4fCompile(1, args); }
static void *compile_2(void *args) { return f4fCompile(2, args); }
static void *compile_3(void *args) { return f4fCompile(3, args); }
static function *const slots[] = {compile_0, compile_1, compile_2, compile_3};

static void *open_plugin(const char *path) {
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	table *(*get)(void) = library ? (table *(*)(void))dlsym(library, "GetPjrtApi") : NULL;
	return get ? get() : NULL;
}
static table *with_slot(table *own, int slot) {
	table *copy = malloc(own->size);
	if (copy) {
		memcpy(copy, own, own->size);
		copy->functions[client_compile] = slots[slot];
	}
	return copy;
}
static void *call(table *t, int number, void *args) { return t->functions[number](args); }
static void release(serialize_args *args) { args->release(args->owner); }
*/
import "C"

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"unsafe"

	"github.com/gomlx/go-xla/pjrt"

	"github.com/flowsforflows/flows/f4f/backend/programs"
)

// keeper is a plugin whose compiled programs are kept on disk. go-xla is given a copy of the plugin's table of functions in which one is ours: PJRT_Client_Compile.
type keeper struct {
	plugin  *C.table
	folder  *programs.Folder
	machine []byte                 // what machine code depends on beyond program, options and devices
	digest  func() ([]byte, error) // of the plugin's file

	mu    sync.Mutex
	under map[programs.Key]*sync.Mutex // held while a key's program is loaded or compiled
	stop  bool                         // the plugin cannot serialise, or the folder cannot be written
}

// keepers are by slot: a callback from C tells its slot alone. keptPlugins are the plugins that were seen, by file. Both change inside the gate only.
var (
	keepers     [len(C.slots)]*keeper
	keptPlugins = map[string]bool{}
)

// keepPrograms has the programs that the plugin at path compiles from now on kept on disk. Where they cannot be it says why, once, and the plugin compiles as ever. The caller is inside the gate.
func keepPrograms(path string) {
	if keptPlugins[path] {
		return
	}
	keptPlugins[path] = true
	folder, err := openPrograms()
	if folder == nil && err == nil {
		return // F4F_PROGRAMS is off
	}
	if err == nil {
		err = interceptCompile(path, folder)
	}
	if err != nil {
		tellOnce(fmt.Sprintf("Compiled programs are not kept on disk, so that every process compiles anew: %v", err))
	}
}

// interceptCompile registers the plugin at path, with a compile of ours, under that path.
func interceptCompile(path string, folder *programs.Folder) error {
	slot := len(keptPlugins) - 1
	if slot >= len(keepers) {
		return fmt.Errorf("%d plugins have theirs kept already", len(keepers))
	}
	machine, err := machineCode()
	if err != nil {
		return err
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	plugin := (*C.table)(C.open_plugin(name))
	if plugin == nil {
		return nil // go-xla will say what is wrong with it
	}
	if major, functions := plugin.version.major, (plugin.size-C.size_t(unsafe.Sizeof(*plugin)))/C.size_t(unsafe.Sizeof(uintptr(0))); major != 0 || functions <= C.load {
		return fmt.Errorf("the plugin %s must have version 0 of PJRT's interface and more than %d functions, got version %d and %d", path, C.load, major, functions)
	}
	k := &keeper{plugin: plugin, folder: folder, machine: machine, digest: fileDigest(path), under: map[programs.Key]*sync.Mutex{}}
	table := C.with_slot(plugin, C.int(slot))
	if table == nil {
		return errors.New("there is no memory left")
	}
	keepers[slot] = k
	return pjrt.RegisterPreloadedPlugin(path, uintptr(unsafe.Pointer(table)))
}

// compile is PJRT_Client_Compile: it loads the program from disk, or else compiles and keeps it.
func (k *keeper) compile(pointer unsafe.Pointer) unsafe.Pointer {
	args := (*C.compile_args)(pointer)
	key, err := k.key(args)
	if err != nil {
		tellOnce(fmt.Sprintf("Compiled programs are not kept on disk: %v", err))
		return k.call(C.client_compile, pointer)
	}
	defer k.lock(key)()
	if k.load(args, key) {
		return nil
	}
	if failure := k.call(C.client_compile, pointer); failure != nil {
		return failure
	}
	k.keep(args.executable, key)
	return nil
}

// lock has one goroutine at a time load or compile the program of a key.
func (k *keeper) lock(key programs.Key) (unlock func()) {
	k.mu.Lock()
	own := k.under[key]
	if own == nil {
		own = new(sync.Mutex)
		k.under[key] = own
	}
	k.mu.Unlock()
	own.Lock()
	return own.Unlock
}

// key names what the program in args compiles into.
func (k *keeper) key(args *C.compile_args) (key programs.Key, err error) {
	digest, err := k.digest()
	if err != nil {
		return key, err
	}
	version, err := k.ask(C.client_platform_version, args.client, true)
	if err != nil {
		return key, err
	}
	devices, err := k.ask(C.client_devices, args.client, true)
	if err != nil {
		return key, err
	}
	kinds := []byte(fmt.Sprintf("%d devices", devices.length))
	for _, device := range unsafe.Slice((*unsafe.Pointer)(devices.result), devices.length) {
		description, err := k.ask(C.device_description, device, false)
		if err != nil {
			return key, err
		}
		kind, err := k.ask(C.description_kind, description.result, true)
		if err != nil {
			return key, err
		}
		kinds = append(append(kinds, ' '), textOf(kind)...)
	}
	p := args.program
	return programs.KeyOf(
		bytesAt(p.code, p.length), bytesAt(p.format, p.format_length), bytesAt(args.options, args.options_length),
		digest, textOf(version), kinds, k.machine, []byte(os.Getenv("XLA_FLAGS")), []byte(os.Getenv(pjrt.EnvXlaDebugOptions)),
	), nil
}

// load loads the program of a key into args, and tells whether there was one.
func (k *keeper) load(args *C.compile_args, key programs.Key) bool {
	content, err := k.folder.Get(key)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			tellOnce(fmt.Sprintf("A compiled program in %s was not used, and is compiled anew: %v", k.folder.Path(), err))
		}
		return false
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pinner.Pin(unsafe.SliceData(content))
	own := C.load_args{client: args.client, bytes: (*C.char)(unsafe.Pointer(unsafe.SliceData(content))), length: C.size_t(len(content))}
	own.size = C.size_t(unsafe.Sizeof(own))
	if failure := k.call(C.load, unsafe.Pointer(&own)); failure != nil {
		err := errors.Join(k.failure(failure), k.folder.SetAside(key))
		tellOnce(fmt.Sprintf("XLA could not load a compiled program from %s, which is compiled anew: %v", k.folder.Path(), err))
		return false
	}
	args.executable = own.executable
	return true
}

// keep puts a compiled program on disk. Whatever goes wrong is told once, and nothing is kept from then on.
func (k *keeper) keep(executable unsafe.Pointer, key programs.Key) {
	k.mu.Lock()
	stop := k.stop
	k.mu.Unlock()
	if stop {
		return
	}
	err := k.put(executable, key)
	if err == nil {
		return
	}
	k.mu.Lock()
	k.stop = true
	k.mu.Unlock()
	tellOnce(fmt.Sprintf("Compiled programs are no longer kept on disk, so that other processes compile them anew: %v", err))
}

func (k *keeper) put(executable unsafe.Pointer, key programs.Key) error {
	portable, err := k.ask(C.get_executable, executable, false)
	if err != nil {
		return err
	}
	defer k.ask(C.executable_destroy, portable.result, false)
	args := C.serialize_args{executable: portable.result}
	args.size = C.size_t(unsafe.Sizeof(args))
	if failure := k.call(C.executable_serialize, unsafe.Pointer(&args)); failure != nil {
		return fmt.Errorf("this plugin cannot serialise them: %w", k.failure(failure))
	}
	defer C.release(&args)
	return k.folder.Put(key, bytesAt(args.bytes, args.length))
}

// call calls a function of the plugin's own. Its result is an error of the plugin's, or nil.
func (k *keeper) call(number C.int, args unsafe.Pointer) unsafe.Pointer {
	return C.call(k.plugin, number, args)
}

// ask asks the plugin one thing of an object; long says that the answer has a length.
func (k *keeper) ask(number C.int, of unsafe.Pointer, long bool) (C.question, error) {
	q := C.question{of: of}
	if q.size = C.size_t(unsafe.Sizeof(q)); !long {
		q.size -= C.size_t(unsafe.Sizeof(q.length))
	}
	if failure := k.call(number, unsafe.Pointer(&q)); failure != nil {
		return q, k.failure(failure)
	}
	return q, nil
}

// textOf is an answer that is text, not a copy.
func textOf(q C.question) []byte { return bytesAt((*C.char)(q.result), q.length) }

// failure is an error of the plugin's as one of Go's.
func (k *keeper) failure(failure unsafe.Pointer) error {
	q := C.question{of: failure}
	q.size = C.size_t(unsafe.Sizeof(q))
	k.call(C.error_message, unsafe.Pointer(&q))
	err := errors.New(string(bytesAt((*C.char)(q.result), q.length)))
	q = C.question{of: failure}
	q.size = C.size_t(unsafe.Sizeof(q.size)) * 3
	k.call(C.error_destroy, unsafe.Pointer(&q))
	return err
}

// bytesAt is C's memory as a slice, not a copy.
func bytesAt(at *C.char, length C.size_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(at)), length)
}
