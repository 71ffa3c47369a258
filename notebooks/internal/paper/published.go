package paper

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowsforflows/flows/f4f"
)

// A folder of published results holds three things. results.json has the numbers of all that was
// run, wherever and at whatever budget. The folder flows has the weights behind the figures that
// the project shows: transports, each with its bases in a file that Save wrote, which a run given
// that folder doesn't train again. And there are pictures whose flows are too many to be published.

// publishedFile returns the path of the transport with a fingerprint in a folder, or "". The name
// of the file ends with a hash of the fingerprint.
func publishedFile(folder, print string) string {
	files, _ := os.ReadDir(folder) // none if the folder doesn't exist
	for _, file := range files {
		if strings.HasSuffix(file.Name(), "-"+shortHash(print)+".safetensors") {
			return filepath.Join(folder, file.Name())
		}
	}
	return ""
}

// shelved returns the published file that holds what a case needs: its own transport, or for base
// transfer the flow for flow between its bases. path is "" if there is none. It also returns the
// trainings of that transport and its fingerprint.
func (l *lab) shelved(c Case) (path string, trainings []training, print string, err error) {
	if c.Method == baseTransfer {
		c.Method = flowForFlow // between the same bases, which that file holds
	}
	if _, trained := transports[c.Method]; !trained {
		return "", nil, "", nil
	}
	trainings, print, err = l.trainings(c)
	return publishedFile(l.shelf, print), trainings, print, err
}

// published returns the published transport of a case, or nil if there is none.
func (l *lab) published(ctx context.Context, c Case) (*f4f.Transport, error) {
	path, trainings, print, err := l.shelved(c)
	if path == "" || err != nil {
		return nil, err
	}
	t, err := f4f.LoadTransport(ctx, path)
	if err != nil {
		return nil, err
	}
	if t.Fingerprint() != print {
		return nil, fmt.Errorf("paper: %s is of another plan than its name tells; remove it, or train anew without published flows", path)
	}
	for _, training := range trainings {
		l.work.begin(training.kind, training.print).end() // nothing of it is left to do
	}
	if c.Method == baseTransfer {
		return f4f.BaseTransfer(t.Left(), t.Right())
	}
	return t, nil
}

// shelvedBase names a published flow for flow that holds a base.
type shelvedBase struct {
	of   Case
	left bool // whether the base is the left one
}

// shelvedBases returns the bases that published flows hold, by their fingerprints.
func (l *lab) shelvedBases() (map[string]shelvedBase, error) {
	bases := map[string]shelvedBase{}
	for _, c := range l.weights {
		path, trainings, _, err := l.shelved(c)
		if err != nil {
			return nil, err
		}
		if path == "" {
			continue
		}
		for i, t := range trainings[:len(trainings)-1] {
			bases[t.print] = shelvedBase{c, i == 0}
		}
	}
	return bases, nil
}
