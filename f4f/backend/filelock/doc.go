// Package filelock lets one process at a time do a piece of work, by a lock on a file.
//
//	unlock, err := filelock.Lock(ctx, filepath.Join(folder, "lock"), func() { log.Print("waiting for another program") })
//	if err != nil {
//		return err
//	}
//	defer unlock()
//
// The lock belongs to the process: the operating system gives it back when its owner ends, however it ends. The file itself
// stays, empty.
package filelock
