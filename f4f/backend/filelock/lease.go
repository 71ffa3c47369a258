package filelock

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const leaseSuffix = ".owner"

// here is this machine.
func here() machine {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown machine"
	}
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // Linux has it; elsewhere the name must do
	return machine{host: host, boot: strings.TrimSpace(string(boot)), beat: 15 * time.Second, lapse: time.Minute, poll: 100 * time.Millisecond}
}

// owner is what a lease's file says. One that is empty or torn is being written at this moment, or
// its writer died of it.
type owner struct {
	Host  string
	Boot  string
	PID   int
	Token string // of this one lease
}

// writing is how long a lease's file may take to be written.
const writing = 2 * time.Second

func readOwner(path string) (o owner, err error) {
	text, err := os.ReadFile(path)
	if err == nil && json.Unmarshal(text, &o) != nil {
		o = owner{}
	}
	return o, err
}

// holder is who holds a lease, for a person.
func holder(path string) string {
	if o, err := readOwner(path); err == nil && o.PID != 0 {
		return fmt.Sprintf("process %d on %s", o.PID, o.Host)
	}
	return "another process"
}

// lease is a file that says who has a lock, and is written anew as long as that lives.
type lease struct {
	path  string
	owner owner
	quit  chan struct{}
	ended chan struct{}
}

// lease waits until nobody alive holds the lease of a path, and takes it. locked tells that this
// process has the operating system's lock, so that no other process of this machine can be alive
// and hold the lease.
func (m machine) lease(ctx context.Context, path string, locked bool, waits func()) (*lease, error) {
	l := &lease{path, owner{m.host, m.boot, os.Getpid(), rand.Text()}, make(chan struct{}), make(chan struct{})}
	for {
		err := l.take()
		if err == nil {
			go l.keep(m.beat)
			return l, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		other, err := readOwner(path)
		dead := locked && other.Host == m.host && other.Boot == m.boot
		if err == nil && !dead {
			lapse := m.lapse
			if other == (owner{}) {
				lapse = writing
			}
			var silent time.Duration
			silent, err = silence(path)
			dead = silent > lapse
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // it was just given back
		case err != nil:
			return nil, err
		case dead:
			if err = m.retire(path, other); err == nil {
				continue
			} else if !errors.Is(err, fs.ErrExist) {
				return nil, err
			}
		}
		waits()
		select {
		case <-time.After(10 * m.poll): // a look writes a file, and may go through a network
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take makes the lease's file, which mustn't be there.
func (l *lease) take() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if err := l.sign(f); err != nil {
		return errors.Join(err, os.Remove(l.path))
	}
	return nil
}

// sign writes who holds the lease, and closes the file. The server of the file system sets its time.
func (l *lease) sign(f *os.File) error {
	text, err := json.Marshal(l.owner)
	if err == nil {
		_, err = f.WriteAt(text, 0)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// keep signs again and again, until the lease ends or another has taken it over.
func (l *lease) keep(every time.Duration) {
	defer close(l.ended)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-tick.C:
		}
		if !l.mine() {
			return
		}
		if f, err := os.OpenFile(l.path, os.O_WRONLY, 0); err == nil {
			_ = l.sign(f) // the next one may succeed
		}
	}
}

// mine tells whether the file still is this lease's.
func (l *lease) mine() bool {
	o, err := readOwner(l.path)
	return err == nil && o == l.owner
}

func (l *lease) end() {
	close(l.quit)
	<-l.ended
	if l.mine() {
		_ = os.Remove(l.path) // left behind it lapses
	}
}

// silence is how long ago a lease was signed, by the clock of its file system: machines' own may
// differ.
func silence(path string) (time.Duration, error) {
	signed, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return 0, err
	}
	_, err = f.Write([]byte("now"))
	now, statErr := f.Stat()
	if err = errors.Join(err, statErr, f.Close(), os.Remove(f.Name())); err != nil {
		return 0, err
	}
	return now.ModTime().Sub(signed.ModTime()), nil
}

// retire does away with a dead owner's lease. Of several machines that find it at a time one does:
// the one that makes a file beside it; the others' error is fs.ErrExist.
func (m machine) retire(path string, dead owner) error {
	guard := path + ".takeover"
	f, err := os.OpenFile(guard, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		if old, err := silence(guard); err == nil && old > m.lapse {
			_ = os.Remove(guard) // who made it died of it
		}
	}
	if err != nil {
		return err
	}
	defer os.Remove(guard)
	if err := f.Close(); err != nil {
		return err
	}
	if found, err := readOwner(path); err != nil || found != dead {
		return nil // somebody was faster
	}
	return os.Remove(path)
}
