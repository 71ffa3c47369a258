package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// serveONNX is a peer's side of the protocol for our flow as an ONNX model: it writes the model, and
// has a program of the peers' run it by ONNX Runtime.
func serveONNX(ctx context.Context, in io.Reader, out io.Writer, o options, asked string) error {
	var c benchCase
	if err := json.Unmarshal([]byte(asked), &c); err != nil {
		return err
	}
	if c.Work != logProb {
		return json.NewEncoder(out).Encode(answer{Missing: true})
	}
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	model := filepath.Join(folder, "model.onnx")
	rows, err := readRows(c)
	if err != nil {
		return err
	}
	d, err := ourBase(c, rows, folder).Fit(ctx)
	if err != nil {
		return err
	}
	if err := d.ExportONNX(model, "log_prob"); err != nil {
		return err
	}
	runtime := exec.CommandContext(ctx, o.python, filepath.Join(o.programs, "on_onnxruntime.py"), asked, model, fmt.Sprint(d.Parameters()))
	runtime.Stdin, runtime.Stdout, runtime.Stderr = in, out, os.Stderr
	return runtime.Run()
}
