//go:build !(linux && amd64)

package backend

import (
	"context"
	"errors"
)

func installCUDA(context.Context) (string, error) {
	return "", errors.New("go-xla has CUDA for linux/amd64 only")
}
