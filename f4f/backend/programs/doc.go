// Package programs keeps compiled programs on disk, each under a key made from all that it was
// compiled from. A later process loads in milliseconds what took seconds to compile.
//
//	folder, err := programs.Open(path, programs.MaxBytes)
//	program, err := folder.Get(key)       // wraps fs.ErrNotExist if there is none
//	err = folder.Put(key, program)
//
// A program is machine code that will be run. So the folder and its files must belong to the user
// and be writable by nobody else; Open rejects any other folder. Every file carries its key and a
// checksum of its content. Get returns nothing from a file that is torn, altered, under another key
// or another user's, and renames it out of the way.
//
// Any number of processes may use one folder at once: files are written aside and renamed, read
// completely, and never changed. If the folder exceeds its limit, the programs unused for longest
// are removed first.
package programs
