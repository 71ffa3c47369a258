// Package filelock lets one process at a time do a piece of work, by a lock on a file.
//
//	unlock, err := filelock.Lock(ctx, filepath.Join(folder, "lock"), func(holder string) { log.Print("waiting for ", holder) })
//	if err != nil {
//		return err
//	}
//	defer unlock()
//
// On one machine the lock is the operating system's (flock), which gives it back when its owner
// ends, however it ends. The file itself stays, empty.
//
// A folder that several machines share may have no such lock, or one that each machine keeps for
// itself. So whoever has the lock also holds a lease: a file beside it that says who it is, written
// anew every quarter of a minute. Another machine waits for as long as that goes on, and takes over
// from one that has been silent for a minute, by the clock of the file system. What a machine that
// slept through its lease still writes must therefore do no harm: files are to be written aside and
// renamed.
package filelock
