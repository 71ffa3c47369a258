package backend

import "testing"

func TestAGPUComputesInFloat32UnlessToldOtherwise(t *testing.T) {
	for options, want := range map[string]string{
		"":                             ",tf32=false",
		",preallocate":                 ",preallocate,tf32=false",
		",tf32=true":                   ",tf32=true",
		",tf32":                        ",tf32",
		",preallocate=true,tf32=false": ",preallocate=true,tf32=false",
	} {
		if got := precise(options); got != want {
			t.Errorf("options %q become %q, want %q", options, got, want)
		}
	}
}

func TestAGPUPicksNoAlgorithmByItsTimeUnlessToldTo(t *testing.T) {
	for flags, want := range map[string]string{
		"":                                 "--xla_gpu_autotune_level=0",
		"--xla_dump_to=/tmp/x":             "--xla_dump_to=/tmp/x --xla_gpu_autotune_level=0",
		"/home/me/flags":                   "/home/me/flags",
		"--xla_gpu_autotune_level=4":       "--xla_gpu_autotune_level=4",
		"--a=b --xla_gpu_autotune_level=2": "--a=b --xla_gpu_autotune_level=2",
	} {
		if got := withoutAutotuning(flags); got != want {
			t.Errorf("flags %q become %q, want %q", flags, got, want)
		}
	}
}
