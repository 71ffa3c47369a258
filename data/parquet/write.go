package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	pq "github.com/parquet-go/parquet-go"

	"github.com/flowsforflows/flows/data"
	"github.com/flowsforflows/flows/data/atomicfile"
)

// rowGroup is the number of rows of a row group.
const rowGroup = 1 << 20

// Write writes p [N, D] to a Parquet file: columns of float32 compressed by zstd, under their
// names. A column without a name is named by its number, such as "column 0". Weights of the points
// become the last column, "weight", of float64; the option Weight: "weight" reads them back. Write
// returns an error if p holds no point or two columns have one name. The file appears whole or not
// at all, as those of data.WriteCSV do.
func Write(path string, p data.Points) error {
	content, err := file(p)
	if err == nil {
		err = atomicfile.Write(path, content)
	}
	if err != nil {
		return fmt.Errorf("parquet: %s: %w", path, err)
	}
	return nil
}

// file returns the content of a file.
func file(p data.Points) ([]byte, error) {
	if p.Len() == 0 {
		return nil, errors.New("there must be at least one point to write, got none")
	}
	names := p.ColumnNames()
	if names == nil {
		names = make([]string, p.Dim())
	}
	weights := p.Weights()
	if weights != nil {
		names = append(names, "weight")
	}
	schema := inOrder{Group: pq.Group{}}
	for j, name := range names {
		if name == "" {
			name = "column " + strconv.Itoa(j)
		}
		if schema.Group[name] != nil {
			return nil, fmt.Errorf("columns must have different names, got %q twice: rename one (WithColumnNames)", name)
		}
		of := pq.FloatType
		if j == p.Dim() {
			of = pq.DoubleType
		}
		schema.Group[name] = pq.Compressed(pq.Leaf(of), &pq.Zstd)
		schema.names = append(schema.names, name)
	}
	var content bytes.Buffer
	w := pq.NewWriter(&content, pq.NewSchema("points", schema), pq.MaxRowsPerRowGroup(rowGroup))
	rows := make([]pq.Row, 0, 256)
	for i := range p.Len() {
		row := make(pq.Row, 0, len(names))
		for j, v := range p.Row(i) {
			row = append(row, pq.FloatValue(v).Level(0, 0, j))
		}
		if weights != nil {
			row = append(row, pq.DoubleValue(weights[i]).Level(0, 0, p.Dim()))
		}
		if rows = append(rows, row); len(rows) == cap(rows) || i == p.Len()-1 {
			if _, err := w.WriteRows(rows); err != nil {
				return nil, err
			}
			rows = rows[:0]
		}
	}
	err := w.Close()
	return content.Bytes(), err
}

// inOrder is a group whose fields are in the order of the columns. Those of a pq.Group are sorted
// by name.
type inOrder struct {
	pq.Group
	names []string
}

// Fields implements pq.Node.
func (g inOrder) Fields() []pq.Field {
	byName := map[string]pq.Field{}
	for _, field := range g.Group.Fields() {
		byName[field.Name()] = field
	}
	fields := make([]pq.Field, len(g.names))
	for j, name := range g.names {
		fields[j] = byName[name]
	}
	return fields
}
