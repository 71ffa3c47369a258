// Package audit measures how exactly a flow is inverted and how exact its log-dets are, at given
// points, and how many of them lie where its layers don't act. f4f.Audit presents what it finds.
package audit
