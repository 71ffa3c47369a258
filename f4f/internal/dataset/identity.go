package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/flowsforflows/flows/data"
)

// Identity returns a text that identifies a distribution. It is the source's name and fingerprint
// if the source is a Fingerprinter. Otherwise it is the name and a hash of some samples, so that a
// source whose code has changed counts as another. If the source draws from another one, the
// identity includes that of the other.
func Identity(s data.Source) (string, error) {
	if f, ok := s.(data.Fingerprinter); ok {
		return s.Name() + " " + f.Fingerprint(), nil
	}
	inner := ""
	if w, ok := s.(interface{ Unwrap() data.Source }); ok && w.Unwrap() != nil {
		identity, err := Identity(w.Unwrap())
		if err != nil {
			return "", err
		}
		inner = " of " + identity
	}
	x, c, err := look(s)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, p := range []data.Points{x, c} {
		bits := make([]byte, 0, 4*len(p.Values()))
		for _, v := range p.Values() {
			bits = binary.LittleEndian.AppendUint32(bits, math.Float32bits(v))
		}
		sum.Write(bits)
	}
	if x.Weighted() {
		var bits []byte
		for _, w := range x.Weights() {
			bits = binary.LittleEndian.AppendUint64(bits, math.Float64bits(w))
		}
		sum.Write(bits)
	}
	return fmt.Sprintf("%s %d %s%s", s.Name(), s.Dim(), hex.EncodeToString(sum.Sum(nil)), inner), nil
}
