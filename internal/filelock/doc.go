// Package filelock lets one process at a time do a piece of work, by a lock on a file.
//
//	unlock, err := filelock.Lock(ctx, filepath.Join(folder, "lock"), func(holder string) { log.Print("waiting for ", holder) })
//	if err != nil {
//		return err
//	}
//	defer unlock()
//
// On one machine the lock is the operating system's (flock), which ends with its owner, however
// that ends. The file itself stays, empty.
//
// A folder shared by several machines may lack such a lock, or each machine may have one of its
// own. So the holder of the lock also holds a lease: a file beside it that names the holder and is
// rewritten every 15 seconds. Another machine waits while that continues, and takes over from a
// holder that has been silent for a minute, by the clock of the file system. A machine that slept
// through its lease may still write afterwards. That must do no harm, so write files aside and
// rename them.
package filelock
