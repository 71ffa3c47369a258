package entry

import "strings"

// Kind is what a file in an entry's folder is.
type Kind int

// Kinds of files.
const (
	ForeignFile Kind = iota // none of ours, never touched
	FlowFile                // a flow, a checkpoint, or the last good epoch
	AsideFile               // one of those that couldn't be used
	PartFile                // one of those half written by a process that was killed
	LockFile
)

// KindOf returns the kind of a file by its name.
func KindOf(name string) Kind {
	for _, path := range []string{Entry{}.Flow(), Entry{}.Checkpoint(), Entry{}.LastGood()} {
		switch {
		case name == path:
			return FlowFile
		case strings.HasPrefix(name, path+"."):
			return AsideFile
		case strings.HasPrefix(name, "."+path+"."):
			return PartFile
		}
	}
	if name == lockName || strings.HasPrefix(name, lockName+".") || strings.HasPrefix(name, "."+lockName+".") {
		return LockFile
	}
	return ForeignFile
}
