package fit

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// ReadTexts reads the texts of a file that WriteFile wrote, and no tensor: of a large file little more than a page. It finds a file that is torn, by its length, but not one whose
// tensors were altered, as ReadFile does. Its errors are those of ReadFile.
func ReadTexts(path string) (texts map[string]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("fit: reading %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		texts, err = readTexts(f, info.Size())
	}
	if err != nil {
		return nil, fmt.Errorf("fit: reading %s: %w", path, err)
	}
	return texts, nil
}

func readTexts(r io.Reader, size int64) (map[string]string, error) {
	var length [headerLength]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, fmt.Errorf("%w: it has %d bytes, too few for a safetensors file", ErrCorrupt, size)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > mostHeader || int64(n) > size-headerLength {
		return nil, fmt.Errorf("%w: it is no safetensors file, or torn: its header would have %d bytes of the file's %d", ErrCorrupt, n, size)
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(header, &fields); err != nil {
		return nil, fmt.Errorf("%w: its header is no JSON object: %v", ErrCorrupt, err)
	}
	end := int64(0)
	for name, raw := range fields {
		var e entry
		if name == metadataKey {
			continue
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, fmt.Errorf("%w: its entry %q can't be read: %v", ErrCorrupt, name, err)
		}
		end = max(end, e.Offsets[1])
	}
	if body := size - headerLength - int64(n); end != body {
		return nil, fmt.Errorf("%w: it is torn: its tensors have %d bytes, and %d are there", ErrCorrupt, end, body)
	}
	texts := map[string]string{}
	if raw, ok := fields[metadataKey]; ok {
		if err := json.Unmarshal(raw, &texts); err != nil {
			return nil, fmt.Errorf("%w: its metadata are not texts by name: %v", ErrCorrupt, err)
		}
	}
	return texts, nil
}
