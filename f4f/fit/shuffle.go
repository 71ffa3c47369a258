package fit

import "math/rand/v2"

// order returns the rows of data set number set that an epoch (from 0) visits in count places, in
// whole batches. With several flows at once, the rows of one flow follow those of another, in the
// data set and in each batch. Each flow visits its own rows in the order in which it would alone.
func (p Problem) order(seed uint64, epoch, set, batch, count int) []int32 {
	n, flows := p.Data[set].Shape().Dim(0), p.flows()
	if flows == 1 {
		return shuffled(seed, epoch, set, n, count)
	}
	n, batch = n/flows, batch/flows
	order := make([]int32, count)
	for k, seed := range p.seeds {
		for i, row := range shuffled(seed, epoch, set, n, count/flows) {
			order[(i/batch*flows+k)*batch+i%batch] = int32(k*n) + row
		}
	}
	return order
}

// shuffled returns the order in which an epoch (from 0) visits the n rows of data set number set:
// count row numbers, which are permutations one after another, the last one cut short. It depends
// only on its arguments, so that a resumed run sees the same order.
func shuffled(seed uint64, epoch, set, n, count int) []int32 {
	rng := rand.New(rand.NewPCG(seed, uint64(epoch)<<16|uint64(set)))
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	order := make([]int32, 0, count+n)
	for len(order) < count {
		rng.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		order = append(order, rows...)
	}
	return order[:count]
}
