package onnx

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Versions of what is written. ONNX Runtime reads this opset from version 1.12 on.
const (
	irVersion = 8
	opset     = 17
)

// Model is a recorded model.
type Model struct {
	Name     string
	Metadata map[string]string // by key

	inputs, outputs []argument
	constants       []*value // weights and numbers
	nodes           []*node
}

// argument is an input or output of a model.
type argument struct {
	*value
	doc  string
	rows string // the name of the number of rows
	// optional makes an input one that may be left out: it is then one row of zeros.
	optional bool
}

// node is an operation of ONNX.
type node struct {
	op         string
	inputs     []*value
	outputs    []*value
	attributes []attribute
}

// attribute is an attribute of a node: an integer, or several.
type attribute struct {
	name string
	one  int64
	many []int64 // if not nil
}

func integer(name string, i int) attribute { return attribute{name: name, one: int64(i)} }

func integers(name string, is []int) attribute {
	a := attribute{name: name, many: make([]int64, len(is))}
	for k, i := range is {
		a.many[k] = int64(i)
	}
	return a
}

// Encode returns the model as a protocol buffer. Operations and constants that no output needs are
// left out.
func (m *Model) Encode() []byte {
	nodes, constants := m.needed()
	var g message
	for _, n := range nodes {
		g.message(1, n.encode())
	}
	g.text(2, m.Name)
	for _, c := range constants {
		g.message(5, c.encodeTensor())
	}
	for _, in := range m.inputs {
		if in.optional {
			g.message(5, in.zeros())
		}
	}
	for _, in := range m.inputs {
		g.message(11, in.encode())
	}
	for _, out := range m.outputs {
		g.message(12, out.encode())
	}
	var all message
	all.integer(1, irVersion)
	all.text(2, "flows for flows")
	all.message(7, g)
	var set message
	set.integer(2, opset)
	all.message(8, set)
	for _, key := range slices.Sorted(maps.Keys(m.Metadata)) {
		var entry message
		entry.text(1, key)
		entry.text(2, m.Metadata[key])
		all.message(14, entry)
	}
	return all
}

// needed returns the operations and constants that the outputs need, in their order.
func (m *Model) needed() (nodes []*node, constants []*value) {
	need := map[*value]bool{}
	for _, out := range m.outputs {
		need[out.value] = true
	}
	for _, n := range slices.Backward(m.nodes) {
		if !slices.ContainsFunc(n.outputs, func(v *value) bool { return need[v] }) {
			continue
		}
		nodes = append(nodes, n)
		for _, in := range n.inputs {
			need[in] = true
		}
	}
	slices.Reverse(nodes)
	for _, c := range m.constants {
		if need[c] {
			constants = append(constants, c)
		}
	}
	return nodes, constants
}

func (n *node) encode() (m message) {
	for _, in := range n.inputs {
		m.text(1, in.name)
	}
	for _, out := range n.outputs {
		m.text(2, out.name)
	}
	m.text(4, n.op)
	for _, a := range n.attributes {
		var own message
		own.text(1, a.name)
		if a.many == nil {
			own.integer(3, a.one)
			own.integer(20, 2) // INT
		} else {
			own.integers(8, a.many)
			own.integer(20, 7) // INTS
		}
		m.message(5, own)
	}
	return m
}

// encode returns the argument's name, type and shape.
func (a argument) encode() (m message) {
	var shape message
	for axis, size := range a.shape.Dimensions {
		var dim message
		if rows := rowsOf(size); axis == 0 && rows > 0 {
			dim.text(2, a.rows)
		} else {
			dim.integer(1, int64(size))
		}
		shape.message(1, dim)
	}
	var tensor message
	tensor.integer(1, int64(typeOf(a.shape.DType)))
	tensor.message(2, shape)
	var kind message
	kind.message(1, tensor)
	m.text(1, a.name)
	m.message(2, kind)
	m.text(3, a.doc)
	return m
}

// zeros returns one row of zeros under the argument's name.
func (a argument) zeros() message {
	one := &value{name: a.name, shape: a.shape.Clone()}
	one.shape.Dimensions[0] = 1
	one.content = make([]byte, one.shape.ByteSize())
	return one.encodeTensor()
}

func (v *value) encodeTensor() (m message) {
	dims := make([]int64, v.shape.Rank())
	for axis, size := range v.shape.Dimensions {
		dims[axis] = int64(size)
	}
	m.integers(1, dims)
	m.integer(2, int64(typeOf(v.shape.DType)))
	m.text(8, v.name)
	m.bytes(9, v.content)
	return m
}

// message is the content of a protocol buffer's message. Fields of numbers as of onnx.proto.
type message []byte

func (m *message) integer(field protowire.Number, i int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), uint64(i))
}

func (m *message) bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), b)
}

func (m *message) message(field protowire.Number, own message) { m.bytes(field, own) }

// text appends a text, unless it is empty.
func (m *message) text(field protowire.Number, s string) {
	if s != "" {
		m.bytes(field, []byte(s))
	}
}

// integers appends several integers, packed; nothing for none.
func (m *message) integers(field protowire.Number, is []int64) {
	var packed message
	for _, i := range is {
		packed = protowire.AppendVarint(packed, uint64(i))
	}
	if len(is) > 0 {
		m.bytes(field, packed)
	}
}
