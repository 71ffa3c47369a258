package data

// Source is a distribution that points can be drawn from: a formula, or a table of points.
type Source interface {
	// Name returns a name that identifies the source and reads well in text, such as "four
	// circles".
	Name() string
	// Dim returns the number of features of a point, D.
	Dim() int
	// Sample draws n points [n, D]. The same n and seed give the same points on every machine.
	Sample(n int, seed uint64) (Points, error)
}

// Distribution is a Source whose density is known, by a formula or by an integration that is
// accurate to 1e-3 nats.
type Distribution interface {
	Source
	// LogProb returns log p(x) of every point, in nats. It is −Inf where the density is zero.
	LogProb(x Points) ([]float64, error)
	// Entropy returns −E log p(x), in nats.
	Entropy() float64
}

// Finite is a Source that holds a finite table of points. A fit uses each of its points instead of
// drawing new ones.
type Finite interface {
	Source
	// Points returns all points of the table, [N, D], in their original order.
	Points() Points
}

// Fingerprinter is a Source that identifies its content by a short text. Implement it where that is
// cheaper or more reliable than comparing samples. Equal fingerprints mean equal distributions.
type Fingerprinter interface {
	// Fingerprint returns the text that identifies the content.
	Fingerprint() string
}

// ConditionalSource is a Source whose points each come with a condition: a sample of p(x|c) p(c).
// NewWarped makes one from any source, and FromPointsWithConditions from a table.
type ConditionalSource interface {
	Source
	// ConditionDim returns the number of features of a condition, C.
	ConditionDim() int
	// SampleWithConditions draws n points x [n, D] and the condition of each, c [n, C].
	SampleWithConditions(n int, seed uint64) (x, c Points, err error)
	// Given returns the distribution p(x|c) at one condition c [C]. It is the truth to compare a
	// transport to c with. It is a Distribution if the density is known.
	Given(c []float32) (Source, error)
}
