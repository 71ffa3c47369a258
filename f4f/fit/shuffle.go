package fit

import "math/rand/v2"

// shuffled is the order in which an epoch (from 0) visits the n rows of data set number set: count row numbers, permutations one after
// another, the last one cut short. It depends on nothing but its arguments, so that a resumed run sees the order it would have seen.
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
