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

// machine is a machine that takes part.
type machine struct {
	host    string
	boot    string        // distinguishes machines of one name, and a machine before and after a restart
	noFlock bool          // don't use flock, as on some shared file systems
	beat    time.Duration // time between two signs of life
	lapse   time.Duration // time without one after which a holder counts as dead
	poll    time.Duration // shortest time between two attempts to take the lock; see pause
}

// here returns the description of this machine.
func here() machine {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown machine"
	}
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // only on Linux; elsewhere the host name must do
	return machine{host: host, boot: strings.TrimSpace(string(boot)), beat: 15 * time.Second, lapse: time.Minute, poll: 100 * time.Millisecond}
}

// owner is the content of a lease's file. It is the zero value if the file is empty or torn: then
// it is being written at this moment, or its writer died.
type owner struct {
	Host  string
	Boot  string
	PID   int
	Token string // of this one lease
}

// writing is the time within which a lease's file must be written.
const writing = 2 * time.Second

// readOwner returns the owner in the lease's file at path.
func readOwner(path string) (o owner, err error) {
	text, err := os.ReadFile(path)
	if err == nil && json.Unmarshal(text, &o) != nil {
		o = owner{}
	}
	return o, err
}

// holder describes the holder of a lease for a person.
func holder(path string) string {
	if o, err := readOwner(path); err == nil && o.PID != 0 {
		return fmt.Sprintf("process %d on %s", o.PID, o.Host)
	}
	return "another process"
}

// Lease returns the path of the file that is there while somebody holds the lock of a file, or if
// somebody held it and died. Lock finds out whether the holder is alive.
func Lease(path string) string { return path + leaseSuffix }

// lease is a file that says who holds a lock. It is rewritten for as long as the holder lives.
type lease struct {
	path  string
	owner owner
	quit  chan struct{}
	ended chan struct{}
}

// lease waits until nobody alive holds the lease at path, and takes it. locked says that this
// process holds the operating system's lock, so that no other process of this machine can be alive
// and hold the lease.
func (m machine) lease(ctx context.Context, path string, locked bool, waits func()) (*lease, error) {
	l := &lease{path, owner{m.host, m.boot, os.Getpid(), rand.Text()}, make(chan struct{}), make(chan struct{})}
	for began := time.Now(); ; {
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
			continue // the lease has just been released
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
		// An attempt writes a file, possibly over a network.
		if err := sleep(ctx, max(10*m.poll, m.pause(time.Since(began)))); err != nil {
			return nil, err
		}
	}
}

// take creates the lease's file. It returns an error if the file exists. If writing took so long that
// another machine has taken the empty file for a dead one's, take returns fs.ErrExist.
func (l *lease) take() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	// Creating a file reaches the server at once, and closing it sends what was written. Fsync would
	// take milliseconds, which count where many locks are taken.
	if err := l.sign(f, false); err != nil {
		return errors.Join(err, os.Remove(l.path))
	}
	if !l.mine() {
		return fs.ErrExist
	}
	return nil
}

// sign writes the owner of the lease and closes the file. The server of the file system sets the
// modification time: with sync, surely before sign returns.
func (l *lease) sign(f *os.File, sync bool) error {
	text, err := json.Marshal(l.owner)
	if err == nil {
		_, err = f.WriteAt(text, 0)
	}
	if err == nil && sync {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// keep signs the lease repeatedly, until it ends or another process has taken it over.
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
			_ = l.sign(f, true) // the next one may succeed
		}
	}
}

// mine reports whether the file still belongs to this lease.
func (l *lease) mine() bool {
	o, err := readOwner(l.path)
	return err == nil && o == l.owner
}

// end stops signing and removes the file, unless another process has taken it over.
func (l *lease) end() {
	close(l.quit)
	<-l.ended
	if l.mine() {
		_ = os.Remove(l.path) // if that fails, it lapses
	}
}

// silence returns how long ago a lease was signed, by the clock of its file system. The clocks of
// machines may differ.
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

// retire removes a dead owner's lease. If several machines find it at the same time, one of them
// does so: the one that creates a file beside it. The others get fs.ErrExist.
func (m machine) retire(path string, dead owner) error {
	guard := path + ".takeover"
	f, err := os.OpenFile(guard, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		if old, err := silence(guard); err == nil && old > m.lapse {
			_ = os.Remove(guard) // its maker died
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
