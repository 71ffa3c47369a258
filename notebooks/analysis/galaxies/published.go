package galaxies

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/flowsforflows/flows/kernelext"
	"github.com/flowsforflows/flows/notebooks/internal/analysis"
)

//go:embed results.json
var published []byte

// Published returns a table of the results of the long form: "likelihood", "redshift" or "noise".
// Each number is the mean over the seeds, and the brackets hold the ends of their 95% intervals. It
// returns an error if there is no such table.
func Published(table string) (kernelext.Table, error) {
	var r analysis.Results
	if err := json.Unmarshal(published, &r); err != nil {
		return kernelext.Table{}, fmt.Errorf("galaxies: %w", err)
	}
	columns, rows := r.Cells(table)
	if len(rows) == 0 {
		return kernelext.Table{}, fmt.Errorf("galaxies: the tables are likelihood, redshift and noise, got %q", table)
	}
	return kernelext.Table{Columns: append([]string{""}, columns...), Rows: rows, Note: "made by: go run ./notebooks galaxies"}, nil
}
