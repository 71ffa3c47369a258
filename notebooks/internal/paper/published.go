package paper

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// publishedAs returns the path of a case's file in a folder.
func publishedAs(folder string, c Case, l Label, print string) string {
	return filepath.Join(folder, fmt.Sprintf("%s-%s-%s.safetensors", fileName(c.String()), fileName(l.String()), shortHash(print)))
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
	for _, e := range Experiments() {
		for _, c := range e.Weights {
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
	}
	return bases, nil
}

// density returns a base: from a published flow for flow, else trained or loaded.
func (l *lab) density(ctx context.Context, plan f4f.BasePlan, k kind) (*f4f.Density, error) {
	print, err := plan.Fingerprint()
	if err != nil {
		return nil, err
	}
	bases, err := l.shelvedBases()
	if err != nil {
		return nil, err
	}
	b, found := bases[print]
	if !found {
		return obtain(ctx, l, plan, k)
	}
	t, err := l.published(ctx, b.of)
	switch {
	case err != nil:
		return nil, err
	case b.left:
		return t.Left(), nil
	}
	return t.Right(), nil
}

// publish adds a measured case's record to the published results. It saves the case's transport if
// the experiment publishes it and it isn't there yet.
func (l *lab) publish(ctx context.Context, e Experiment, c Case) error {
	record := l.results.find(c, l.label())
	if l.publishTo == "" || record == nil || record.Failed != "" {
		return nil
	}
	_, print, err := l.trainings(c)
	if err != nil || record.Fingerprint != print {
		return err // the record is from an earlier plan
	}
	same := false // as the published record
	err = l.amendPublished(ctx, func(r *Results) {
		old := r.find(c, l.label())
		same = old != nil && slices.Equal(old.Numbers, record.Numbers)
		r.put(*record)
	})
	flows := publishedFlows(l.publishTo)
	if err != nil || !slices.Contains(e.Weights, c) || same && publishedFile(flows, print) != "" {
		return err
	}
	t, err := l.transport(ctx, c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(flows, 0o755); err != nil {
		return fmt.Errorf("paper: the folder for published flows can't be written: %w", err)
	}
	return t.Save(publishedAs(flows, c, l.label(), print))
}

// publishFigure copies a figure that is published to the folder, as PNG.
func (l *lab) publishFigure(ctx context.Context, f figure, d Drawn) error {
	if l.publishTo == "" || !f.published {
		return nil
	}
	d.Files = d.Files[:1]
	content, err := os.ReadFile(filepath.Join(l.folder, d.Files[0]))
	if err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	return errors.Join(writeFile(filepath.Join(l.publishTo, d.Files[0]), content), l.amendPublished(ctx, func(r *Results) { r.putDrawn(d) }))
}

// amendPublished changes the published results, while no other run does.
func (l *lab) amendPublished(ctx context.Context, change func(*Results)) error {
	if err := os.MkdirAll(l.publishTo, 0o755); err != nil {
		return fmt.Errorf("paper: the folder to publish in can't be written: %w", err)
	}
	unlock, err := l.lock(ctx, l.publishTo)
	if err != nil {
		return err
	}
	defer unlock()
	r, err := readResults(l.publishTo)
	if err != nil {
		return err
	}
	change(r)
	return r.write(l.publishTo)
}

// publishedFlows returns the folder of the flows within a folder of published results.
func publishedFlows(folder string) string { return filepath.Join(folder, "flows") }
