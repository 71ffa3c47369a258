// Package setup installs what notebooks need on a machine that has only Go and Python 3: Jupyter in
// a virtual environment, the Go kernel GoNB with access to this module, and XLA.
//
//	env, err := setup.Prepare(ctx, setup.Options{Progress: func(e setup.Event) { log.Print(e.Step, " ", e.Text) }})
//	if err != nil {
//		return err
//	}
//	err = env.Python(ctx, "-m", "jupyterlab").Run()
//
// Everything goes into the user's cache folder. The user's own Jupyter kernels and settings stay
// unchanged, and only programs that Environment.Python starts see the new kernel. The set-up has
// three steps:
//
//	Jupyter   a virtual environment with the packages pinned in requirements.txt,
//	          one for each version of the pins and of Python
//	GoNB      gonb, goimports and gopls, built at the versions in this module's go.mod,
//	          and a kernel that runs them on this checkout
//	XLA       the plugin that package f4f/backend finds or downloads;
//	          without it the notebooks run, but slower
//
// A completed step is not repeated. An interrupted step is repeated from the start, because its
// stamp file is written last. If several programs run the same step at once, one does it and the
// others wait.
//
// # Use an existing Jupyter
//
// Register adds the kernel to an existing Jupyter in any environment. RegisterForUser adds it to
// all Jupyters of the user. Both run only the steps GoNB and XLA. Jupyter and VS Code look for
// kernels in the subfolder kernels of these folders:
//
//	$JUPYTER_PATH                                 the folders that it lists
//	~/.local/share/jupyter, ~/Library/Jupyter     the user's, on Linux and macOS, or
//	                                              $JUPYTER_DATA_DIR: RegisterForUser writes here
//	ENVIRONMENT/share/jupyter                     a virtual or conda environment's: Register writes here
//	/usr/local/share/jupyter, /usr/share/jupyter  the system's
//
// VS Code uses the environments that its Python extension has found. A registered kernel is a
// description that refers to programs in the cache folder and to this checkout: neither may be
// moved.
//
// # Uninstall
//
// Parts lists everything that set-ups have installed, including registered kernels. Remove removes
// it.
package setup
