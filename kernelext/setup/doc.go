// Package setup makes everything that a notebook needs on a machine with Go and Python 3 alone:
// Jupyter in a virtual environment of its own, the Go kernel GoNB with this module at hand, and
// XLA.
//
//	env, err := setup.Prepare(ctx, setup.Options{Progress: func(e setup.Event) { log.Print(e.Step, " ", e.Text) }})
//	if err != nil {
//		return err
//	}
//	err = env.Python(ctx, "-m", "jupyterlab").Run()
//
// All of it goes into the user's cache folder, and nowhere else: kernels and settings that the user
// has in Jupyter stay as they are, and the new kernel is seen only by what Environment.Python
// starts. Three steps make it:
//
//	Jupyter   a virtual environment with the parts that requirements.txt pins, one for each version of the pins and of Python
//	GoNB      gonb, goimports and gopls, built at the versions in this module's go.mod, and a kernel that runs them on this checkout
//	XLA       the plugin that package f4f/backend finds or fetches; without it the notebooks run, slower
//
// A step that is done is not done again. One that was interrupted is done anew, since the stamp
// that marks it done is written last. Of two programs at once, one does the step and the other
// waits.
//
// # A Jupyter that is there already
//
// Register makes the kernel known to one, in whatever environment it is, and RegisterForUser to all
// that the user has. They do the steps GoNB and XLA alone. Jupyter, and VS Code likewise, looks for
// kernels in these folders, each with a folder kernels in it:
//
//	$JUPYTER_PATH                                 whatever it names
//	~/.local/share/jupyter, ~/Library/Jupyter     the user's, on Linux and macOS, or $JUPYTER_DATA_DIR: where RegisterForUser puts it
//	ENVIRONMENT/share/jupyter                     that of a virtual or conda environment: where Register puts it
//	/usr/local/share/jupyter, /usr/share/jupyter  the machine's
//
// VS Code knows the environments that its Python extension has found. What is registered is a
// description that names programs in the cache folder and this checkout: both must stay where they
// are.
//
// # Away with it
//
// Parts are all that set-ups have left, registered kernels included, and Remove removes them.
package setup
