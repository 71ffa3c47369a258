package ensemble

import "fmt"

// Each calls a method of each flow, and returns the results in their order.
func Each[F, T any](flows []F, call func(F) (T, error)) ([]T, error) {
	results := make([]T, len(flows))
	for i, flow := range flows {
		var err error
		if results[i], err = call(flow); err != nil {
			return nil, fmt.Errorf("%w (flow %d of %d)", err, i+1, len(flows))
		}
	}
	return results, nil
}

// Changed returns what change makes of each flow.
func Changed[F, G any](flows []F, change func(F) G) []G {
	result := make([]G, len(flows))
	for i, flow := range flows {
		result[i] = change(flow)
	}
	return result
}

// Describe describes an ensemble of a kind by its first flow.
func Describe[F fmt.Stringer](kind string, flows []F) string {
	if len(flows) == 0 {
		return "no " + kind
	}
	return fmt.Sprintf("%s of %d: %s", kind, len(flows), flows[0])
}
