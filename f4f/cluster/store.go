package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// sharedTypes are the types of file systems that several machines see. Those that end in "." stand
// for all types that begin so.
var sharedTypes = []string{"nfs", "nfs4", "lustre", "gpfs", "beegfs", "ceph", "cifs", "smb3", "afs", "panfs", "wekafs", "pvfs2", "orangefs", "9p", "virtiofs", "glusterfs", "gfs2", "ocfs2", "quobyte", "fuse."}

// storeNote returns a note if other machines can't be expected to see the store, as far as the
// types of file systems tell, and "" otherwise. A folder that this machine exports to others is
// known to nobody here.
func storeNote(folder string) string {
	mounts, err := os.ReadFile("/proc/self/mounts") // only on Linux
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	point, kind := mountOf(string(mounts), folder)
	for _, shared := range sharedTypes {
		if kind == shared || strings.HasSuffix(shared, ".") && strings.HasPrefix(kind, shared) {
			return ""
		}
	}
	if kind == "" {
		return ""
	}
	return fmt.Sprintf("the store %s is on a file system of the type %s (%s), which other machines see only if this one exports it; name a folder that they share by F4F_STORE or Store", folder, kind, point)
}

// mountOf returns the mount point of a path and the type of its file system, from the text of
// /proc/self/mounts. They are "" if no mount holds the path.
func mountOf(mounts, path string) (point, kind string) {
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line) // device, mount point, type, …
		if len(fields) < 3 {
			continue
		}
		at := unescape.Replace(fields[1])
		inside := path == at || strings.HasPrefix(path, strings.TrimSuffix(at, "/")+"/")
		if inside && len(at) >= len(point) { // of two at one point the later covers the earlier
			point, kind = at, fields[2]
		}
	}
	return point, kind
}
