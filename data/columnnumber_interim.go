package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func (p Points) ColumnNumber(name string) (int, error) {
	if j := slices.Index(p.names, name); j >= 0 && name != "" {
		return j, nil
	}
	if j, err := strconv.Atoi(name); err == nil && j >= 0 && j < p.d && (p.names == nil || p.names[j] == "") {
		return j, nil
	}
	titles := make([]string, p.d)
	for j := range titles {
		titles[j] = p.ColumnTitle(j)
	}
	return 0, fmt.Errorf("data: there is no column %q, only %s", name, strings.Join(titles, ", "))
}
