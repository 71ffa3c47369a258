package fit

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Several devices train one flow by GoMLX's SPMD. Each runs the same loop on its share of every
// batch, and the gradients are averaged over the devices before they are clipped. So all devices
// take the same step, and their weights stay equal without being sent.

// validateOn returns an error that names what can't work, on this backend or anywhere, or nil.
func (p Problem) validateOn(backend compute.Backend, r Recipe) error {
	if err := p.validate(r); err != nil {
		return err
	}
	return r.validateDevices(backend)
}

// validateDevices returns an error if the backend can't train on so many devices.
func (r Recipe) validateDevices(backend compute.Backend) error {
	if r.Devices <= 1 {
		return nil
	}
	if !backend.Capabilities().Operations[compute.OpTypeAllReduce] {
		return fmt.Errorf("fit: training on %d devices needs XLA, got the backend %q", r.Devices, backend.Name())
	}
	if has := int(backend.NumDevices()); r.Devices > has {
		return fmt.Errorf("fit: devices must be at most the %d that the backend has, got %d", has, r.Devices)
	}
	return nil
}

// shareOf returns a device's share of the rows of whole batches: an equal part of each batch's
// upper half and of its lower half, or consecutive rows if the halves can't be divided equally. A
// loss that pairs the two halves of a batch then pairs the same rows in the shares.
func shareOf(rows []int32, batch, device, devices int) []int32 {
	if devices == 1 {
		return rows
	}
	share := make([]int32, 0, len(rows)/devices)
	for ; len(rows) > 0; rows = rows[batch:] {
		if n := batch / devices; batch%(2*devices) == 0 {
			half := n / 2
			share = append(share, rows[device*half:(device+1)*half]...)
			share = append(share, rows[batch/2+device*half:batch/2+(device+1)*half]...)
		} else {
			share = append(share, rows[device*n:(device+1)*n]...)
		}
	}
	return share
}

// shared returns a device's part of the loss of a whole batch. The parts of all devices add up to
// that loss. On one device it is the loss.
func shared(loss *Node) *Node {
	if g := loss.Graph(); g.DistributedStrategy() == distributed.SPMD {
		return DivScalar(loss, float64(g.NumDevices()))
	}
	return loss
}

// summed returns the sums over all devices of their parts of a loss and of its gradient, a vector.
// On one device it returns both as they are.
//
// Both are sent as one vector: on a CPU the devices wait for each other once for each operand.
func summed(loss, gradient *Node) (*Node, *Node) {
	g := loss.Graph()
	if g.DistributedStrategy() != distributed.SPMD {
		return loss, gradient
	}
	size := gradient.Shape().Size()
	sum := g.Distributed().AllReduceOne(Concatenate([]*Node{gradient, Reshape(loss, 1)}, 0), compute.ReduceOpSum)
	return Reshape(Slice(sum, AxisRange(size))), Slice(sum, AxisRange(0, size))
}

// replicas holds the weights on the devices after the first. The first device's weights are those
// in the store, so checkpoints, validation and readers of a flow need not know of the others.
type replicas struct {
	devices int
	first   map[*model.Variable]*tensors.Tensor // the values that the others are replicas of
	others  map[*model.Variable][]*tensors.Tensor
}

func newReplicas(devices int) *replicas {
	return &replicas{devices, map[*model.Variable]*tensors.Tensor{}, map[*model.Variable][]*tensors.Tensor{}}
}

