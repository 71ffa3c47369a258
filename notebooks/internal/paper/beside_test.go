package paper

import (
	"slices"
	"strings"
	"testing"
)

// tableOf returns the rows of the parts of claims beside flows4flows.
func tableOf(r *Results) (rows []string) {
	for _, b := range besides(r) {
		rows = append(rows, strings.Join(b.row(), " | "))
	}
	return rows
}

// Flows4flows is judged by the rules of the claims, by its own records alone, and ours beside it by
// the cases that both have.
func TestFlows4flowsIsJudgedByTheSameRules(t *testing.T) {
	hundredth := Label{Budget: "hundredth"}
	r := world(hundredth, 1)
	want := []string{
		"(a) flow for flow is near the identity | 7 of 7 | 7 of 7 | hundredth, 1 seed",
		"(a) base transfer is not near the identity | 7 of 7 | 7 of 7 | hundredth, 1 seed",
		"(b) the penalty takes displacement to near the bound | 7 of 7 | 7 of 7 | hundredth, 1 seed",
		"(b) most for concentric rings | 6 of 6 | 6 of 6 | hundredth, 1 seed",
		"(c) two bases composed beat one flow for flow, by KL | 11 of 11 | 11 of 11 | hundredth, 1 seed",
		"(c) two bases composed beat one flow for flow, by outside | 11 of 11 | 11 of 11 | hundredth, 1 seed",
	}
	if got := tableOf(r); !slices.Equal(got, want) {
		t.Errorf("the rows are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	r.edit(question{identity("star", byFlows4flows), movedEuclidean, ""}, to(1.9))
	r.edit(question{identity("ring", flowForFlow), movedEuclidean, ""}, to(1.9))
	r.edit(question{identity("star", flowForFlow), movedEuclidean, ""}, to(1.9))
	r.edit(question{identity("four circles", flowForFlow), movedEuclidean, ""}, to(0.505))
	if got, want := tableOf(r)[0], "(a) flow for flow is near the identity | 6 of 7 | 4 of 7, 1 open | hundredth, 1 seed"; got != want {
		t.Errorf("of sets that move far the row is %q, want %q", got, want)
	}

	r.Records = slices.DeleteFunc(r.Records, func(record Record) bool {
		return record.beside() != "" && (record.Left != "ring" || record.Method != byFlows4flows) || record.Left == "star" && record.Right == "ring"
	})
	if got, want := tableOf(r), []string{"(a) flow for flow is near the identity | 1 of 1, 6 not run | 0 of 1, 6 not run | hundredth, 1 seed"}; !slices.Equal(got, want) {
		t.Errorf("of a single case the rows are %q, want %q", got, want)
	}
	if got := besides(&Results{}); len(got) > 0 {
		t.Errorf("of nothing there are the rows %v", got)
	}
}

// A budget has its own rows, so that flows4flows and ours are compared at one.
func TestEveryBudgetOfFlows4flowsHasItsRows(t *testing.T) {
	r := world(Label{Budget: "hundredth"}, 1)
	for _, record := range world(Label{Budget: "tenth"}, 3).Records {
		if record.Method == byFlows4flows && record.Left == "star" && record.Right == "star" {
			r.put(record)
		}
	}
	rows := tableOf(r)
	if got, want := rows[0], "(a) flow for flow is near the identity | 1 of 1, 6 not run | not run | tenth, 3 seeds"; len(rows) != 7 || got != want {
		t.Errorf("there are %d rows, the first %q, want 7 and %q", len(rows), got, want)
	}
}
