package kernelext

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowsforflows/flows/f4f/cluster"
)

func TestARunIsWatchedUntilItHasEnded(t *testing.T) {
	folder, store := t.TempDir(), t.TempDir()
	const manifest = `{"format":"flowsforflows-cluster/1","store":%q,"tasks":[{"index":0,"name":"base ring","fingerprint":"0123456789abcdef","alone":true}]}`
	if err := os.WriteFile(filepath.Join(folder, "tasks.json"), []byte(strings.Replace(manifest, "%q", `"`+filepath.ToSlash(store)+`"`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err := watchCluster(t.Context(), folder, time.Millisecond, func(table Table) {
		if seen++; seen == 3 { // the flow's file is what counts
			flow := filepath.Join(store, "base-ring-0123456789abcdef")
			if err := errors.Join(os.Mkdir(flow, 0o755), os.WriteFile(filepath.Join(flow, "flow.safetensors"), nil, 0o644)); err != nil {
				t.Error(err)
			}
		}
		want := "1 flows, 0 trained, 1 waiting"
		if seen > 3 {
			want = "1 flows, 1 trained, 0 waiting"
		}
		if !strings.Contains(table.String(), want) {
			t.Errorf("look %d must show %q, got %s", seen, want, table)
		}
	})
	if err != nil || seen != 4 {
		t.Errorf("it must look 4 times, got %d, %v", seen, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := os.RemoveAll(filepath.Join(store, "base-ring-0123456789abcdef")); err != nil {
		t.Fatal(err)
	}
	if err := watchCluster(ended, folder, time.Hour, func(Table) {}); err != nil {
		t.Error(err)
	}
}

func TestATableOfARunShowsWhatTrainsAndWhatFailed(t *testing.T) {
	loss := 2.5
	text := ClusterTable(cluster.Status{Tasks: []cluster.TaskStatus{
		{Name: "base ring", State: cluster.Trained},
		{Name: "base star", State: cluster.Training, Step: 5, Steps: 10, Loss: &loss, Host: "node1"},
		{Name: "base board", State: cluster.Failed, What: "the disk is full"},
	}, Notes: []string{"A note."}}).String()
	for _, want := range []string{"base star", "5 of 10", "2.5000", "node1", "base board", "the disk is full", "3 flows, 1 trained", "A note."} {
		if !strings.Contains(text, want) {
			t.Errorf("the table must show %q, got %s", want, text)
		}
	}
	if strings.Contains(text, "base ring") {
		t.Error("trained flows need no row")
	}
}
