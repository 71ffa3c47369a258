package paper

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/flowsforflows/flows/f4f"
)

// Published flows are the weights behind the figures that the project shows: transports, each with its bases, in files that Save wrote. A run that knows their folder trains none of them.

// publishedFile is where a folder has the transport of a fingerprint, which the name's end tells; "" where it has none.
func publishedFile(folder, print string) string {
	if folder == "" {
		return ""
	}
	found, _ := filepath.Glob(filepath.Join(folder, "*-"+shortHash(print)+".safetensors")) // errs on a bad pattern alone
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

// publishedAs is a case's file in a folder.
func publishedAs(folder string, c Case, l Label, print string) string {
	return filepath.Join(folder, fmt.Sprintf("%s-%s-%s.safetensors", fileName(c.String()), fileName(l.String()), shortHash(print)))
}

// shelved is the published file that has what a case needs: its own transport, or the flow for flow between its bases; "" where there is none. With it what that took to train.
func (l *lab) shelved(c Case) (path string, trainings []training, print string, err error) {
	if c.Method == baseTransfer {
		c.Method = flowForFlow // between the same bases, which its file has
	}
	if _, trained := transports[c.Method]; !trained {
		return "", nil, "", nil
	}
	trainings, print, err = l.trainings(c)
	return publishedFile(l.shelf, print), trainings, print, err
}

// published is the transport of a case as it was published; nil where it wasn't.
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
		l.work.begin(training.kind, training.print).end() // of which nothing is left to do
	}
	if c.Method == baseTransfer {
		return f4f.BaseTransfer(t.Left(), t.Right())
	}
	return t, nil
}

// publish saves a measured case's transport, where it is trained and not there yet.
func (l *lab) publish(ctx context.Context, c Case) error {
	if _, trained := transports[c.Method]; !trained || l.publishTo == "" {
		return nil
	}
	_, print, err := l.trainings(c)
	if err != nil || publishedFile(l.publishTo, print) != "" {
		return err
	}
	t, err := l.transport(ctx, c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(l.publishTo, 0o755); err != nil {
		return fmt.Errorf("paper: the folder for published flows can't be written: %w", err)
	}
	return t.Save(publishedAs(l.publishTo, c, l.label(), print))
}
