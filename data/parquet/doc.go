// Package parquet reads points from Parquet files and writes them. It is apart from the package
// data because the library that it uses, parquet-go, adds some 10 MB to a program.
//
//	x, err := parquet.Read("jets.parquet", parquet.Options{Columns: []string{"pt", "eta"}})
//
// Files of pandas, PyArrow, Polars, Spark and DuckDB are read: numbers of any width, booleans,
// decimals, nulls, dictionaries, and pages compressed by snappy, gzip, zstd, LZ4 or Brotli. Row
// groups are read one after the other, so that the memory taken is that of the points.
package parquet
