package fit

import (
	"context"
	"fmt"
)

// compilations are done before a program's first call, and aside: one can't be stopped, and that of
// a large program takes half a minute. Where the context ends in the meantime it is left behind.
type compilations struct {
	validated  bool // the validation is compiled, or left behind
	leftBehind bool // one was going on when the context ended
	behind     <-chan error
}

// wait waits for a compilation, or until the context ends.
func (c *compilations) wait(ctx context.Context, compile func() error) error {
	done := make(chan error, 1)
	go func() {
		var err error
		if caught := Catch(func() { err = compile() }); caught != nil {
			err = caught
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		c.leftBehind, c.behind = true, done
		return ctx.Err()
	}
}

// ready compiles what hasn't been: a program before its first call, and the validation after it, so
// that progress is told soon. s is nil without validation.
func (c *compilations) ready(ctx context.Context, p Problem, r Recipe, program program, ran bool, s *scorer) (err error) {
	switch {
	case !ran:
		err = c.wait(ctx, func() error { return program.compile(p.windowShape(r)) })
	case s != nil && !c.validated:
		c.validated = true
		err = c.wait(ctx, func() error { return s.compile(p.Validation) })
	}
	if err != nil {
		return fmt.Errorf("fit: %s: %w", p.Flow, err)
	}
	return nil
}

// begin sets up the run of a flow, aside. Where the context ends first, the error wraps
// ErrInterrupted, and what is set up is closed once it is there.
func begin[R interface{ close() }](ctx context.Context, flow string, setUp func() (R, error)) (R, error) {
	var r, none R
	var c compilations
	err := c.wait(ctx, func() (err error) {
		r, err = setUp()
		return err
	})
	if !c.leftBehind {
		return r, err
	}
	go func() {
		if <-c.behind == nil {
			r.close()
		}
	}()
	return none, fmt.Errorf("fit: %s: %w before it began: %w", flow, ErrInterrupted, context.Cause(ctx))
}

// release finalises programs, after a compilation that was left behind.
func (c *compilations) release(programs []program, s *scorer) {
	all := func() {
		for _, p := range programs {
			p.finalize()
		}
		if s != nil {
			s.finalize()
		}
	}
	if c.leftBehind {
		go func() {
			<-c.behind
			all()
		}()
		return
	}
	all()
}
