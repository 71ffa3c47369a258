package engine

import "testing"

func TestOnlyDevicesWithAMemoryOfTheirOwnGetLargerChunks(t *testing.T) {
	for name, test := range map[string]struct {
		n, dim int
		shares bool
		want   int
	}{
		"few":                        {256, 2, false, 256},
		"some":                       {257, 2, false, 8192},
		"some, on a CPU":             {257, 2, true, 256},
		"several, on a CPU":          {2049, 2, true, 8192},
		"a CPU":                      {1_000_000, 2, true, 8192},
		"a GPU":                      {8193, 2, false, 131_072},
		"a GPU, and points too wide": {1_000_000, 64, false, 8192},
	} {
		if got := chunkOf(test.n, test.dim, test.shares); got != test.want {
			t.Errorf("%s: a chunk has %d points, want %d", name, got, test.want)
		}
	}
}
