// Package columns chooses the columns of a file by name or by number, and gathers their numbers
// into rows of float32. The readers of CSV, NumPy and Parquet files share it.
//
// A reader makes a Table of the columns that Options select, fills its row with one number for each
// of them, and adds the row. Columns of text become classes: Class gives a number for each text,
// and Finish replaces the column by one column of zeros and ones for each class.
//
// Errors of this package don't begin with a package's name, because the readers add that and the
// file's.
package columns
