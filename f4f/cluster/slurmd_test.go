package cluster_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slurmCluster is this machine as a Slurm cluster of two nodes.
type slurmCluster struct{ folder string }

// startSlurm installs Slurm from Debian's packages if needed, and starts a cluster that ends with
// the test. It skips the test where that is not possible.
func startSlurm(t *testing.T) slurmCluster {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("Slurm's daemons need root on Linux")
	}
	if _, err := exec.LookPath("slurmctld"); err != nil {
		if _, err := os.Stat("/etc/debian_version"); err != nil {
			t.Skip("Slurm isn't installed, and this isn't Debian, whose packages the test would install")
		}
		for _, args := range [][]string{{"update"}, {"install", "-y", "--no-install-recommends", "slurm-wlm", "munge"}} {
			install := exec.Command("apt-get", args...)
			install.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
			if output, err := install.CombinedOutput(); err != nil {
				t.Skipf("Debian's packages of Slurm can't be installed: %v: %s", err, output)
			}
		}
	}
	startMunge(t)
	s := slurmCluster{t.TempDir()}
	config, err := os.ReadFile("testdata/slurm.conf")
	if err != nil {
		t.Fatal(err)
	}
	for word, value := range map[string]string{"@FOLDER@": s.folder, "@CONTROLLER@": freePort(t), "@NODE1@": freePort(t), "@NODE2@": freePort(t)} {
		config = bytes.ReplaceAll(config, []byte(word), []byte(value))
	}
	file := filepath.Join(s.folder, "slurm.conf")
	if err := os.WriteFile(file, config, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"state", "spool-node1", "spool-node2"} {
		if err := os.Mkdir(filepath.Join(s.folder, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("SLURM_CONF", file)
	s.call(t, "slurmctld", "-c")
	t.Cleanup(func() { s.stop(t, "slurmctld.pid") })
	for _, node := range []string{"node1", "node2"} {
		s.startNode(t, node)
		t.Cleanup(func() { s.stop(t, "slurmd-"+node+".pid") })
	}
	t.Cleanup(func() { _ = exec.Command("scancel", "-u", "root").Run(); time.Sleep(2 * time.Second) }) // before the daemons end
	within(t, time.Minute, "both nodes are idle", func() bool {
		return strings.Count(s.call(t, "sinfo", "-h", "-N", "-o", "%T"), "idle") == 2
	})
	return s
}

// startMunge starts munged, which Slurm's daemons authenticate by, unless it runs.
func startMunge(t *testing.T) {
	t.Helper()
	if exec.Command("munge", "-n").Run() == nil {
		return
	}
	const key = "/etc/munge/munge.key"
	script := "install -d -o munge -g munge -m 0755 /run/munge && install -d -o munge -g munge -m 0700 /etc/munge /var/lib/munge /var/log/munge"
	if _, err := os.Stat(key); errors.Is(err, fs.ErrNotExist) {
		secret := make([]byte, 1024)
		_, _ = rand.Read(secret) // never fails
		if err := os.WriteFile(key, secret, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	script += " && chown munge:munge " + key + " && chmod 400 " + key + " && setpriv --reuid=munge --regid=munge --clear-groups munged"
	if output, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
		t.Fatalf("munged: %v: %s", err, output)
	}
	t.Cleanup(func() {
		_ = exec.Command("setpriv", "--reuid=munge", "--regid=munge", "--clear-groups", "munged", "--stop").Run()
	})
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// call runs a command of Slurm and returns what it prints.
func (s slurmCluster) call(t *testing.T, name string, args ...string) string {
	t.Helper()
	output, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, output)
	}
	return string(output)
}

func (s slurmCluster) startNode(t *testing.T, node string) {
	t.Helper()
	s.call(t, "slurmd", "-N", node)
}

// stop ends the daemon of a file that holds its number, and waits until it has removed the file.
func (s slurmCluster) stop(t *testing.T, file string) {
	t.Helper()
	pid := s.pid(file)
	if pid <= 1 {
		return
	}
	if p, err := os.FindProcess(pid); err == nil && p.Signal(os.Interrupt) == nil {
		for range 200 {
			if p.Signal(syscall.Signal(0)) != nil { // it is gone
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Errorf("the daemon of %s doesn't end", file)
	}
}

func (s slurmCluster) pid(file string) int {
	text, err := os.ReadFile(filepath.Join(s.folder, file))
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// killNode kills a node whole: its daemon, and the steps and processes of its jobs.
func (s slurmCluster) killNode(t *testing.T, node string) {
	t.Helper()
	pids := []int{s.pid("slurmd-" + node + ".pid")}
	ids := strings.Fields(s.call(t, "squeue", "-h", "-w", node, "-o", "%A"))
	processes, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		pid, err := strconv.Atoi(p.Name())
		if err != nil {
			continue
		}
		line, _ := os.ReadFile(filepath.Join("/proc", p.Name(), "cmdline"))
		environment, _ := os.ReadFile(filepath.Join("/proc", p.Name(), "environ"))
		ours := bytes.Contains(environment, []byte("SLURM_CONF="+s.folder))
		for _, id := range ids {
			if strings.HasPrefix(string(line), "slurmstepd: ["+id+".") || ours && bytes.Contains(environment, []byte("SLURM_JOB_ID="+id+"\x00")) {
				pids = append(pids, pid)
			}
		}
	}
	if len(pids) < 4 {
		t.Errorf("%s must have a daemon, a step, a script and a program, got the processes %v of the jobs %v", node, pids, ids)
	}
	for _, pid := range pids {
		if p, err := os.FindProcess(pid); err == nil && pid > 1 {
			_ = p.Kill()
		}
	}
}

// within waits until something holds. It fails the test if that takes too long.
func within(t *testing.T, most time.Duration, what string, holds func() bool) {
	t.Helper()
	began := time.Now()
	for !holds() {
		if time.Since(began) > most {
			t.Fatalf("not within %v: %s", most, what)
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Logf("after %v: %s", time.Since(began).Round(time.Second), what)
}

// running returns the element of a job that runs on a node, as "12_3", or "".
func (s slurmCluster) running(t *testing.T, node string) string {
	t.Helper()
	return strings.TrimSpace(s.call(t, "squeue", "-h", "-t", "RUNNING", "-w", node, "-o", "%F_%K"))
}

// restarts returns how often Slurm has requeued an element.
func (s slurmCluster) restarts(t *testing.T, element string) int {
	t.Helper()
	shown := s.call(t, "scontrol", "show", "job", element)
	for _, field := range strings.Fields(shown) {
		if value, ok := strings.CutPrefix(field, "Restarts="); ok {
			n, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal(fmt.Errorf("scontrol must show Restarts, got %s", shown))
	return 0
}
