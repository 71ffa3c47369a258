package parquet

import "github.com/flowsforflows/flows/data"

// Options are the columns to read. The zero value reads every column. Columns are given by their
// names or by their numbers, counted from 0.
type Options struct {
	// Columns are the columns of the features, in this order. Empty means all columns that are not
	// named in another field.
	Columns []string
	// Conditions are the columns of the conditions, for ReadWithConditions. A column of text
	// becomes classes.
	Conditions []string
	// Weight is the column of the weights of the points; see data.Points.WithWeights. It isn't a
	// feature. Empty means no weights.
	Weight string
	// Classes maps the columns whose values are classes to their lists of classes; see data.CSV.
	Classes map[string][]string
	// Missing says what to do about rows with a null or NaN. The zero value is data.RefuseMissing.
	Missing data.Missing
	// MissingValues are values that mean a missing one, such as "-999"; see data.CSV.
	MissingValues []string
	// KeepIndex keeps a first column that numbers the rows, and pandas' column __index_level_0__.
	// They are left out otherwise unless Columns names them.
	KeepIndex bool
}
