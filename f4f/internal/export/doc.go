// Package export writes trained flows as ONNX models: which functions a model has, the names of its
// inputs and outputs, and what its metadata say. Package onnx records the graphs.
package export
