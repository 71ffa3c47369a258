package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A damaged or hostile file may claim lengths that would fill the memory. What is claimed must fit
// the file's size: up to a free amount, and beyond to mostExpanded times the bytes that are there.
const (
	freeRows     = 1 << 20
	freePage     = 1 << 25 // bytes
	mostExpanded = 100
)

// checkFooter returns an error unless the file's metadata have the bytes that they claim.
func checkFooter(r io.ReaderAt, size int64) error {
	end := make([]byte, 8)
	if size < 12 {
		return fmt.Errorf("it isn't a Parquet file: it has %d bytes", size)
	}
	if _, err := r.ReadAt(end, size-8); err != nil {
		return err
	}
	if string(end[4:]) != "PAR1" {
		return errors.New("it isn't a Parquet file or is truncated: it doesn't end in PAR1")
	}
	length := int64(binary.LittleEndian.Uint32(end))
	if length > size-12 {
		return fmt.Errorf("the file is damaged: its metadata can't have %d of its %d bytes", length, size)
	}
	footer := make([]byte, length)
	if _, err := r.ReadAt(footer, size-8-length); err != nil {
		return err
	}
	if _, err := skipStruct(footer); err != nil {
		return fmt.Errorf("the file is damaged: its metadata: %w", err)
	}
	return nil
}

// checkRows returns an error if the file claims more rows than it can hold.
func checkRows(file *pq.File) error {
	most := freeRows + mostExpanded*file.Size()
	rows := int64(0)
	for _, group := range file.Metadata().RowGroups {
		if group.NumRows < 0 || group.NumRows > most-rows {
			return fmt.Errorf("the file is damaged: %d bytes don't hold %d rows", file.Size(), group.NumRows)
		}
		rows += group.NumRows
	}
	return nil
}

// checkChunk goes through the headers of the pages of a column chunk. It returns an error if one
// claims more than is there.
func checkChunk(r io.ReaderAt, size int64, group format.RowGroup, column int) error {
	if column >= len(group.Columns) {
		return errors.New("a row group lacks the column")
	}
	meta := group.Columns[column].MetaData
	from := meta.DataPageOffset
	if meta.DictionaryPageOffset != 0 {
		from = meta.DictionaryPageOffset
	}
	to := from + meta.TotalCompressedSize
	if from < 0 || meta.TotalCompressedSize < 0 || to > size {
		return fmt.Errorf("its bytes %d to %d are not in the file", from, to)
	}
	if meta.DataPageOffset < from || meta.DataPageOffset > to {
		return fmt.Errorf("its data begin at byte %d, outside of it", meta.DataPageOffset)
	}
	for values := int64(0); from < to; {
		header, length, err := pageHeader(io.NewSectionReader(r, from, to-from))
		if err != nil {
			return err
		}
		from += length
		if int64(header.CompressedPageSize) > to-from {
			return fmt.Errorf("a page of %d bytes is longer than the %d that are left", header.CompressedPageSize, to-from)
		}
		n, err := checkPage(io.NewSectionReader(r, from, int64(header.CompressedPageSize)), header, meta, group.NumRows-values)
		if err != nil {
			return err
		}
		values += n
		from += int64(header.CompressedPageSize)
	}
	return nil
}

// pageHeader reads a page's header and returns its length.
func pageHeader(r *io.SectionReader) (*format.PageHeader, int64, error) {
	// Statistics in a header hold values, which may be long texts.
	for most := int64(1 << 9); ; most *= 8 {
		b := make([]byte, min(most, r.Size()))
		if _, err := r.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
			return nil, 0, err
		}
		length, err := skipStruct(b)
		if errors.Is(err, io.ErrUnexpectedEOF) && most < r.Size() && most < 1<<24 {
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("the header of a page: %w", err)
		}
		header := new(format.PageHeader)
		protocol := thrift.CompactProtocol{}
		if err := thrift.Unmarshal(&protocol, b[:length], header); err != nil {
			return nil, 0, fmt.Errorf("the header of a page: %w", err)
		}
		return header, int64(length), nil
	}
}

// checkPage returns how many values a page has, 0 for a dictionary. It returns an error if the
// header claims more values than rows are left, or if the page expands beyond what it claims.
func checkPage(r *io.SectionReader, header *format.PageHeader, meta format.ColumnMetaData, left int64) (values int64, err error) {
	if header.CompressedPageSize < 0 || header.UncompressedPageSize < 0 || int64(header.UncompressedPageSize) > freePage+mostExpanded*r.Size() {
		return 0, fmt.Errorf("a page of %d bytes can't expand to %d", header.CompressedPageSize, header.UncompressedPageSize)
	}
	encoding, levels, compressed := format.Plain, int64(0), true
	switch {
	case header.Type == format.DataPage && header.DataPageHeader.Valid:
		h := header.DataPageHeader.V
		values, encoding = int64(h.NumValues), h.Encoding
	case header.Type == format.DataPageV2 && header.DataPageHeaderV2.Valid:
		h := header.DataPageHeaderV2.V
		values, encoding = int64(h.NumValues), h.Encoding
		levels = int64(h.RepetitionLevelsByteLength) + int64(h.DefinitionLevelsByteLength)
		if h.IsCompressed.Valid {
			compressed = h.IsCompressed.V
		}
		if h.RepetitionLevelsByteLength < 0 || h.DefinitionLevelsByteLength < 0 || levels > r.Size() {
			return 0, fmt.Errorf("a page of %d bytes can't have levels of %d", r.Size(), levels)
		}
	case header.Type == format.DictionaryPage && header.DictionaryPageHeader.Valid:
		// A value of a dictionary takes four bytes or more, except for booleans.
		if n := int64(header.DictionaryPageHeader.V.NumValues); n < 0 || n > 1+int64(header.UncompressedPageSize) {
			return 0, fmt.Errorf("a dictionary of %d bytes can't have %d values", header.UncompressedPageSize, n)
		}
	}
	if values < 0 || values > left {
		return 0, fmt.Errorf("a page of %d values is longer than the %d rows that are left", values, left)
	}
	if encoding == format.DeltaByteArray {
		return 0, errors.New("the encoding DELTA_BYTE_ARRAY isn't read, because few bytes of it fill the memory: write the file with another, such as RLE_DICTIONARY")
	}
	if !compressed || meta.Codec == format.Uncompressed {
		return values, nil
	}
	page := make([]byte, r.Size()-levels)
	if _, err := r.ReadAt(page, levels); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	return values, checkExpansion(page, meta.Codec, int64(header.UncompressedPageSize)-levels)
}
