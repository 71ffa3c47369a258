package paper

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

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

// publishedAs returns the path of a case's file in a folder.
func publishedAs(folder string, c Case, l Label, print string) string {
	return filepath.Join(folder, fmt.Sprintf("%s-%s-%s.safetensors", fileName(c.String()), fileName(l.String()), shortHash(print)))
}
