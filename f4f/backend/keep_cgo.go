//go:build cgo && linux

package backend

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// These are the needed parts of XLA's pjrt_c_api.h, major version 0. Fields are only ever added to
// these structures, at their ends.
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
// Every function that returns one property of an object takes this structure, or its beginning:
// without the length, or without length and result.
typedef struct { size_t size; void *extension, *of, *result; size_t length; } question;
enum { with_length = sizeof(question), with_result = offsetof(question, length), with_nothing = offsetof(question, result) };

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
// can reports whether a table has all functions that are called here. A table of an older interface
// is too small.
static int can(table *t) {
	static const int needed[] = {error_destroy, error_message, client_platform_version, client_devices, client_compile, description_kind, device_description,
		executable_destroy, executable_serialize, get_executable, load};
	if (t->size < sizeof(table) + (load + 1) * sizeof(function *)) return 0;
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) if (!t->functions[needed[i]]) return 0;
	return 1;
}
static void *call(table *t, int number, void *args) { return t->functions[number](args); }
// The functions on errors return nothing.
static void tell(table *t, int number, void *args) { ((void (*)(void *))t->functions[number])(args); }
static void release(serialize_args *args) { if (args->release) args->release(args->owner); }
*/
import "C"

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/gomlx/go-xla/pjrt"

	"github.com/flowsforflows/flows/f4f/backend/programs"
)

// keeper keeps the compiled programs of one plugin on disk, and adds the option of programs that ask
// for it (see Spread). go-xla gets a copy of the plugin's table of functions in which
// PJRT_Client_Compile is replaced by ours.
type keeper struct {
	plugin  *C.table
	folder  *programs.Folder
	machine []byte                 // see machineCode
	flags   []byte                 // see xlaFlagsAndFile; as they were when the plugin was opened
	digest  func() ([]byte, error) // of the plugin's file; nil if programs aren't kept, and there is no folder

	mu    sync.Mutex
	under map[programs.Key]*sync.Mutex // held while a key's program is loaded or compiled
	stop  bool                         // the plugin can't serialise, or the folder can't be written
}

// keepers are indexed by slot, because a callback from C knows only its slot. intercepted are the
// plugins seen so far, by file: whether they have a keeper. Both change only inside the gate.
var (
	keepers     [len(C.slots)]*keeper
	intercepted = map[string]bool{}
)

// loaded counts programs that were loaded from disk. compiled counts those that were compiled
// although programs are kept.
var loaded, compiled atomic.Int64

// errUnusable is the error of a plugin that can't be loaded.
var errUnusable = errors.New("the plugin cannot be loaded")

// keepPrograms makes the plugin at path keep the programs that it compiles from now on. If that is
// impossible it logs why, once, and the plugin compiles as usual. It reports whether the plugin has a
// keeper. The caller is inside the gate.
func keepPrograms(path string) bool {
	if has, seen := intercepted[path]; seen {
		return has
	}
	folder, err := programs.OpenDefault() // nil if F4F_PROGRAMS is off
	failure := interceptCompile(path, folder)
	if failure != nil && folder != nil {
		_ = folder.Close()
	}
	if errors.Is(failure, errUnusable) { // go-xla reports the reason; the file may have changed when it is opened again
		return false
	}
	intercepted[path] = failure == nil
	if folder != nil {
		err = failure
	}
	if err != nil {
		warnOnce(fmt.Sprintf("Compiled programs are not kept on disk, so that every process compiles anew: %v", err))
	}
	return failure == nil
}

