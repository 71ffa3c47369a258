package programs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowsforflows/flows/f4f/backend/programs"
)

func TestTheDefaultFolderIsWhereTheUserSays(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for variable, want := range map[string]string{
		"":            filepath.Join(cache, "flowsforflows", "programs"),
		"off":         "",
		"/my/folder":  "/my/folder",
		"./off":       filepath.Join(here, "off"),
		"/my/../your": "/your",
	} {
		t.Setenv(programs.Env, variable)
		if got, err := programs.DefaultPath(); err != nil || got != want {
			t.Errorf("%s=%q: %q, %v; want %q", programs.Env, variable, got, err, want)
		}
	}
	t.Setenv(programs.Env, "")
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	if got, err := programs.DefaultPath(); err == nil || !strings.Contains(err.Error(), programs.Env) {
		t.Errorf("without a home: %q, %v; want an error that names the way out", got, err)
	}
}
