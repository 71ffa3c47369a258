// Package backend finds the compute backend that flows run on: XLA on an NVIDIA GPU, XLA on the
// CPU, or GoMLX's backend in plain Go, the first of them that works on this machine.
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
// An explicit choice, the argument of Open or else the environment variable GOMLX_BACKEND, is
// obeyed or fails. The choices are "xla" (CUDA if there is a GPU, else the CPU), "xla:cpu",
// "xla:cuda", "xla:/path/to/plugin.so", and "go".
//
// XLA comes as a plugin, a shared library with the PJRT C API, that go-xla loads when the program
// runs. Open looks for one in PJRT_PLUGIN_LIBRARY_PATH, in go-xla's default folders and in the
// user's cache folder; else it fetches the release that go-xla's installer names; else, on
// linux/amd64, it downloads a wheel pinned by its hash with the pip of the Python that is there,
// and unpacks the plugin into the user's cache folder. That happens once: from then on Open takes a
// fraction of a second. Without a network Open gives up on XLA within seconds, says so in
// Info.Note, and doesn't try again for ten minutes. WithProgress shows the download to whoever
// waits for it.
//
// On Linux, what XLA compiles is kept on disk, and the next process loads it: in the folder that
// F4F_PROGRAMS names, or else in the user's cache folder; F4F_PROGRAMS=off keeps nothing. The
// folder holds at most 2 GiB, and the programs unused for longest go first. A program is loaded
// only where all is equal that its machine code depends on: graph, options, plugin, devices,
// XLA_FLAGS and XLA_DEBUG_OPTIONS, the processor's model and features, the number of processors
// that the process may use, and the GPU's driver. The folder must be the user's own and writable by
// nobody else. A file that cannot be used is set aside, and its program compiled anew; where
// nothing can be kept, programs are compiled as without. Either is logged once, by log/slog.
//
// XLA needs cgo. A program built without it gets the Go backend and a note.
package backend