// interceptCompile registers the plugin at path a second time under that path, with our compile
// function.
//
// go-xla v0.4.1 does this without its lock, so no other goroutine may open a plugin through go-xla
// itself meanwhile. Ours are inside the gate.
func interceptCompile(path string, folder *programs.Folder) error {
	slot := slices.Index(keepers[:], nil)
	if slot < 0 {
		return fmt.Errorf("the programs of at most %d plugins are kept", len(keepers))
	}
	machine, err := machineCode()
	if err != nil {
		return err
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	plugin := (*C.table)(C.open_plugin(name))
	if plugin == nil {
		return errUnusable
	}
	if plugin.version.major != 0 || C.can(plugin) == 0 {
		return fmt.Errorf("the plugin %s must have all functions of PJRT's interface, version 0, up to PJRT_Executable_DeserializeAndLoad", path)
	}
	// go-xla must load the plugin first, because it tells the CUDA plugin by XLA_FLAGS where
	// NVIDIA's libraries are.
	if _, err := pjrt.GetPlugin(path); err != nil {
		return errUnusable
	}
	flags, err := xlaFlagsAndFile()
	if err != nil {
		return err
	}
	table := C.with_slot(plugin, C.int(slot))
	if table == nil {
		return errors.New("there is no memory left")
	}
	k := &keeper{plugin: plugin, folder: folder, machine: machine, flags: flags, under: map[programs.Key]*sync.Mutex{}}
	if folder != nil {
		k.digest = fileDigest(path, folder)
	}
	keepers[slot] = k
	if err := pjrt.RegisterPreloadedPlugin(path, uintptr(unsafe.Pointer(table))); err != nil { // go-xla continues with the plugin that it has loaded
		keepers[slot] = nil
		C.free(unsafe.Pointer(table))
		return err
	}
	return nil
}

// compile implements PJRT_Client_Compile. A plugin that doesn't know the option of a program that is
// to be spread compiles it without.
func (k *keeper) compile(pointer unsafe.Pointer) (failure unsafe.Pointer) {
	restore := spread((*C.compile_args)(pointer))
	failure = k.obtain(pointer)
	if restore == nil {
		return failure
	}
	restore()
	if failure == nil {
		return nil
	}
	_ = k.failure(failure)
	return k.obtain(pointer)
}

// obtain loads a program from disk, or else compiles it and keeps it. If anything goes wrong with the
// files, the plugin compiles as usual.
func (k *keeper) obtain(pointer unsafe.Pointer) (failure unsafe.Pointer) {
	if k.digest == nil {
		return k.call(C.client_compile, pointer)
	}
	args := (*C.compile_args)(pointer)
	var key programs.Key
	if err := recovered(func() (err error) {
		key, err = k.key(args)
		return err
	}); err != nil {
		warnOnce(fmt.Sprintf("Compiled programs are not kept on disk: %v", err))
		return k.call(C.client_compile, pointer)
	}
	defer k.lock(key)()
	found := false
	if err := recovered(func() error {
		found = k.load(args, key)
		return nil
	}); err != nil {
		warnOnce(fmt.Sprintf("A kept program could not be looked up, and is compiled anew: %v", err))
	}
	if found {
		loaded.Add(1)
		return nil
	}
	if failure := k.call(C.client_compile, pointer); failure != nil {
		return failure
	}
	compiled.Add(1)
	k.keep(args.executable, key)
	return nil
}

// spread adds the option to args if their program asks for it. restore puts back the options as they
// were; it is nil if nothing was added.
func spread(args *C.compile_args) (restore func()) {
	if !isSpread(bytesAt(args.program.code, args.program.length)) {
		return nil
	}
	before, length := args.options, args.options_length
	options := withSpread(bytesAt(before, length))
	own := C.CBytes(options)
	args.options, args.options_length = (*C.char)(own), C.size_t(len(options))
	return func() {
		args.options, args.options_length = before, length
		C.free(unsafe.Pointer(own))
	}
}

// recovered returns the error of f, or its panic as an error. No panic may pass through the C code
// that has called compile.
func recovered(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return f()
}

// lock lets one goroutine at a time load or compile the program of a key.
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

// key returns the key of the program that compiling args gives.
func (k *keeper) key(args *C.compile_args) (key programs.Key, err error) {
	p := args.program
	if args.size < C.size_t(unsafe.Sizeof(*args)) || p.size < C.size_t(unsafe.Sizeof(*p)) || args.extension != nil || p.extension != nil {
		return key, errors.New("PJRT_Client_Compile was called with arguments of an unknown version")
	}
	c := compilation{
		program: bytesAt(p.code, p.length), format: bytesAt(p.format, p.format_length), options: bytesAt(args.options, args.options_length),
		machine: k.machine, flagsThen: k.flags, debug: []byte(os.Getenv(pjrt.EnvXlaDebugOptions)),
	}
	if c.flags, err = xlaFlagsAndFile(); err != nil {
		return key, err
	}
	if c.compiler, err = k.digest(); err != nil {
		return key, err
	}
	platform, err := k.ask(C.client_platform_version, args.client, C.with_length)
	if err != nil {
		return key, err
	}
	c.platform = textOf(platform)
	devices, err := k.ask(C.client_devices, args.client, C.with_length)
	if err != nil {
		return key, err
	}
	c.devices = fmt.Appendf(nil, "%d devices", devices.length)
	for _, device := range unsafe.Slice((*unsafe.Pointer)(devices.result), devices.length) {
		description, err := k.ask(C.device_description, device, C.with_result)
		if err != nil {
			return key, err
		}
		kind, err := k.ask(C.description_kind, description.result, C.with_length)
		if err != nil {
			return key, err
		}
		c.devices = append(append(c.devices, ' '), textOf(kind)...)
	}
	return c.key(), nil
}

// load loads the program of a key into args, and reports whether there was one.
func (k *keeper) load(args *C.compile_args, key programs.Key) bool {
	content, err := k.folder.Get(key)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			warnOnce(fmt.Sprintf("A compiled program in %s was not used, and is compiled anew: %v", k.folder.Path(), err))
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
		warnOnce(fmt.Sprintf("XLA could not load a compiled program from %s, which is compiled anew: %v", k.folder.Path(), err))
		return false
	}
	args.executable = own.executable
	return true
}

