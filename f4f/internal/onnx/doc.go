// Package onnx writes functions that are built as GoMLX graphs to ONNX models, for programs that
// run them without Go.
//
// No layer is written a second time. Record builds the functions on a backend that computes
// nothing: it translates each operation that GoMLX asks for into operations of ONNX, whose inputs
// are the values of earlier ones. Model.Write then writes these in ONNX's own form, protocol
// buffers (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
//
// Graphs of GoMLX have fixed shapes, and a model takes any number of rows. So functions are built
// for a batch of a marker size, which is no other dimension's; wherever it appears, in a reshape,
// a broadcast or a slice, the model takes the number of rows that it is given.
package onnx
