package entry

import "strings"

// Kind is the kind of a file in an entry's folder.
type Kind int

// Kinds of files.
const (
	ForeignFile Kind = iota // not ours, never touched
	FlowFile                // a flow, a checkpoint, or the last good epoch
	AsideFile               // a flow's file that couldn't be used
	PartFile                // a flow's file that a killed process left half written
	LockFile
)

// KindOf returns the kind of a file with that name.
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
