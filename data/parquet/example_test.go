package parquet_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/data/parquet"
)

// Points are written with the names of their columns, and some of them are read again.
func ExampleRead() {
	p, err := data.Point(80.4, 120, 0.5).WithColumnNames("mass", "energy", "eta")
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(os.TempDir(), "example.parquet")
	defer os.Remove(path)
	if err := parquet.Write(path, p); err != nil {
		fmt.Println(err)
		return
	}
	x, err := parquet.Read(path, parquet.Options{Columns: []string{"eta", "mass"}})
	fmt.Println(x.ColumnNames(), x.Row(0), err)
	// Output: [eta mass] [0.5 80.4] <nil>
}

// A column of text becomes classes where it is a condition.
func ExampleReadWithConditions() {
	x, c, err := parquet.ReadWithConditions("testdata/zstd.parquet", parquet.Options{
		Columns: []string{"f8", "f4"}, Conditions: []string{"channel"}, Missing: data.DropMissing,
	})
	fmt.Println(x, c.ColumnNames(), err)
	// Output: 12 points of 2 features [channel=ee channel=em channel=mm] <nil>
}
