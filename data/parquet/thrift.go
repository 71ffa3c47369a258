package parquet

import (
	"encoding/binary"
	"errors"
	"io"
)

// The metadata of a file are structures in Thrift's compact protocol. The library believes the
// lengths of lists and texts in them before it has read their content, so they are looked through
// first.

// Types of the compact protocol.
const (
	thriftStop = iota
	thriftTrue
	thriftFalse
	thriftByte
	thriftI16
	thriftI32
	thriftI64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	thriftMap
	thriftStruct
	thriftUUID
)

var errThrift = errors.New("its metadata can't be read")

// skipper goes through a structure and checks that it has the bytes that it claims.
type skipper struct{ rest []byte }

// skipStruct returns the number of bytes of the structure at the beginning of b. It returns
// io.ErrUnexpectedEOF if there are fewer than it needs.
func skipStruct(b []byte) (int, error) {
	s := skipper{b}
	err := s.value(thriftStruct, 0)
	return len(b) - len(s.rest), err
}

func (s *skipper) bytes(n uint64) error {
	if n > uint64(len(s.rest)) {
		return io.ErrUnexpectedEOF
	}
	s.rest = s.rest[n:]
	return nil
}

func (s *skipper) next() (byte, error) {
	if len(s.rest) == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	b := s.rest[0]
	s.rest = s.rest[1:]
	return b, nil
}

func (s *skipper) varint() (uint64, error) {
	v, n := binary.Uvarint(s.rest)
	switch {
	case n == 0:
		return 0, io.ErrUnexpectedEOF
	case n < 0:
		return 0, errThrift
	}
	s.rest = s.rest[n:]
	return v, nil
}

// value goes through a value of a type.
func (s *skipper) value(kind byte, depth int) error {
	if depth > 32 {
		return errThrift
	}
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return s.bytes(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := s.varint()
		return err
	case thriftDouble:
		return s.bytes(8)
	case thriftUUID:
		return s.bytes(16)
	case thriftBinary:
		n, err := s.varint()
		if err != nil {
			return err
		}
		return s.bytes(n)
	case thriftList, thriftSet:
		return s.list(depth)
	case thriftMap:
		return s.pairs(depth)
	case thriftStruct:
		return s.fields(depth)
	}
	return errThrift
}

func (s *skipper) fields(depth int) error {
	for {
		b, err := s.next()
		if err != nil || b == thriftStop {
			return err
		}
		if b>>4 == 0 { // the field's number follows
			if _, err := s.varint(); err != nil {
				return err
			}
		}
		if kind := b & 15; kind != thriftTrue && kind != thriftFalse { // whose type is their value
			if err := s.value(kind, depth+1); err != nil {
				return err
			}
		}
	}
}

func (s *skipper) list(depth int) error {
	b, err := s.next()
	if err != nil {
		return err
	}
	n := uint64(b >> 4)
	if n == 15 {
		if n, err = s.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(s.rest)) { // each element takes a byte or more
		return io.ErrUnexpectedEOF
	}
	for range n {
		if err := s.value(b&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *skipper) pairs(depth int) error {
	n, err := s.varint()
	if err != nil || n == 0 {
		return err
	}
	if n > uint64(len(s.rest)) {
		return io.ErrUnexpectedEOF
	}
	b, err := s.next()
	if err != nil {
		return err
	}
	for range n {
		if err := s.value(b>>4, depth+1); err != nil {
			return err
		}
		if err := s.value(b&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}
