package fit

import "math/rand/v2"

// order is the rows of data set number set that an epoch (from 0) visits in count places, by whole
// batches. Several flows at once have their rows one's after another's in the data set and in each
// batch, and each visits its own in the order in which it would alone.
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

// shuffled is the order in which an epoch (from 0) visits the n rows of data set number set: count
// row numbers, permutations one after another, the last one cut short. It depends on nothing but
// its arguments, so that a resumed run sees the order it would have seen.
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
