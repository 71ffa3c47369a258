package kernelext

import (
	"strings"
	"testing"

	"github.com/flowsforflows/flows/data"
)

func TestMethodsOfNoFlowSaySo(t *testing.T) {
	x := data.Point(1, 2)
	for _, m := range []Method{Moved("none", nil, x, x), Sampled("none", nil, 10)} {
		if _, err := m.To(data.Point(1)); err == nil || !strings.Contains(err.Error(), "there is no flow") {
			t.Errorf("got %v, want an error that there is no flow", err)
		}
	}
}
