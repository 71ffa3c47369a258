package metric

import "math"

// assignment solves the assignment problem for a square matrix of costs: it assigns each row a
// column of its own so that the sum of the costs is least. Row i gets column assignment[i]. The
// costs must be finite.
//
// Rows are added one at a time, each along the shortest augmenting path in reduced costs, which
// Dijkstra's algorithm finds. The time is O(n³) at worst (Jonker and Volgenant, "A Shortest
// Augmenting Path Algorithm for Dense and Sparse Linear Assignment Problems", 1987; Crouse, "On
// Implementing 2D Rectangular Assignment Algorithms", 2016). Jonker and Volgenant's initialisation
// is left out; it saved a tenth of the time. Neither gonum nor a maintained Go library solves this
// problem.
func assignment(costs [][]float64) []int {
	n := len(costs)
	// Dual prices: costs[i][j] ≥ u[i] + v[j], with equality for assigned pairs.
	u, v := make([]float64, n), make([]float64, n)
	columnOf, rowOf := make([]int, n), make([]int, n)
	for i := range n {
		columnOf[i], rowOf[i] = -1, -1
	}
	shortest := make([]float64, n) // length of the shortest path found to a column
	before := make([]int, n)       // the row before a column on that path
	open := make([]int, 0, n)      // columns whose shortest path isn't final
	var rows, columns []int        // those whose shortest path is final, without the first row
	for first := range n {
		open, rows, columns = open[:0], rows[:0], columns[:0]
		for j := range n {
			shortest[j] = math.Inf(1)
			open = append(open, j)
		}
		length, i, free := 0.0, first, -1
		for free < 0 {
			least, at := math.Inf(1), -1
			row, price := costs[i], u[i]
			for k, j := range open {
				if d := length + row[j] - price - v[j]; d < shortest[j] {
					shortest[j], before[j] = d, i
				}
				// Among equally short paths, prefer one to a free column, which ends the search.
				if d := shortest[j]; d < least || d == least && rowOf[j] < 0 {
					least, at = d, k
				}
			}
			j := open[at]
			length = least
			open[at] = open[len(open)-1]
			open = open[:len(open)-1]
			columns = append(columns, j)
			if i = rowOf[j]; i < 0 {
				free = j
			} else {
				rows = append(rows, i)
			}
		}
		u[first] += length
		for _, i := range rows {
			u[i] += length - shortest[columnOf[i]]
		}
		for _, j := range columns {
			v[j] -= length - shortest[j]
		}
		for j := free; ; {
			i := before[j]
			rowOf[j] = i
			j, columnOf[i] = columnOf[i], j
			if i == first {
				break
			}
		}
	}
	return columnOf
}
