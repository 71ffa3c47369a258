package data

import (
	"encoding/json"
	"fmt"
)

// mapJSON is the JSON form of a map that is fitted to its column.
type mapJSON struct {
	Kind       string          `json:"kind"`
	Parameters []float64       `json:"parameters,omitempty"`
	Fitted     json.RawMessage `json:"fitted"`
}

// MarshalJSON returns the maps of each column, with what they were fitted to.
func (t Pipeline) MarshalJSON() ([]byte, error) {
	columns := make([][]mapJSON, len(t.columns))
	for j, column := range t.columns {
		for _, m := range column {
			text, err := json.Marshal(m.monotone)
			if err != nil {
				return nil, fmt.Errorf("data: %s of column %d: %w", m, j, err)
			}
			columns[j] = append(columns[j], mapJSON{m.kind, m.parameters[:mapKinds[m.kind].parameters], text})
		}
	}
	return json.Marshal(columns)
}

// mostMaps is the largest number of maps that a column in a file may have.
const mostMaps = 100

// UnmarshalJSON reads what MarshalJSON has written. It returns an error if no fit could have made
// it.
func (t *Pipeline) UnmarshalJSON(text []byte) error {
	var columns [][]mapJSON
	if err := json.Unmarshal(text, &columns); err != nil {
		return fmt.Errorf("data: reading a pipeline: %w", err)
	}
	t.columns = make([]fittedColumn, len(columns))
	for j, column := range columns {
		if len(column) > mostMaps {
			return fmt.Errorf("data: column %d of a pipeline must have at most %d maps, got %d", j, mostMaps, len(column))
		}
		for _, written := range column {
			m, err := written.fitted()
			if err != nil {
				return fmt.Errorf("%w (column %d of a pipeline)", err, j)
			}
			t.columns[j] = append(t.columns[j], m)
		}
	}
	return nil
}

// fitted returns the map that the JSON describes.
func (w mapJSON) fitted() (fittedMap, error) {
	kind, ok := mapKinds[w.Kind]
	if !ok {
		return fittedMap{}, fmt.Errorf("data: a map of kind %q is not known to this version", w.Kind)
	}
	if len(w.Parameters) != kind.parameters {
		return fittedMap{}, fmt.Errorf("data: a map of kind %q has %d parameters, got %d", w.Kind, kind.parameters, len(w.Parameters))
	}
	m := fittedMap{ColumnMap{kind: w.Kind}, kind.empty()}
	copy(m.parameters[:], w.Parameters)
	if err := m.ColumnMap.Validate(); err != nil {
		return fittedMap{}, err
	}
	if err := json.Unmarshal(w.Fitted, m.monotone); err != nil {
		return fittedMap{}, fmt.Errorf("data: reading %s: %w", m.ColumnMap, err)
	}
	return m, m.monotone.validate()
}
