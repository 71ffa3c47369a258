package programs

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// Key identifies a program by all that its machine code depends on.
type Key [sha256.Size]byte

// String returns the key in hexadecimal digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// KeyOf returns the SHA-256 of parts. The length of each part is hashed too, so that no two lists
// of parts have the same key.
func KeyOf(parts ...[]byte) (k Key) {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(part))))
		hash.Write(part)
	}
	hash.Sum(k[:0])
	return k
}

// ErrDamaged is wrapped by the errors of a file that is torn, altered, under another key, or that
// somebody else can have written.
var ErrDamaged = errors.New("the kept program is damaged")

// magic starts every file. The number is the version of the format.
const magic = "f4f program 1\n"

// headerSize is the size of the header before a program: magic, key, the program's length and its
// checksum.
const headerSize = len(magic) + 2*sha256.Size + 8

// encode returns the content of a program's file.
func encode(key Key, program []byte) []byte {
	sum := sha256.Sum256(program)
	file := make([]byte, 0, headerSize+len(program))
	file = append(file, magic...)
	file = append(file, key[:]...)
	file = binary.LittleEndian.AppendUint64(file, uint64(len(program)))
	file = append(file, sum[:]...)
	return append(file, program...)
}

// decode returns the program in a file's content, without copying it. Its errors wrap ErrDamaged.
func decode(key Key, file []byte) (program []byte, err error) {
	rest, found := bytes.CutPrefix(file, []byte(magic))
	if !found || len(file) < headerSize {
		return nil, fmt.Errorf("%w: it does not begin like a file of this version", ErrDamaged)
	}
	if !bytes.HasPrefix(rest, key[:]) {
		return nil, fmt.Errorf("%w: it has another key", ErrDamaged)
	}
	rest = rest[len(key):]
	length, sum, program := binary.LittleEndian.Uint64(rest), rest[8:8+sha256.Size], rest[8+sha256.Size:]
	if length != uint64(len(program)) {
		return nil, fmt.Errorf("%w: it must have %d bytes, got %d", ErrDamaged, length, len(program))
	}
	if actual := sha256.Sum256(program); !bytes.Equal(actual[:], sum) {
		return nil, fmt.Errorf("%w: its checksum is wrong", ErrDamaged)
	}
	return program, nil
}
