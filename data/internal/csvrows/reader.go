package csvrows

import (
	"bytes"
	"errors"
	"io"
)

// Blanks is the separator that stands for blanks and tabs of any number.
const Blanks = ' '

// Reader splits text into rows. Fields may be quoted, and then hold separators, line ends and
// quotes that are doubled. Blanks around fields are removed. Lines that are blank are skipped.
type Reader struct {
	r        io.Reader
	text     []byte // what was read and not yet returned
	buffer   []byte // what text is part of
	atEnd    bool   // whether r has no more
	eol      byte   // '\n', or '\r' where lines end so
	comma    rune
	line     int // of the row that was returned last
	nextLine int

	fields   [][]byte
	unquoted []byte // fields with doubled quotes, without them
}

const (
	leastHead = 1 << 16 // bytes of the text by which the layout is found out
	room      = 1 << 18 // least size of the buffer
	mostHead  = 1 << 20 // and where lines are long
	headLines = 40
)

// NewReader returns a reader of r.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: r, eol: '\n', comma: ',', nextLine: 1}
}

// head reads the beginning of the text and returns its whole lines without consuming them.
func (r *Reader) head() ([]byte, error) {
	for !r.atEnd && len(r.text) < mostHead && (len(r.text) < leastHead || bytes.Count(r.text, []byte{'\n'}) < headLines) {
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
	// On old Macintoshes lines ended in a carriage return alone.
	if bytes.IndexByte(r.text, '\n') < 0 && bytes.IndexByte(r.text, '\r') >= 0 {
		r.eol = '\r'
	}
	if whole := bytes.LastIndexByte(r.text, r.eol); !r.atEnd && whole >= 0 {
		return r.text[:whole+1], nil
	}
	return r.text, nil
}

// over returns a reader of a text in memory with r's line ends.
func (r *Reader) over(text []byte, comma rune) *Reader {
	return &Reader{text: text, atEnd: true, eol: r.eol, comma: comma, nextLine: 1}
}

// fill reads more text.
func (r *Reader) fill() error {
	if cap(r.buffer) == 0 {
		r.buffer = make([]byte, 0, room)
	}
	if cap(r.buffer)-len(r.buffer) < room/2 {
		to := r.buffer[:0]
		if 2*len(r.text) > cap(r.buffer) {
			to = make([]byte, 0, 2*cap(r.buffer))
		}
		r.buffer = append(to, r.text...)
		r.text = r.buffer
	}
	n, err := 0, error(nil)
	for tries := 0; n == 0 && err == nil; tries++ {
		if tries == 100 {
			return io.ErrNoProgress
		}
		n, err = r.r.Read(r.buffer[len(r.buffer):cap(r.buffer)])
	}
	r.buffer = r.buffer[:len(r.buffer)+n]
	r.text = r.buffer[len(r.buffer)-len(r.text)-n:]
	if errors.Is(err, io.EOF) {
		r.atEnd = true
		return nil
	}
	return err
}

// lineEnd returns the length of the text up to the end of the line that goes on at an offset, and
// the offset of the next line. At the end of the text it returns io.EOF.
func (r *Reader) lineEnd(from int) (length, next int, err error) {
	for at := from; ; {
		if i := bytes.IndexByte(r.text[at:], r.eol); i >= 0 {
			return at + i, at + i + 1, nil
		}
		if at = len(r.text); r.atEnd {
			if at == from {
				return at, at, io.EOF
			}
			return at, at, nil
		}
		if err := r.fill(); err != nil {
			return 0, 0, err
		}
	}
}

// skipLines skips n lines, whatever they hold.
func (r *Reader) skipLines(n int) error {
	for range n {
		_, next, err := r.lineEnd(0)
		if err != nil {
			return err
		}
		r.text = r.text[next:]
		r.nextLine++
	}
	return nil
}

// Size returns the number of rows to expect of a text of that many bytes, by those of its
// beginning.
func (r *Reader) Size(bytesOfText int64) int {
	lines := bytes.Count(r.text, []byte{r.eol})
	if lines == 0 {
		return 0
	}
	return int(float64(bytesOfText) / float64(len(r.text)) * float64(lines) * 1.01)
}
