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

// How long a site may stay silent: before its first answer, which offline never comes, and in the
// middle of a download.
const (
	answerTime = 5 * time.Second
	stallTime  = 30 * time.Second
)

// releasePath is where the release that go-xla names is kept in our folder.
func releasePath(folder string) string {
	return filepath.Join(folder, "go-xla-"+releaseOfXLA, pluginFileName)
}

// installRelease gets the CPU plugin that go-xla's installer would. The installer finds and unpacks
// it; in between we download it ourselves, since the installer's own download has no timeout, can't
// be cancelled, takes an error page for the file, keeps that in its cache for good, and prints to
// standard output.
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

// download gets a file. It may take as long as it needs while bytes keep coming: the site must
// answer, and then not stall longer, than it is given.
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

// brief shortens the commonest of errors, which go-xla and net wrap into half a page.
func brief(err error) error {
	var name *net.DNSError
	if errors.As(err, &name) {
		return fmt.Errorf("the site %s is not to be found from here", name.Name)
	}
	return err
}

// because is the cause for which a context was cancelled, or else the error itself.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// moveInto puts a finished file in its place: on disk first, then under its name, so that nobody
// ever sees half of it.
func moveInto(file, target string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	err = errors.Join(f.Chmod(0o755), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.Rename(file, target)
}
