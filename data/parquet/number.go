package parquet

import (
	"errors"
	"math"
	"math/big"
	"slices"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// elements returns the schema's elements of the columns at the top, in their order. The schema
// lists all elements depth first, each before its children.
func elements(schema []format.SchemaElement) (top []format.SchemaElement) {
	open := []int32{} // children that are still to come, of the elements around
	for i, e := range schema {
		if len(open) == 1 {
			top = append(top, e)
		}
		if i > 0 {
			open[len(open)-1]--
		}
		open = append(open, max(e.NumChildren.V, 0))
		for len(open) > 0 && open[len(open)-1] == 0 {
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			break
		}
	}
	return top
}

// isText reports whether a column holds texts.
func isText(e format.SchemaElement) bool {
	if e.Type.V != format.ByteArray || !e.Type.Valid {
		return false
	}
	switch e.LogicalType.Value.(type) {
	case *format.StringType, *format.EnumType:
		return true
	case nil:
		return !e.ConvertedType.Valid || e.ConvertedType.V == deprecated.UTF8 || e.ConvertedType.V == deprecated.Enum
	}
	return false
}

// meaning says how the values of a column are read as numbers.
type meaning struct {
	unsigned, half, decimal, time bool
	scale                         int32
}

// meaningOf returns the meaning of a column, by its logical type or by what stood for it before
// there were logical types.
func meaningOf(e format.SchemaElement) (m meaning) {
	switch l := e.LogicalType.Value.(type) {
	case *format.IntType:
		m.unsigned = !l.IsSigned
		return m
	case *format.DecimalType:
		m.decimal, m.scale = true, l.Scale
		return m
	case *format.Float16Type:
		m.half = true
		return m
	case *format.DateType, *format.TimeType, *format.TimestampType:
		m.time = true
		return m
	}
	if !e.ConvertedType.Valid {
		return m
	}
	switch e.ConvertedType.V {
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		m.unsigned = true
	case deprecated.Decimal:
		m.decimal, m.scale = true, e.Scale.V
	case deprecated.Date, deprecated.TimeMillis, deprecated.TimeMicros, deprecated.TimestampMillis, deprecated.TimestampMicros, deprecated.Interval:
		m.time = true
	}
	return m
}

// numberOf returns what makes a number of a column's value, or an error if it isn't one.
func numberOf(e format.SchemaElement) (func(pq.Value) float64, error) {
	m := meaningOf(e)
	switch {
	case m.time || e.Type.V == format.Int96:
		return nil, errors.New("the column holds dates or times: make numbers of them, such as seconds since the first, or leave it out by Columns")
	case m.half && e.TypeLength.V == 2:
		return func(v pq.Value) float64 { return half(v.ByteArray()) }, nil
	case m.decimal && (m.scale < 0 || m.scale > 100):
		return nil, errors.New("the column's decimals have a scale that isn't from 0 to 100")
	case m.decimal && (e.Type.V == format.FixedLenByteArray || e.Type.V == format.ByteArray):
		return decimal(m.scale), nil
	}
	scale := math.Pow10(int(m.scale)) // exact up to 22, more than Int64 has digits
	switch e.Type.V {
	case format.Boolean:
		return func(v pq.Value) float64 {
			if v.Boolean() {
				return 1
			}
			return 0
		}, nil
	case format.Int32:
		if m.unsigned {
			return func(v pq.Value) float64 { return float64(v.Uint32()) }, nil
		}
		return func(v pq.Value) float64 { return float64(v.Int32()) / scale }, nil
	case format.Int64:
		if m.unsigned {
			return func(v pq.Value) float64 { return float64(v.Uint64()) }, nil
		}
		return func(v pq.Value) float64 { return float64(v.Int64()) / scale }, nil
	case format.Float:
		return func(v pq.Value) float64 { return float64(v.Float()) }, nil
	case format.Double:
		return func(v pq.Value) float64 { return v.Double() }, nil
	}
	return nil, errors.New("the column holds bytes, not numbers: leave it out by Columns")
}

// decimal returns what makes a number of a decimal: a whole number in two's complement, most
// significant byte first, over 10^scale.
func decimal(scale int32) func(pq.Value) float64 {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return func(v pq.Value) float64 {
		b := v.ByteArray()
		negative := len(b) > 0 && b[0] >= 0x80
		if negative { // −v − 1
			b = slices.Clone(b)
			for i := range b {
				b[i] = ^b[i]
			}
		}
		whole := new(big.Int).SetBytes(b)
		if negative {
			whole.Not(whole)
		}
		number, _ := new(big.Rat).SetFrac(whole, ten).Float64()
		return number
	}
}

// half returns the number that IEEE 754's binary16 stores in two bytes, little-endian.
func half(b []byte) float64 {
	if len(b) != 2 {
		return math.NaN()
	}
	bits := uint16(b[0]) | uint16(b[1])<<8
	sign, exponent, fraction := 1, int(bits>>10&31), float64(bits&1023)
	if bits>>15 != 0 {
		sign = -1
	}
	switch {
	case exponent == 0: // subnormal
		return float64(sign) * math.Ldexp(fraction, -24)
	case exponent == 31 && fraction == 0:
		return math.Inf(sign)
	case exponent == 31:
		return math.NaN()
	}
	return float64(sign) * math.Ldexp(1024+fraction, exponent-25)
}
