package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// safetensor is a file of a header and a body.
func safetensor(header string, body int) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, body)...)
}

func TestTensorsMustFillTheFileOneAfterAnother(t *testing.T) {
	const a, b = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`, `"b":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}`
	for _, c := range []struct{ name, header, wrong string }{
		{"in order", `{` + a + `,` + b + `}`, ""},
		{"in another order", `{` + b + `,` + a + `}`, ""},
		{"no elements", `{` + a + `,"none":{"dtype":"F32","shape":[3,0],"data_offsets":[8,8]},` + b + `}`, ""},
		{"spaces after the header", `{` + a + `,` + b + `}  `, ""},
		{"overlap", `{` + a + `,"b":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}`, "claims bytes 4 to 16"},
		{"twice the same bytes", `{` + a + `,"c":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},` + b + `}`, "claims bytes 0 to 8"},
		{"hole", `{` + a + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}`, "claims bytes 12 to 16"},
		{"bytes at the end", `{` + a + `}`, "cover 8 of the 16 bytes"},
		{"beyond the end", `{` + a + `,"b":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}}`, "claims bytes 8 to 20"},
		{"backwards", `{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, "claims bytes 8 to 0"},
		{"two of one name", `{` + a + `,` + strings.Replace(b, `"b"`, `"a"`, 1) + `}`, "two entries \"a\""},
		{"two metadata", `{"__metadata__":{},"__metadata__":{},` + a + `,` + b + `}`, "two entries"},
		{"overflow in the shape", `{` + a + `,"b":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[8,16]}}`, "shape"},
		{"overflow to the right size", `{` + a + `,"b":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[8,16]}}`, "shape"},
		{"a side beyond int64", `{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,16]}}`, "can't be read"},
		{"negative sides", `{` + a + `,"b":{"dtype":"F32","shape":[-1,-2],"data_offsets":[8,16]}}`, "shape"},
		{"broken numbers", `{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,16]}}`, "can't be read"},
		{"unknown dtype", `{"a":{"dtype":"F31","shape":[4],"data_offsets":[0,16]}}`, "unknown dtype"},
		{"no dtype", `{"a":null}`, "unknown dtype"},
		{"metadata that are no texts", `{"__metadata__":{"a":1},` + a + `,` + b + `}`, "metadata"},
		{"another object after the header", `{` + a + `,` + b + `}{}`, "goes on"},
		{"a list", `[]`, "no JSON object"},
		{"no end", `{` + a, "no JSON object"},
		{"deep", `{"a":` + strings.Repeat(`[`, 1e6), "can't be read"},
	} {
		content := safetensor(c.header, 16)
		weights, _, err := decode(bytes.NewReader(content), int64(len(content)))
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.wrong == "" && (weights["a"] == nil || weights["b"] == nil):
			t.Errorf("%s: read %v", c.name, weights)
		case c.wrong != "" && (!errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s: the error is %v, want one of a damaged file with %q", c.name, err, c.wrong)
		}
		path := filepath.Join(t.TempDir(), "f.safetensors")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadTexts(path); errors.Is(err, ErrCorrupt) != (c.wrong != "") || c.wrong == "" && err != nil {
			t.Errorf("%s: its texts alone are read with the error %v", c.name, err)
		}
	}
}

func TestADtypeThatIsNotReadIsNoDamage(t *testing.T) {
	content := safetensor(`{"a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}}`, 8)
	_, _, err := decode(bytes.NewReader(content), int64(len(content)))
	if err == nil || errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "BF16") {
		t.Errorf("the error is %v", err)
	}
}

func TestTensorsOfTheFormatAreReadInEveryDtype(t *testing.T) {
	whole := map[string]*tensors.Tensor{"f": tensors.FromScalar(float32(1.5)), "d": tensors.FromScalar(2.5), "i": tensors.FromScalar(int32(-3)), "u": tensors.FromScalar(uint64(1 << 63))}
	header, body, err := encode(whole, nil)
	if err != nil {
		t.Fatal(err)
	}
	content := append(safetensor(string(header), 0), bytes.Join(body, nil)...)
	got, _, err := decode(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range whole {
		if !want.Equal(got[name]) {
			t.Errorf("%s reads as %v, want %v", name, got[name], want)
		}
	}
}

// hostileHeaders make much of little: many tensors of the same bytes, of no bytes, of many axes,
// many texts.
func hostileHeaders(n int) map[string][]byte {
	repeat := func(entry string) string {
		entries := make([]string, n)
		for i := range entries {
			entries[i] = fmt.Sprintf(entry, i)
		}
		return strings.Join(entries, ",")
	}
	return map[string][]byte{
		"the whole body again and again": safetensor(`{`+repeat(`"%d":{"dtype":"F32","shape":[250000],"data_offsets":[0,1000000]}`)+`}`, 1_000_000),
		"tensors of no bytes":            safetensor(`{`+repeat(`"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`)+`}`, 0),
		"a body that isn't there":        safetensor(`{"a":{"dtype":"F32","shape":[268435456],"data_offsets":[0,1073741824]}}`, 8),
		"axes":                           safetensor(`{"a":{"dtype":"F32","shape":[`+strings.Repeat("1,", 10*n)+`1],"data_offsets":[0,4]}}`, 4),
		"texts":                          safetensor(`{"__metadata__":{`+repeat(`"%d":""`)+`}}`, 0),
		"lists in lists":                 safetensor(`{"a":`+strings.Repeat("[", 20*n), 0),
		"a header that isn't there":      binary.LittleEndian.AppendUint64(nil, mostHeader),
	}
}

func TestReadingAllocatesNoMoreThanTheFilesSizeJustifies(t *testing.T) {
	for name, content := range hostileHeaders(20_000) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := decode(bytes.NewReader(content), int64(len(content)))
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %d bytes, %d allocated, %.1f times as many; %v", name, len(content), allocated, float64(allocated)/float64(len(content)), err != nil)
		if allocated > 32*uint64(len(content))+1<<20 {
			t.Errorf("%s: a file of %d bytes makes reading it allocate %d", name, len(content), allocated)
		}
	}
}
