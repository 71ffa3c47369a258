package filekind

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Text returns the text of r as UTF-8 without a byte-order mark, decompressed if need be. It
// returns an error if r holds no text.
func Text(r io.Reader) (*bufio.Reader, error) {
	b, err := Open(r, "")
	if err != nil {
		return nil, err
	}
	first, err := b.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(first, []byte("\xef\xbb\xbf")): // Excel starts a UTF-8 file with it
		_, err := b.Discard(3)
		return b, err
	case bytes.HasPrefix(first, []byte("\xff\xfe")), bytes.HasPrefix(first, []byte("\xfe\xff")):
		decoder := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder()
		return bufio.NewReaderSize(transform.NewReader(b, decoder), bufferSize), nil
	}
	if at := bytes.IndexByte(first, 0); at >= 0 {
		return nil, fmt.Errorf("it isn't text: byte %d is 0. If it is UTF-16 without a byte-order mark, convert it: iconv -f utf-16le -t utf-8", at)
	}
	return b, nil
}

const bufferSize = 1 << 16

// Open returns the content of r, decompressed if it begins as gzip, zstd or bzip2 do. It returns an
// error that names the kind of the file if it is another than wanted.
func Open(r io.Reader, wanted string) (*bufio.Reader, error) {
	b, err := decompressed(bufio.NewReaderSize(r, bufferSize))
	if err != nil {
		return nil, err
	}
	first, err := b.Peek(firstBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, Check(first, wanted)
}

func decompressed(b *bufio.Reader) (*bufio.Reader, error) {
	first, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	read := &counter{r: b}
	var content io.Reader
	var how string
	switch {
	case bytes.HasPrefix(first, []byte(Gzip)):
		how = "gzip"
		if content, err = gzip.NewReader(bufio.NewReader(read)); err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
	case bytes.HasPrefix(first, []byte(Zstd)):
		how = "zstd"
		// One goroutine leaves nothing to close.
		d, err := zstd.NewReader(read, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(1<<27))
		if err != nil {
			return nil, fmt.Errorf("zstd: %w", err)
		}
		content = d
	case bytes.HasPrefix(first, []byte(Bzip2)):
		how = "bzip2"
		content = bzip2.NewReader(read)
	default:
		return b, nil
	}
	return bufio.NewReaderSize(Bounded(content, how, func() int64 { return read.n }), bufferSize), nil
}

// counter counts the bytes that are read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// A compressed file may expand to freeBytes, and beyond to mostExpanded times its size. No table of
// numbers that vary compresses so well.
const (
	freeBytes    = 1 << 26
	mostExpanded = 100
)

// Bounded returns a reader of what r decompresses, that fails where it expands to far more than the
// compressed bytes could hold of a table. A file of a few kilobytes could fill the memory
// otherwise. compressed returns how many of them were read.
func Bounded(r io.Reader, how string, compressed func() int64) io.Reader {
	return &bounded{r: r, how: how, compressed: compressed}
}

type bounded struct {
	r          io.Reader
	how        string
	compressed func() int64
	n          int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.n += int64(n); b.n > freeBytes+mostExpanded*b.compressed() {
		return n, fmt.Errorf("%s: it expands to more than %d times its size, as no table of numbers does: if it is right, decompress it first", b.how, mostExpanded)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, fmt.Errorf("%s: %w: the file is truncated or damaged", b.how, err)
	}
	return n, err
}
