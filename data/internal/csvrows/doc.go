// Package csvrows splits the text of a CSV file into rows of fields, finds out how a file is laid
// out, and parses numbers. It reads a file of numbers several times faster than encoding/csv with
// strconv, because fields are slices of the buffer.
package csvrows
