package data

// Source is a distribution that points can be drawn from: a formula, or a table of points.
type Source interface {
	// Name tells the source apart and reads as what it is: "four circles".
	Name() string
	// Dim is the number of features of a point, D.
	Dim() int
	// Sample draws n points; the same n and seed give the same points, on any machine.
	Sample(n int, seed uint64) (Points, error)
}

// Exact is a Source whose density is known: by formula, or by an integration good to 1e-3 nats.
type Exact interface {
	Source
	// LogDensity is log p(x) of every point, in nats; −Inf where the density is zero.
	LogDensity(x Points) ([]float64, error)
	// Entropy is −E log p(x), in nats.
	Entropy() float64
}

// Finite is a Source that is a table of Len points: a fit uses each of them, rather than drawing.
type Finite interface {
	Source
	// Points are all of them, in the order they came.
	Points() Points
}

// Fingerprinter is a Source that can tell its content by a short text, cheaper or surer than a look
// at what it draws. Equal fingerprints mean equal distributions.
type Fingerprinter interface {
	// Fingerprint is that text.
	Fingerprint() string
}

// ConditionalSource is a Source of points that each come with a condition: a sample of p(x|c) p(c).
// Conditional makes one of any source, and FromPointsWithConditions of a table.
type ConditionalSource interface {
	Source
	// ConditionDim is the number of features of a condition, C.
	ConditionDim() int
	// SampleWithConditions draws n points [n, D] and the condition of each [n, C].
	SampleWithConditions(n int, seed uint64) (x, c Points, err error)
	// Given is the distribution p(x|c) at one condition [C]: the truth that a transport to c is
	// judged against. It is an Exact where the density is known.
	Given(c []float32) (Source, error)
}
