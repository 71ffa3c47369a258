package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// checkExpansion returns an error if a page expands to more bytes than its header claims.
func checkExpansion(page []byte, codec format.CompressionCodec, claimed int64) error {
	if len(page) == 0 {
		return nil
	}
	if claimed < 0 {
		return fmt.Errorf("a page can't expand to %d bytes", claimed)
	}
	switch codec {
	case format.Snappy:
		n, err := snappy.DecodedLen(page)
		if err == nil && int64(n) > claimed {
			err = fmt.Errorf("a page expands to %d bytes, more than the %d that it claims", n, claimed)
		}
		return err
	case format.Zstd:
		return checkZstd(page, claimed)
	case format.Gzip:
		r, err := gzip.NewReader(bytes.NewReader(page))
		if err != nil {
			return err
		}
		return countTo(r, claimed)
	case format.Brotli:
		return countTo(brotli.NewReader(bytes.NewReader(page)), claimed)
	case format.Lz4Raw:
		// The library doubles its buffer until the page fits, which a damaged one never does.
		_, err := lz4.UncompressBlock(page, make([]byte, claimed))
		return err
	}
	return nil
}

// checkZstd goes through the frames of a page (RFC 8878, 3.1.1). The size that a frame's header
// claims is held to when it is decompressed. Only where a frame claims none is the page
// decompressed here too.
func checkZstd(page []byte, claimed int64) error {
	rest, most := page, uint64(0)
	for len(rest) > 0 {
		var h zstd.Header
		if err := h.Decode(rest); err != nil {
			return err
		}
		if h.Skippable {
			rest = rest[min(len(rest), h.HeaderSize+int(h.SkippableSize)):]
			continue
		}
		if !h.HasFCS {
			r, err := zstd.NewReader(bytes.NewReader(page), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(1<<27))
			if err != nil {
				return err
			}
			return countTo(r, claimed)
		}
		if h.FrameContentSize > uint64(claimed) || most+h.FrameContentSize > uint64(claimed) {
			return fmt.Errorf("a page expands to %d bytes, more than the %d that it claims", h.FrameContentSize, claimed)
		}
		most += h.FrameContentSize
		var err error
		if rest, err = afterFrame(rest[h.HeaderSize:], h.HasCheckSum); err != nil {
			return err
		}
	}
	return nil
}

// afterFrame returns what follows the blocks of a frame.
func afterFrame(rest []byte, checksum bool) ([]byte, error) {
	truncated := errors.New("a page compressed by zstd is truncated")
	for last := false; !last; {
		if len(rest) < 3 {
			return nil, truncated
		}
		block := int(rest[0]) | int(rest[1])<<8 | int(rest[2])<<16
		last = block&1 != 0
		stored := block >> 3
		if block>>1&3 == 1 { // one byte that repeats
			stored = 1
		}
		if rest = rest[3:]; stored > len(rest) {
			return nil, truncated
		}
		rest = rest[stored:]
	}
	if checksum {
		if len(rest) < 4 {
			return nil, truncated
		}
		rest = rest[4:]
	}
	return rest, nil
}

// countTo reads r up to one byte more than most and returns an error if there is one.
func countTo(r io.Reader, most int64) error {
	n, err := io.Copy(io.Discard, io.LimitReader(r, most+1))
	if err != nil {
		return err
	}
	if n > most {
		return fmt.Errorf("a page expands to more than the %d bytes that it claims", most)
	}
	return nil
}
