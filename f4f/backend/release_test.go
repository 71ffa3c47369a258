package backend

import (
	"archive/tar"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReleaseIsUnpackedUnderItsPlainName(t *testing.T) {
	folder := t.TempDir()
	archive := filepath.Join(folder, "pjrt_cpu_linux_amd64.tar.gz")
	write := func(names ...string) {
		t.Helper()
		f, err := os.Create(archive)
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(f)
		w := tar.NewWriter(z)
		for _, name := range names {
			if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: 8}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte("a plugin")); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []interface{ Close() error }{w, z, f} {
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}

	write("LICENSE", "pjrt_c_api_cpu_v0.114.0_plugin.so")
	target := releasePath(folder)
	path, err := unpackRelease(archive, filepath.Join(folder, "files"), target)
	if err != nil || path != target {
		t.Fatalf("unpackRelease = %q, %v; want %q", path, err, target)
	}
	if content, err := os.ReadFile(target); err != nil || string(content) != "a plugin" {
		t.Errorf("the plugin holds %q, %v", content, err)
	}

	write("LICENSE")
	if _, err := unpackRelease(archive, filepath.Join(folder, "none"), target); err == nil || !strings.Contains(err.Error(), "no CPU plugin") {
		t.Errorf("an archive without a plugin gives %v", err)
	}
	if err := os.WriteFile(archive, []byte("<html>blocked</html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := unpackRelease(archive, filepath.Join(folder, "html"), target); err == nil {
		t.Error("an error page must not be taken for an archive")
	}
}

func TestDownloadEndsWhenTheSiteDoes(t *testing.T) {
	stop := make(chan struct{})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/all":
			w.Write([]byte("all of it"))
		case "/blocked":
			w.WriteHeader(http.StatusForbidden)
		case "/stalls":
			w.Write([]byte("half"))
			w.(http.Flusher).Flush()
			<-stop
		case "/silent":
			<-stop
		}
	}))
	defer site.Close()
	defer close(stop)
	for _, row := range []struct{ path, want string }{
		{"/all", ""},
		{"/blocked", "403"},
		{"/stalls", "does not answer"},
		{"/silent", "does not answer"},
	} {
		t.Run(row.path, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "file")
			start := time.Now()
			err := download(t.Context(), site.URL+row.path, file, 200*time.Millisecond, 200*time.Millisecond)
			if row.want == "" {
				if content, _ := os.ReadFile(file); err != nil || string(content) != "all of it" {
					t.Errorf("download gave %q, %v", content, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("download = %v, want an error with %q", err, row.want)
			}
			t.Logf("giving up took %v", time.Since(start))
		})
	}
}
