package programs

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

var (
	program = []byte("machine code, more or less")
	key     = KeyOf([]byte("a graph"), []byte("options"))
)

func TestKeyDependsOnEveryPartAndWhereItEnds(t *testing.T) {
	seen := map[Key]string{}
	for name, parts := range map[string][][]byte{
		"two parts":       {[]byte("ab"), []byte("c")},
		"cut elsewhere":   {[]byte("a"), []byte("bc")},
		"as one":          {[]byte("abc")},
		"an empty one":    {[]byte("ab"), []byte("c"), nil},
		"empty before":    {nil, []byte("ab"), []byte("c")},
		"the other order": {[]byte("c"), []byte("ab")},
		"none":            {},
	} {
		k := KeyOf(parts...)
		if other, before := seen[k]; before {
			t.Errorf("%s and %s have one key", name, other)
		}
		if seen[k] = name; k != KeyOf(parts...) {
			t.Errorf("%s has two keys", name)
		}
	}
}

func TestAFileGivesTheProgramThatMadeIt(t *testing.T) {
	for name, p := range map[string][]byte{"a few bytes": program, "none": {}, "a million": bytes.Repeat([]byte{0, 255, 7}, 1<<20)} {
		if got, err := decode(key, encode(key, p)); err != nil || !bytes.Equal(got, p) {
			t.Errorf("%s: got %d bytes, %v", name, len(got), err)
		}
	}
}

func TestADamagedFileGivesNoProgram(t *testing.T) {
	whole := encode(key, program)
	refuse := func(what string, file []byte) {
		t.Helper()
		if got, err := decode(key, file); !errors.Is(err, ErrDamaged) || got != nil {
			t.Errorf("%s: got %q, %v", what, got, err)
		}
	}
	for length := range whole {
		refuse("cut short", whole[:length])
	}
	for at := range whole {
		for _, change := range []byte{1, 0x80, 0xff} {
			altered := slices.Clone(whole)
			altered[at] ^= change
			refuse("altered", altered)
		}
	}
	refuse("longer", append(slices.Clone(whole), 0))
	refuse("twice", slices.Concat(whole, whole))
	refuse("of another key", encode(KeyOf([]byte("another graph")), program))
	refuse("foreign", bytes.Repeat([]byte("\x7fELF"), 1000))
	refuse("of zeros", make([]byte, len(whole)))
}

// FuzzDecode checks that decode returns a program only from a file that encode wrote.
//
//	go test ./internal/programs -run XXX -fuzz FuzzDecode -fuzztime 5m
func FuzzDecode(f *testing.F) {
	whole := encode(key, program)
	for _, seed := range [][]byte{whole, nil, whole[:headerSize], whole[:headerSize-1], encode(key, nil), encode(KeyOf(), program), append(slices.Clone(whole), 0), []byte(magic)} {
		f.Add(key[:], seed)
	}
	f.Add(make([]byte, len(key)), encode(Key{}, program))
	f.Fuzz(func(t *testing.T, name, file []byte) {
		var k Key
		copy(k[:], name)
		got, err := decode(k, file)
		switch {
		case err != nil && (!errors.Is(err, ErrDamaged) || got != nil):
			t.Errorf("got %q, %v", got, err)
		case err == nil && !bytes.Equal(encode(k, got), file):
			t.Errorf("%q is taken for a program", file)
		}
		// The bytes as a program rather than a file: what is put must come back.
		if got, err := decode(k, encode(k, file)); err != nil || !bytes.Equal(got, file) {
			t.Errorf("%q comes back as %q, %v", file, got, err)
		}
	})
}