// keep writes a compiled program to disk. If that fails it logs the error, and nothing is kept from
// then on.
func (k *keeper) keep(executable unsafe.Pointer, key programs.Key) {
	k.mu.Lock()
	stop := k.stop
	k.mu.Unlock()
	if stop {
		return
	}
	err := recovered(func() error { return k.put(executable, key) })
	if err == nil {
		return
	}
	k.mu.Lock()
	k.stop = true
	k.mu.Unlock()
	warnOnce(fmt.Sprintf("Compiled programs are no longer kept on disk, so that other processes compile them anew: %v", err))
}

// put serialises a compiled program and puts it into the folder.
func (k *keeper) put(executable unsafe.Pointer, key programs.Key) error {
	portable, err := k.ask(C.get_executable, executable, C.with_result)
	if err != nil {
		return err
	}
	defer k.ask(C.executable_destroy, portable.result, C.with_nothing)
	args := C.serialize_args{executable: portable.result}
	args.size = C.size_t(unsafe.Sizeof(args))
	if failure := k.call(C.executable_serialize, unsafe.Pointer(&args)); failure != nil {
		return fmt.Errorf("this plugin cannot serialise them: %w", k.failure(failure))
	}
	defer C.release(&args)
	return k.folder.Put(key, bytesAt(args.bytes, args.length))
}

// call calls a function of the plugin. It returns an error of the plugin, or nil.
func (k *keeper) call(number C.int, args unsafe.Pointer) unsafe.Pointer {
	return C.call(k.plugin, number, args)
}

// ask asks the plugin for one property of an object. size says whether the answer has a length:
// with_length, with_result or with_nothing.
func (k *keeper) ask(number C.int, of unsafe.Pointer, size C.size_t) (C.question, error) {
	q := C.question{size: size, of: of}
	if failure := k.call(number, unsafe.Pointer(&q)); failure != nil {
		return q, k.failure(failure)
	}
	return q, nil
}

// textOf returns an answer that is text, without copying it.
func textOf(q C.question) []byte { return bytesAt((*C.char)(q.result), q.length) }

// failure converts an error of the plugin into a Go error, and frees it.
func (k *keeper) failure(failure unsafe.Pointer) error {
	message := C.question{size: C.with_length, of: failure}
	C.tell(k.plugin, C.error_message, unsafe.Pointer(&message))
	err := errors.New(string(textOf(message)))
	destroy := C.question{size: C.with_nothing, of: failure}
	C.tell(k.plugin, C.error_destroy, unsafe.Pointer(&destroy))
	return err
}

// bytesAt returns memory of C as a slice, without copying it.
func bytesAt(at *C.char, length C.size_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(at)), length)
}
