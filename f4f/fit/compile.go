package fit

import (
	"context"
	"fmt"

	"github.com/flowsforflows/flows/f4f/internal/panics"
)

// compilations runs compilations before a program's first call, on goroutines of their own. A
// compilation can't be stopped, and that of a large program takes half a minute. If the context
// ends in the meantime, the compilation is abandoned.
type compilations struct {
	scorerStarted bool         // the scorer is compiled, or its compilation was abandoned
	abandoned     bool         // a compilation was running when the context ended
	abandonedEnd  <-chan error // receives the result of the abandoned compilation
}

// wait runs a compilation and waits until it or the context ends, and returns its error or the
// context's.
func (c *compilations) wait(ctx context.Context, compile func() error) error {
	done := make(chan error, 1)
	go func() {
		var err error
		if caught := panics.Catch(func() { err = compile() }); caught != nil {
			err = caught
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		c.abandoned, c.abandonedEnd = true, done
		return ctx.Err()
	}
}

// ready compiles what is not compiled yet: a program before its first call, and the scorer after
// it, so that progress is reported soon. s is nil without validation data.
func (c *compilations) ready(ctx context.Context, p Problem, r Recipe, program program, ran bool, s *scorer) (err error) {
	switch {
	case !ran:
		err = c.wait(ctx, func() error { return program.compile(p.windowShape(r)) })
	case s != nil && !c.scorerStarted:
		c.scorerStarted = true
		err = c.wait(ctx, func() error { return s.compile(p.Validation) })
	}
	if err != nil {
		return fmt.Errorf("fit: %s: %w", p.Flow, err)
	}
	return nil
}

// begin sets up the run of a flow on another goroutine. If the context ends first, begin returns an
// error that wraps ErrInterrupted, and the run is closed once it is set up.
func begin[R interface{ close() }](ctx context.Context, flow string, setUp func() (R, error)) (R, error) {
	var r, none R
	var c compilations
	err := c.wait(ctx, func() (err error) {
		r, err = setUp()
		return err
	})
	if !c.abandoned {
		return r, err
	}
	go func() {
		if <-c.abandonedEnd == nil {
			r.close()
		}
	}()
	return none, fmt.Errorf("fit: %s: %w before it began: %w", flow, ErrInterrupted, context.Cause(ctx))
}

// release finalises programs, if need be after an abandoned compilation has ended.
func (c *compilations) release(programs []program, s *scorer) {
	all := func() {
		for _, p := range programs {
			p.finalize()
		}
		if s != nil {
			s.finalize()
		}
	}
	if c.abandoned {
		go func() {
			<-c.abandonedEnd
			all()
		}()
		return
	}
	all()
}
