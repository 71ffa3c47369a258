package data

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// columnJSON is the JSON form of what a column passes.
type columnJSON struct {
	Whole bool      `json:"whole,omitempty"`
	Spike *spike    `json:"spike,omitempty"`
	Maps  []mapJSON `json:"maps,omitempty"`
}

// mapJSON is the JSON form of a map that is fitted to its column.
type mapJSON struct {
	Kind       string          `json:"kind"`
	Parameters []float64       `json:"parameters,omitempty"`
	Feature    string          `json:"feature,omitempty"` // of Argmax
	Fitted     json.RawMessage `json:"fitted"`
}

// MarshalJSON returns the maps of each column, with what they were fitted to. It is null for a
// column without maps.
func (t Pipeline) MarshalJSON() ([]byte, error) {
	columns := make([]*columnJSON, len(t.columns))
	for j, c := range t.columns {
		if c == nil {
			continue
		}
		columns[j] = &columnJSON{Whole: c.whole, Spike: c.spike}
		for _, m := range c.maps {
			text, err := json.Marshal(m.monotone)
			if err != nil {
				return nil, fmt.Errorf("data: %s of column %d: %w", m, j, err)
			}
			columns[j].Maps = append(columns[j].Maps, mapJSON{m.kind, m.parameters[:mapKinds[m.kind].parameters], m.feature, text})
		}
	}
	return json.Marshal(columns)
}

// mostMaps is the largest number of maps that a column in a file may have.
const mostMaps = 100

// UnmarshalJSON reads what MarshalJSON has written. It returns an error if no fit could have made
// it.
func (t *Pipeline) UnmarshalJSON(text []byte) error {
	if t == nil {
		return fmt.Errorf("data: reading a pipeline needs one to read into, got nil")
	}
	var columns []*columnJSON
	if err := json.Unmarshal(text, &columns); err != nil {
		return fmt.Errorf("data: reading a pipeline: %w", err)
	}
	t.columns = make([]*fittedColumn, len(columns))
	for j, written := range columns {
		if written == nil {
			continue
		}
		c, err := written.fitted()
		if err != nil {
			return fmt.Errorf("%w (column %d of a pipeline)", err, j)
		}
		t.columns[j] = c
	}
	var err error
	t.groups, err = argmaxGroups(t.columns)
	return err
}

// fitted returns the column that the JSON describes.
func (w columnJSON) fitted() (*fittedColumn, error) {
	c := &fittedColumn{whole: w.Whole, spike: w.Spike}
	if len(w.Maps) > mostMaps || w.Whole && w.Spike != nil {
		return nil, fmt.Errorf("data: a column must have at most %d maps, and whole numbers or a spike, got %d maps", mostMaps, len(w.Maps))
	}
	if w.Spike != nil {
		if err := w.Spike.validate(); err != nil {
			return nil, err
		}
	}
	for _, written := range w.Maps {
		m, err := written.fitted()
		if err != nil {
			return nil, err
		}
		if m.kind == angleName && (len(w.Maps) > 1 || w.Whole || w.Spike != nil) {
			return nil, fmt.Errorf("data: Angle must be the only map of its column")
		}
		if (m.kind == argmaxName) != (m.feature != "") || m.kind == argmaxName && (len(w.Maps) > 1 || !w.Whole) {
			return nil, fmt.Errorf("data: Argmax, and it alone, has a feature, and must be the only map of its column after Whole")
		}
		c.maps = append(c.maps, m)
	}
	return c, nil
}

// fitted returns the map that the JSON describes.
func (w mapJSON) fitted() (fittedMap, error) {
	kind, ok := mapKinds[w.Kind]
	if !ok || kind.noisy {
		return fittedMap{}, fmt.Errorf("data: a map of kind %q is not known to this version", w.Kind)
	}
	if len(w.Parameters) != kind.parameters {
		return fittedMap{}, fmt.Errorf("data: a map of kind %q has %d parameters, got %d", w.Kind, kind.parameters, len(w.Parameters))
	}
	m := fittedMap{ColumnMap{kind: w.Kind, feature: w.Feature}, kind.empty()}
	copy(m.parameters[:], w.Parameters)
	if err := m.ColumnMap.Validate(); err != nil {
		return fittedMap{}, err
	}
	if err := json.Unmarshal(w.Fitted, m.monotone); err != nil {
		return fittedMap{}, fmt.Errorf("data: reading %s: %w", m.ColumnMap, err)
	}
	if err := m.monotone.validate(); err != nil || !kind.fixed {
		return m, err
	}
	// Keys go by the parameters, and graphs by what was fitted.
	own, err := kind.fit(m.ColumnMap, nil)
	if err == nil && !reflect.DeepEqual(own, reflect.ValueOf(m.monotone).Elem().Interface()) {
		err = fmt.Errorf("data: reading %s: it is written as %s", m.ColumnMap, w.Fitted)
	}
	return m, err
}
