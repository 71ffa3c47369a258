// Package bijectiontest tests that a bijection keeps its promises. Use it to test one of your own
// as this project tests its bijections.
//
//	func TestMine(t *testing.T) {
//		bijectiontest.Run(t, backend, bijectiontest.Case{Name: "mine", Bijection: Mine{Dim: 3}, Dim: 3})
//	}
//
// The promises are tested in float32 and float64, with random weights far from where training
// starts, at points in the middle of the range where the bijection acts, on its edge and far
// outside:
//
//   - The shapes are [batch, D] and [batch].
//   - Inverse undoes Forward, and its log-det is minus Forward's.
//   - The log-det is that of the Jacobian, by automatic differentiation and by finite differences.
//   - The gradient of every weight is finite.
//
// A bijection.Layer must also pass its own Validate, have as many weights as Weights returns, and
// leave features beyond its TailBound unchanged.
package bijectiontest
