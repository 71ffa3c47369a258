package paper

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/flowsforflows/flows/data"
)

// Case is one thing to measure: a way from one distribution to another, a learned density, or the
// distance between two distributions. It only names what to measure; plans.go makes the plans.
type Case struct {
	Left   string `json:"left"`             // the set that points come from
	Right  string `json:"right,omitempty"`  // the set that points are mapped to; "" for a learned base
	Family string `json:"family,omitempty"` // name of the family of conditions; "" without conditions
	Method string `json:"method"`
	Seed   uint64 `json:"seed"` // from 1; for a learned base, the base's own seed
}

// String returns a description such as "star → ring, flow for flow, seed 1".
func (c Case) String() string {
	return fmt.Sprintf("%s, %s, seed %d", c.subject(), c.Method, c.Seed)
}

// subject returns what the case is about, without the method: "star → ring", "star rotated",
// "star".
func (c Case) subject() string {
	switch {
	case c.Family != "":
		return c.Left + " " + c.Family
	case c.Right == "":
		return c.Left
	}
	return c.Left + " → " + c.Right
}

// source returns the case's set under its family's conditions.
func (c Case) source() *data.Warped {
	return familyOf(c.Family).of(setOf(c.Left))
}

// Methods: how points of the left distribution are mapped, or which distribution is learned.
const (
	flowForFlow    = "flow for flow"
	withPenalty    = "L1 penalty"   // with weight 1.0, as in the paper
	penaltyOnly    = "penalty only" // the paper's lower bound
	baseTransfer   = "base transfer"
	identityStart  = "identity start"
	identityBoth   = "identity start, L1 penalty"
	bigger         = "bigger"
	biggerPenalty  = "bigger, L1 penalty"
	baseSampling   = "base sampling"   // points drawn from the base at the condition
	learnedBase    = "base"            // the left distribution, as its base learned it
	byFlows4flows  = "flows4flows"     // a flow for flow by the authors' own code; see peer.go
	optimalPairing = "optimal pairing" // nothing is learned: the least distance by which any map must move points
)

// theirs are the methods that flows4flows trains, by the method of ours that each stands beside.
var theirs = map[string]string{
	flowForFlow:  byFlows4flows,
	withPenalty:  "flows4flows, L1 penalty",
	penaltyOnly:  "flows4flows, penalty only",
	baseTransfer: "flows4flows, base transfer", // between the bases of its flow for flow
}

// theirMethods returns the methods of theirs in the order of the given methods of ours.
func theirMethods(ours ...string) (all []string) {
	for _, m := range ours {
		all = append(all, theirs[m])
	}
	return all
}

// beside returns the method of ours that a case by flows4flows stands beside, or "" if the case
// isn't by flows4flows.
func (c Case) beside() string {
	for own, their := range theirs {
		if c.Method == their {
			return own
		}
	}
	return ""
}

// identityMethods are all methods of Table 1 and of the start at the identity.
var identityMethods = []string{flowForFlow, withPenalty, baseTransfer, penaltyOnly, identityStart, identityBoth}

// pair is two sets, which may be equal.
type pair struct{ left, right string }

func (p pair) String() string { return Case{Left: p.left, Right: p.right}.subject() }

// union returns all of both lists, each once, in order.
func union(a, b []pair) []pair {
	all := slices.Clone(a)
	for _, p := range b {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// cases returns all pairs by all methods, the first seed of all before the second.
func cases(pairs []pair, methods []string, seeds int) (all []Case) {
	for seed := range uint64(seeds) {
		for _, p := range pairs {
			for _, m := range methods {
				all = append(all, Case{Left: p.left, Right: p.right, Method: m, Seed: seed + 1})
			}
		}
	}
	return all
}

// turned returns all sets in all families by all methods.
func turned(sets, families, methods []string, seeds int) (all []Case) {
	for seed := range uint64(seeds) {
		for _, f := range families {
			for _, s := range sets {
				for _, m := range methods {
					all = append(all, Case{Left: s, Right: s, Family: f, Method: m, Seed: seed + 1})
				}
			}
		}
	}
	return all
}

// basesOf returns the bases of all sets, with seeds from 1.
func basesOf(seeds int) (all []Case) {
	for seed := range uint64(seeds) {
		for _, s := range sets {
			all = append(all, Case{Left: s.Name(), Method: learnedBase, Seed: seed + 1})
		}
	}
	return all
}

// fileName returns a text as part of a file's name: "star → ring" becomes "star-ring".
func fileName(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}

// shortHash returns a short name for a text.
func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
