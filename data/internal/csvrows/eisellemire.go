package csvrows

import (
	"math"
	"math/big"
	"math/bits"
)

// The exponents of ten for which closest has a table.
const (
	leastExponent = -60
	mostExponent  = 40
)

// tens holds the upper 128 bits of each power of ten, rounded down, upper half first.
var tens = func() (table [mostExponent - leastExponent + 1][2]uint64) {
	for i := range table {
		exponent := leastExponent + i
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
		if exponent < 0 { // its reciprocal, with bits to spare
			power.Div(new(big.Int).Lsh(big.NewInt(1), 128+uint(power.BitLen())), power)
		}
		if shift := power.BitLen() - 128; shift > 0 {
			power.Rsh(power, uint(shift))
		} else {
			power.Lsh(power, uint(-shift))
		}
		table[i] = [2]uint64{new(big.Int).Rsh(power, 64).Uint64(), power.Uint64()}
	}
	return table
}()

// closest returns the float64 closest to digits·10^exponent by the algorithm of Eisel and Lemire
// ("Number Parsing at a Gigabyte per Second", 2021), as strconv does. It exists because strconv has
// no way to give it digits that are parsed already, which takes as long again. ok is false in the
// rare case that the product with 128 bits of the power of ten doesn't tell which is closest.
func closest(digits uint64, exponent int) (v float64, ok bool) {
	if digits == 0 {
		return 0, true
	}
	if exponent < leastExponent || exponent > mostExponent {
		return 0, false
	}
	power := tens[exponent-leastExponent]
	zeros := bits.LeadingZeros64(digits)
	digits <<= zeros
	// 217706/2¹⁶ is log₂10, exact enough for these exponents.
	exponent2 := uint64(217706*exponent>>16+64+1023) - uint64(zeros)

	high, low := bits.Mul64(digits, power[0])
	if high&0x1ff == 0x1ff && low+digits < digits { // the lower half may carry over to what is kept
		high2, low2 := bits.Mul64(digits, power[1])
		sum, carry := bits.Add64(low, high2, 0)
		if high += carry; high&0x1ff == 0x1ff && sum+1 == 0 && low2+digits < digits {
			return 0, false
		}
		low = sum
	}
	top := high >> 63
	mantissa := high >> (top + 9) // 54 bits
	exponent2 -= 1 ^ top
	if low == 0 && high&0x1ff == 0 && mantissa&3 == 1 { // halfway between two float64
		return 0, false
	}
	mantissa += mantissa & 1
	if mantissa >>= 1; mantissa>>53 > 0 {
		mantissa >>= 1
		exponent2++
	}
	return math.Float64frombits(exponent2<<52 | mantissa&(1<<52-1)), true
}
