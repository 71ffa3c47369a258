// Package parquet reads points from Parquet files and writes them. It is separate from package data
// because the library that it uses, parquet-go, adds some 10 MB to a program.
//
//	x, err := parquet.Read("jets.parquet", parquet.Options{Columns: []string{"pt", "eta"}})
//
// It reads files written by pandas, PyArrow, Polars, Spark and DuckDB: numbers of any width,
// booleans, decimals, nulls, dictionaries, and pages compressed by snappy, gzip, zstd, LZ4 or
// Brotli. It reads one row group at a time, so that it needs little more memory than the points.
// Numbers are rounded to float32.
package parquet
