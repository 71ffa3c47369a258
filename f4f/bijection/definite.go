package bijection

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// This file inverts positive definite matrices. GoMLX has no Cholesky decomposition and no solver.

// definiteLogDet returns log det h [batch] of positive definite matrices h [batch, D, D], and their
// inverses [batch, D, D]. It is NaN where rounding has made a matrix indefinite.
//
// The gradient of the log-det is h⁻¹, and is stated here: it takes no pass back through the
// elimination. The inverses have no gradient.
func definiteLogDet(h *Node) (logDet, inverse *Node) {
	inverse, logDet = invertDefinite(StopGradient(h))
	inverse, logDet = StopGradient(inverse), StopGradient(logDet)
	zero := Mul(inverse, Sub(h, StopGradient(h)))
	return Add(logDet, ReduceSum(zero, -2, -1)), inverse
}

// invertDefinite returns the inverses [batch, D, D] and the log-dets [batch] of positive definite
// matrices h [batch, D, D], by Gauss-Jordan elimination in place and without pivoting. Rows and
// columns are first scaled to a diagonal of ones, so that all pivots lie in (0, 1]. From
// leastLooped features on the elimination is a loop, so that the program doesn't grow with D. It
// has no gradient.
func invertDefinite(h *Node) (inverse, logDet *Node) {
	g, dim := h.Graph(), h.Shape().Dim(-1)
	identity := identityLike(h)
	diagonal := rowSums(Mul(h, identity))            // [batch, D, 1]
	size := Div(filled(diagonal, 1), Sqrt(diagonal)) // of rows and columns
	scale := Mul(size, Transpose(size, 1, 2))
	logDet = rowSums(Transpose(Log(diagonal), 1, 2)) // [batch, 1, 1]
	// eliminate makes feature k of the matrices an unknown of the inverse system. column, row and
	// unit are column k, row k and the unit vector of k.
	eliminate := func(a, logDet, row, column, pivot, unit *Node) (*Node, *Node) {
		left, right := Sub(column, Transpose(unit, 1, 2)), Add(row, unit)
		return Sub(a, Mul(left, Div(right, pivot))), Add(logDet, Log(pivot))
	}
	a := Mul(h, scale)
	if dim < max(leastLooped, 2) || !loops(g) {
		for k := range dim {
			row, column := SliceAxis(a, 1, AxisElem(k)), SliceAxis(a, 2, AxisElem(k))
			a, logDet = eliminate(a, logDet, row, column, SliceAxis(row, 2, AxisElem(k)), SliceAxis(identity, 1, AxisElem(k)))
		}
	} else {
		s := loop(0, dim, state{a, logDet, identity}, func(k *Node, s state) {
			row, column := sliceAt(s[0], 1, k, 1), sliceAt(s[0], 2, k, 1)
			s[0], s[1] = eliminate(s[0], s[1], row, column, sliceAt(row, 2, k, 1), sliceAt(s[2], 1, k, 1))
		})
		a, logDet = s[0], s[1]
	}
	return Mul(a, scale), Reshape(logDet, h.Shape().Dim(0))
}

// identityLike returns the identity matrix [1, D, D] in the dtype of matrices h [batch, D, D].
func identityLike(h *Node) *Node {
	rows := make([][]float64, h.Shape().Dim(-1))
	for i := range rows {
		rows[i] = make([]float64, len(rows))
		rows[i][i] = 1
	}
	return ConvertDType(Const(h.Graph(), [][][]float64{rows}), h.DType())
}

// rowSums returns the sums over the last axis of x [batch, n, m], which it keeps: [batch, n, 1]. It
// is a product, as the body of a loop can't have a reduction; see overAxis.
func rowSums(x *Node) *Node {
	ones := BroadcastToDims(number(x, 1), x.Shape().Dim(-1), 1)
	return DotGeneral(x, []int{x.Rank() - 1}, nil, ones, []int{0}, nil)
}
