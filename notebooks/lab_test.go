package main

import (
	"slices"
	"testing"
)

func TestArgumentsOfTheUserStandInPlaceOfOurs(t *testing.T) {
	got := labArguments("here", []string{"--no-browser", "--notebook-dir=there", "--LabApp.extension_manager=pypi"})
	want := []string{"--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--no-browser", "--notebook-dir=there", "--LabApp.extension_manager=pypi"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := labArguments("here", nil); len(got) != 4 || got[0] != "--ServerApp.root_dir=here" {
		t.Errorf("by itself: %q", got)
	}
}
