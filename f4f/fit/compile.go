package fit

import "context"

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

// program waits until a program can run windows of a shape.
func (c *compilations) program(ctx context.Context, p program, windows windowShape) error {
	return c.wait(ctx, func() error { return p.compile(windows) })
}

// validation waits until a scorer, nil for none, can score the sets, once.
func (c *compilations) validation(ctx context.Context, s *scorer, p Problem) error {
	if s == nil || c.validated {
		return nil
	}
	c.validated = true
	return c.wait(ctx, func() error { return s.compile(p.Validation) })
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
