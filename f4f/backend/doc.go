// Package backend opens the compute backend that flows run on: XLA on an NVIDIA GPU, XLA on the
// CPU, or GoMLX's backend in plain Go. It picks the first of these that works on this machine.
//
//	b, err := backend.Open(ctx, "")
//	if err != nil {
//		return err
//	}
//	if b.Info.Note != "" {
//		log.Print(b.Info.Note) // for instance: the Go backend is in use, why, and how to get XLA
//	}
//	exec := graph.MustNewExec(b.Backend, …)
//
// An explicit choice is obeyed or fails. It is the argument of Open, or else the environment
// variable GOMLX_BACKEND. The choices are "xla" (CUDA if there is a GPU, else the CPU), "xla:cpu",
// "xla:cuda", "xla:/path/to/plugin.so", and "go".
//
// XLA comes as a plugin, a shared library with the PJRT C API, that go-xla loads when the program
// runs. Open looks for a plugin in PJRT_PLUGIN_LIBRARY_PATH, in go-xla's default folders and in the
// user's cache folder. If there is none, it fetches the release that go-xla's installer names. If
// that fails, on linux/amd64, it downloads a wheel pinned by its hash with the pip of the installed
// Python, and unpacks the plugin into the user's cache folder. This happens once; afterwards Open
// takes a fraction of a second. Without a network Open gives up on XLA within seconds, says so in
// Info.Note, and doesn't try again for ten minutes. Use WithProgress to show the download.
//
// On Linux, the programs that XLA compiles are kept on disk, and later processes load them. They
// are kept in the folder that F4F_PROGRAMS names, or else in the user's cache folder;
// F4F_PROGRAMS=off keeps none. The folder holds at most 2 GiB; the programs unused for longest go
// first. A program is loaded only if everything is equal that its machine code depends on: graph,
// options, plugin, devices, XLA_FLAGS and XLA_DEBUG_OPTIONS, the processor's model and features,
// the number of processors that the process may use, and the GPU's driver. The folder must belong
// to the user and be writable by nobody else. A file that can't be used is set aside and its
// program compiled again. If nothing can be kept, programs are compiled every time. Both are logged
// once, by log/slog.
//
// XLA reads XLA_FLAGS when its plugin is first opened. To those of the pinned plugin Open adds one
// that speeds up small sums, unless the same option is set; the environment is left as it was. On
// Linux, a program may also have its products of matrices spread over processors: it asks for that by
// the name that the backend's method Spread returns.
//
// XLA needs cgo. A program built without cgo gets the Go backend and a note.
package backend
