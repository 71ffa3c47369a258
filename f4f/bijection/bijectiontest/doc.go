// Package bijectiontest holds a bijection to its promises: whoever writes one of their own can test
// it as the project tests its own.
//
//	func TestMine(t *testing.T) {
//		bijectiontest.Run(t, backend, bijectiontest.Case{Name: "mine", Bijection: Mine{Dim: 3}, Dim: 3})
//	}
//
// The promises, in float32 and float64, over random weights far from where training starts and
// points in the middle, on the edge and far outside of where the bijection acts: shapes are [batch,
// D] and [batch]; Inverse undoes Forward; its log-det is minus Forward's; the log-det is that of
// the Jacobian, both by automatic differentiation and by finite differences; gradients are finite
// for every weight. A bijection.Layer must be valid, have as many weights as it says, and leave
// features beyond its TailBound unchanged.
package bijectiontest