// of returns a variable's value on each device. It makes new replicas if the store's value was set
// in the meantime.
func (r *replicas) of(v *model.Variable) ([]*tensors.Tensor, error) {
	value, err := v.Value()
	if err != nil {
		return nil, err
	}
	all := []*tensors.Tensor{value}
	if r.first[v] == value {
		return append(all, r.others[v]...), nil
	}
	release(r.others[v])
	for range r.devices - 1 {
		t, err := value.LocalClone()
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// set sets a variable's value on each device.
func (r *replicas) set(v *model.Variable, all []*tensors.Tensor) error {
	r.first[v], r.others[v] = all[0], all[1:]
	return v.SetValue(all[0])
}

func (r *replicas) release() {
	for _, others := range r.others {
		release(others)
	}
	clear(r.first)
	clear(r.others)
}

// spmd is a program on several devices. It replaces model.Exec, which doesn't work there: under
// SPMD, GoMLX v0.28 gives every variable a sharding spec of a mesh that go-xla v0.4 knows only
// under AutoSharding (error: mesh "mesh" not found).
type spmd struct {
	exec      *Exec
	backend   compute.Backend
	replicas  *replicas
	variables []*model.Variable
	handles   []ParameterHandle // of the variables' input values
}

func newSPMD(backend compute.Backend, store *model.Store, r *replicas, build func(scope *model.Scope, inputs []*Node) []*Node) (*spmd, error) {
	mesh, err := distributed.NewDeviceMesh([]int{r.devices}, []string{"batch"})
	if err != nil {
		return nil, err
	}
	s := &spmd{backend: backend, replicas: r}
	s.exec, err = NewExec(backend, func(inputs []*Node) []*Node {
		g := inputs[0].Graph()
		model.SetStore(g, store)
		s.variables, s.handles = variablesOf(store, r.devices), nil
		for _, v := range s.variables {
			s.handles = append(s.handles, v.NodeValue(g).GetParameterHandle())
		}
		outputs := build(store.RootScope(), inputs)
		for _, v := range s.variables {
			outputs = append(outputs, v.NodeValue(g))
		}
		return outputs
	})
	if err != nil {
		return nil, err
	}
	s.exec.SPMD(mesh).SetSideParamsHook(s.donate)
	return s, nil
}

// variablesOf returns the variables that a program on so many devices takes and returns. On several
// devices it leaves out the state of the store's random generator, for which GoMLX v0.28
// dereferences a nil pointer under SPMD. So a loss can't draw random numbers there.
func variablesOf(store *model.Store, devices int) []*model.Variable {
	var variables []*model.Variable
	for v := range store.IterVariables() {
		if devices <= 1 || v.Name() != model.RNGStateVariableName {
			variables = append(variables, v)
		}
	}
	return variables
}

// donate hands the variables' values over to a call, for each device.
func (s *spmd) donate(g *Graph, buffers []compute.Buffer, donated []bool) error {
	for i, v := range s.variables {
		all, err := s.replicas.of(v)
		if err != nil {
			return err
		}
		for device, value := range all {
			at := device*g.NumParameters() + int(s.handles[i])
			if buffers[at], err = value.DonateBuffer(s.backend, compute.DeviceNum(device)); err != nil {
				return err
			}
			donated[at] = true
		}
		if err := v.Reset(); err != nil {
			return err
		}
	}
	return nil
}

// Call runs the program with the inputs of all devices, one device after another, and returns the
// outputs of the first.
func (s *spmd) Call(inputs ...any) ([]*tensors.Tensor, error) {
	outputs, err := s.exec.Call(inputs...)
	if err != nil {
		return nil, err
	}
	perDevice := len(outputs) / s.replicas.devices
	own := perDevice - len(s.variables) // outputs that aren't variables
	for i, v := range s.variables {
		all := make([]*tensors.Tensor, s.replicas.devices)
		for device := range all {
			all[device] = outputs[device*perDevice+own+i]
		}
		if err := s.replicas.set(v, all); err != nil {
			return nil, err
		}
	}
	for device := 1; device < s.replicas.devices; device++ {
		release(outputs[device*perDevice : device*perDevice+own])
	}
	return outputs[:own], nil
}

func (s *spmd) Compile(inputs ...shapes.Shape) (*Graph, error) { return s.exec.Compile(inputs...) }

func (s *spmd) Finalize() { s.exec.Finalize() }
