package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// serve is a peer's side of the protocol, for the two peers that this program itself is: "ours" and
// "products".
func serve(ctx context.Context, in io.Reader, out io.Writer, role, asked string) error {
	var c benchCase
	if err := json.Unmarshal([]byte(asked), &c); err != nil {
		return err
	}
	build := map[string]func(context.Context, benchCase) (work, error){"ours": ourWork, "products": productsWork}[role]
	if build == nil {
		return fmt.Errorf("bench: -as takes ours, products, onnx, quality, known, points or linear, got %q", role)
	}
	say := json.NewEncoder(out)
	do, err := build(ctx, c)
	if err != nil {
		return err
	}
	if do == nil {
		return say.Encode(answer{Missing: true})
	}
	first, err := do(1)
	if err != nil {
		return err
	}
	if err := say.Encode(answer{Ready: true, Parameters: first.parameters}); err != nil {
		return err
	}
	for asks := bufio.NewScanner(in); asks.Scan(); {
		n, err := strconv.Atoi(asks.Text())
		if err != nil {
			return err
		}
		d, err := do(n)
		if err != nil {
			return err
		}
		if err := say.Encode(answer{Units: d.units, Seconds: d.seconds}); err != nil {
			return err
		}
	}
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	return say.Encode(answer{Peak: peak})
}
