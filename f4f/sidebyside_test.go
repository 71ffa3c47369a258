package f4f

import (
	"runtime"
	"testing"

	"github.com/flowsforflows/flows/data"
)

func TestFlowsSideBySideLeaveAProcessorForEachDevice(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	one := Base(data.Ring())
	for name, test := range map[string]struct {
		plans []Plan[*Density]
		want  int
	}{
		"two processors each": {[]Plan[*Density]{one, one.Seed(1)}, 4},
		"one each":            {[]Plan[*Density]{one.Devices(1), one.Batch(64)}, 8},
		"the most counts":     {[]Plan[*Density]{one.Devices(1), one.Devices(4)}, 2},
		"more than there are": {[]Plan[*Density]{one.Devices(16)}, 1},
		"the Go backend":      {[]Plan[*Density]{one.Backend("go")}, 8},
	} {
		if got := processorsFor(test.plans); got != test.want {
			t.Errorf("%s: %d at once, want %d", name, got, test.want)
		}
	}
}
