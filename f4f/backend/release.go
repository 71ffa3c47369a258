package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gomlx/go-xla/installer"
)

// How long a site may stay silent: before its first answer, which never comes offline, and during a
// download.
const (
	answerTime = 5 * time.Second
	stallTime  = 30 * time.Second
)

// releasePath returns the place in our folder of the release that go-xla names.
func releasePath(folder string) string {
	return filepath.Join(folder, "go-xla-"+releaseOfXLA, pluginFileName)
}

// installRelease installs the CPU plugin that go-xla's installer would. The installer finds and
// unpacks it. In between we download it ourselves, because the installer's own download has no
// timeout, can't be cancelled, takes an error page for the file, keeps that in its cache for good,
// and prints to standard output.
func installRelease(ctx context.Context, folder string) (string, error) {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	report(ctx, Progress{Text: "looking for XLA's CPU plugin"})
	address, err := within(ctx, answerTime, func() (string, error) {
		return installer.CPUGetDownloadURL(platform, releaseOfXLA)
	})
	if err != nil {
		return "", brief(err)
	}
	tmp, err := os.MkdirTemp(folder, "tmp-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	archive := filepath.Join(tmp, path.Base(address))
	if err := download(ctx, address, archive, answerTime, stallTime); err != nil {
		return "", brief(err)
	}
	return unpackRelease(archive, filepath.Join(tmp, "files"), releasePath(folder))
}

// unpackRelease unpacks an archive into the folder tmp and moves the plugin in it to target.
func unpackRelease(archive, tmp, target string) (string, error) {
	unpack := installer.Untar
	if strings.HasSuffix(archive, ".zip") {
		unpack = installer.Unzip
	}
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return "", err
	}
	files, err := unpack(archive, tmp)
	if err != nil {
		return "", fmt.Errorf("unpacking %s: %w", filepath.Base(archive), err)
	}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "pjrt_c_api_cpu_") && isFile(file) {
			return target, moveInto(file, target)
		}
	}
	return "", fmt.Errorf("%s holds no CPU plugin", filepath.Base(archive))
}

// download downloads a file. It may take any time while bytes keep coming: answer limits the time
// to the site's answer, and stall the time without bytes afterwards.
func download(ctx context.Context, address, file string, answer, stall time.Duration) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(answer, func() { cancel(errors.New("the site does not answer")) })
	defer silence.Stop()

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: answer}).DialContext,
	}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return because(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the site answers %s", response.Status)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()

	total := max(response.ContentLength, 0)
	var done int64
	var last time.Time
	buffer := make([]byte, 1<<20)
	for {
		silence.Reset(stall)
		n, err := response.Body.Read(buffer)
		if _, err := out.Write(buffer[:n]); err != nil {
			return err
		}
		done += int64(n)
		if time.Since(last) > 200*time.Millisecond || err == io.EOF {
			last = time.Now()
			report(ctx, Progress{Text: "downloading XLA for the CPU", Done: done, Total: total})
		}
		if err == io.EOF {
			return out.Close()
		}
		if err != nil {
			return because(ctx, err)
		}
	}
}

// brief shortens the most common error, which go-xla and net wrap into half a page.
func brief(err error) error {
	var name *net.DNSError
	if errors.As(err, &name) {
		return fmt.Errorf("the site %s can't be found from here", name.Name)
	}
	return err
}

// because returns the cause for which the context was cancelled, or else err.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
