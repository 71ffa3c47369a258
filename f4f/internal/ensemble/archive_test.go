package ensemble

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/flowsforflows/flows/data/filekind"
	"github.com/flowsforflows/flows/f4f/fit"
)

// archive returns the bytes of an archive of some files.
func archive(method uint16, files ...[2]string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, file := range files {
		part, err := w.CreateHeader(&zip.FileHeader{Name: file[0], Method: method})
		if err == nil {
			_, err = part.Write([]byte(file[1]))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func head(members int) [2]string {
	return [2]string{headName, fmt.Sprintf(`{"format":%q,"kind":"k","members":%d}`, Format, members)}
}

func TestAnArchiveGivesBackItsFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e")
	save := func(i int, path string) error { return os.WriteFile(path, fmt.Appendf(nil, "flow %d", i), 0o600) }
	if err := Write(path, Head{Kind: "k", More: []byte(`[1]`)}, 3, save); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := Read(path, func(h Head) error {
		if h.Kind != "k" || h.Members != 3 || string(bytes.Join(bytes.Fields(h.More), nil)) != "[1]" {
			t.Errorf("the head is %+v", h)
		}
		return nil
	}, func(i int, path string) error {
		got, err := os.ReadFile(path)
		if n++; string(got) != fmt.Sprintf("flow %d", i) {
			t.Errorf("file %d is %q", i, got)
		}
		return err
	})
	if err != nil || n != 3 || filekind.OfFile(path, filekind.Safetensors) == nil {
		t.Errorf("%d files, %v", n, err)
	}
	if err := Write(path, Head{}, 1, func(int, string) error { return errors.New("no") }); err == nil {
		t.Error("a flow that can't be saved is left out")
	}
}

// FuzzRead: bytes are refused, or give the files that the head claims.
//
//	go test ./f4f/internal/ensemble -run XXX -fuzz FuzzRead
func FuzzRead(f *testing.F) {
	member := [2]string{memberName(0), "flow"}
	for _, content := range [][]byte{
		nil, []byte("PK\x03\x04"),
		archive(zip.Store, head(1), member), archive(zip.Deflate, head(1), member), archive(zip.Store, head(2), member), archive(zip.Store, head(0)),
		archive(zip.Store, member), archive(zip.Store, head(1), [2]string{"../member-1.safetensors", "flow"}), archive(zip.Store, head(2), member, member),
		archive(zip.Store, [2]string{headName, "{"}, member), archive(zip.Store, [2]string{headName, `{"format":"x"}`}, member),
	} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		claimed, got := -1, 0
		err := read(bytes.NewReader(content), int64(len(content)), func(h Head) error { claimed = h.Members; return nil }, func(i int, path string) error {
			flow, err := os.ReadFile(path)
			if got++; len(flow) > len(content) {
				t.Errorf("file %d has %d bytes, of %d", i, len(flow), len(content))
			}
			return err
		})
		if err == nil && got != claimed {
			t.Errorf("%d files are read, and %d claimed", got, claimed)
		}
	})
}

func TestDamageIsSaid(t *testing.T) {
	whole := archive(zip.Store, head(1), [2]string{memberName(0), "the bytes of a flow"})
	nothing := func(int, string) error { return nil }
	all := func(Head) error { return nil }
	for name, content := range map[string][]byte{
		"torn": whole[:len(whole)/2], "altered": bytes.Replace(whole, []byte("the bytes"), []byte("The bytes"), 1), "no archive": []byte("text"),
		"compressed": archive(zip.Deflate, head(1), [2]string{memberName(0), "flow"}), "one missing": archive(zip.Store, head(2), [2]string{memberName(0), "flow"}),
	} {
		if err := read(bytes.NewReader(content), int64(len(content)), all, nothing); !errors.Is(err, fit.ErrCorrupt) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
