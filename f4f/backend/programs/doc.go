// Package programs keeps compiled programs on disk, each under the key of what it was compiled
// from, so that the next process loads in milliseconds what took seconds to compile.
//
//	folder, err := programs.Open(path, programs.Most)
//	program, err := folder.Get(key)       // wraps fs.ErrNotExist where there is none
//	err = folder.Put(key, program)
//
// A program is machine code that will be run. So the folder and its files must be the user's own,
// writable by nobody else; Open refuses any other folder. Every file carries its key and a checksum
// of its content; Get gives nothing of a file that is torn, altered, another key's or another
// user's, and renames it out of the way.
//
// Any number of processes may use one folder at once: files are written aside and renamed, read
// whole, and never changed. Where the folder outgrows its limit, the programs unused for longest go
// first.
package programs
