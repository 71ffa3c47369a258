package columngraph

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// argmaxGraph is data.Argmax of all columns of a feature, which are the last axis of its values:
// digits with noise, 1 + r in the column of the class and r in the others. As for the other maps there is
// a log-derivative for each value; only their sum over the columns has a meaning.
type argmaxGraph struct{ Feature string }

func (*argmaxGraph) ends() (low, high float64) { return 0, 2 }

// tie keeps values of other columns below that of the class when they are rounded to float32, but where both
// are far below 0, and next to never met.
const tie = 1.0 / (1 << 20)

// forward needs noise above 0, which has a logarithm.
func (*argmaxGraph) forward(v *Node) (u, logDerivative *Node) {
	n := float64(v.Shape().Dim(-1))
	class := StopGradient(Floor(v))
	r := Sub(v, class)
	others := OneMinus(class)
	logR := Log(Where(GreaterThan(class, others), r, MinScalar(r, 1-tie)))
	most := DivScalar(ReduceAndKeep(Mul(class, logR), ReduceSum, -1), n)
	logP := Add(Mul(others, logR), most)
	logRest := Log1P(Neg(Exp(logP))) // in float64 that has digits enough; Expm1 has no gradient
	u, l := asinhOfLogistic.forward(Sub(logP, logRest))
	return MulScalar(u, stretch), AddScalar(Sub(l, Add(logR, logRest)), math.Log(stretch)-math.Log(n)/n)
}

func (*argmaxGraph) inverse(u *Node) (v, logDerivative *Node) {
	n := u.Shape().Dim(-1)
	logistic, l := asinhOfLogistic.inverse(DivScalar(u, stretch))
	class := OneHot(ArgMax(u, -1), n, u.DType())
	logP, logRest := Neg(Softplus(Neg(logistic))), Neg(Softplus(logistic))
	most := ReduceAndKeep(logP, ReduceMax, -1)
	logR := Where(GreaterThan(class, OneMinus(class)), MulScalar(logP, float64(n)), Sub(logP, most))
	r := MinScalar(Exp(logR), 1-tie/2)
	return Add(class, r), AddScalar(Add(l, Add(logR, logRest)), math.Log(float64(n))/float64(n)-math.Log(stretch))
}

// asinhOfLogistic and stretch make a logistic distribution nearly standard normal.
var asinhOfLogistic = &asinhGraph{Scale: 3}

const stretch = 1.9
