package ensemble

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data/atomicfile"
	"github.com/flowsforflows/flows/f4f/fit"
)

// An ensemble's file is a zip archive that compresses nothing: the files of its members as they
// save themselves, member-1.safetensors and so on, after a head in JSON. So any unzip gives back
// single flows.

// Head says what an ensemble's file holds.
type Head struct {
	Format  string          `json:"format"`
	Kind    string          `json:"kind"` // of ensemble
	Members int             `json:"members"`
	More    json.RawMessage `json:"more,omitempty"` // what else the kind needs
}

// Format distinguishes ensembles' files from other archives, and their versions from each other.
const Format = "flowsforflows-ensemble/1"

const headName = "ensemble.json"

// MostMembers is more flows than an ensemble has had. A file that claims more isn't read.
const MostMembers = 10_000

func memberName(i int) string { return fmt.Sprintf("member-%d.safetensors", i+1) }

// Write writes the file of an ensemble of k members, each saved by save. It replaces path
// atomically.
func Write(path string, head Head, k int, save func(i int, path string) error) (err error) {
	folder, err := os.MkdirTemp("", "flowsforflows-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	head.Format, head.Members = Format, k
	text, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		return err
	}
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	add := func(name string, content []byte) error {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(content)
		}
		return err
	}
	if err := add(headName, text); err != nil {
		return err
	}
	for i := range k {
		member := filepath.Join(folder, memberName(i))
		if err := save(i, member); err != nil {
			return err
		}
		content, err := os.ReadFile(member)
		if err == nil {
			err = add(memberName(i), content)
		}
		if err = errors.Join(err, os.Remove(member)); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return atomicfile.Write(path, file.Bytes())
}

// Read reads the file of an ensemble. It calls load with each member's file in turn, after check
// has accepted the head. The error wraps fit.ErrCorrupt if the file is damaged or no ensemble's.
func Read(path string, check func(Head) error, load func(i int, path string) error) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return read(f, info.Size(), check, load)
}

// read is Read from an archive of size bytes.
func read(r io.ReaderAt, size int64, check func(Head) error, load func(i int, path string) error) (err error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("%w: it is no ensemble's file, or torn: %w; read a density with LoadDensity, a transport with LoadTransport", fit.ErrCorrupt, err)
	}
	files, total := map[string]*zip.File{}, uint64(0)
	for _, file := range archive.File {
		// Nothing is compressed, so no file can be larger than the archive, nor all of them
		// together.
		total += file.UncompressedSize64
		if file.Method != zip.Store || file.UncompressedSize64 != file.CompressedSize64 || file.UncompressedSize64 > uint64(size) || total > uint64(size) || files[file.Name] != nil {
			return fmt.Errorf("%w: it is no ensemble's file: %q in it is compressed, too large or there twice", fit.ErrCorrupt, file.Name)
		}
		files[file.Name] = file
	}
	text, err := content(files[headName])
	if err != nil {
		return fmt.Errorf("%w: it is no ensemble's file: %w", fit.ErrCorrupt, err)
	}
	var head Head
	if err := json.Unmarshal(text, &head); err != nil {
		return fmt.Errorf("%w: its head can't be read: %w", fit.ErrCorrupt, err)
	}
	switch {
	case head.Format != Format:
		return fmt.Errorf("its format is %q, this version reads %q", head.Format, Format)
	case head.Members < 1 || head.Members > MostMembers || head.Members != len(files)-1:
		return fmt.Errorf("%w: it claims %d flows and holds %d files", fit.ErrCorrupt, head.Members, len(files)-1)
	}
	if err := check(head); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "flowsforflows-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	for i := range head.Members {
		flow, err := content(files[memberName(i)])
		if err != nil {
			return fmt.Errorf("%w: flow %d of %d: %w", fit.ErrCorrupt, i+1, head.Members, err)
		}
		member := filepath.Join(folder, memberName(i))
		err = os.WriteFile(member, flow, 0o600)
		if err == nil {
			err = load(i, member)
		}
		if err = errors.Join(err, os.Remove(member)); err != nil {
			return fmt.Errorf("flow %d of %d: %w", i+1, head.Members, err)
		}
	}
	return nil
}

// content returns the content of a file of an archive, whose checksum it verifies.
func content(file *zip.File) ([]byte, error) {
	if file == nil {
		return nil, errors.New("a file is missing")
	}
	r, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
