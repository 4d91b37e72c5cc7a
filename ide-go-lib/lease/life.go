package lease

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const lifeSuffix = ".alive"

// lifeFile is a file that is locked for as long as its process lives, however that ends.
type lifeFile struct {
	id   string
	path string
	file *os.File
}

func newLifeFile(dir string) (*lifeFile, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of leases: %w", err)
	}
	id := strings.ToLower(rand.Text())
	path := filepath.Join(dir, id+lifeSuffix)
	// It gets its name only when it is locked, so that nobody takes it for one of the dead.
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("make a file that tells of this process: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock a file that tells of this process: %w", err), f.Close(), os.Remove(path+".new"))
	}
	return &lifeFile{id, path, f}, nil
}

func (l *lifeFile) remove() error {
	err := os.Remove(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.file.Close())
}

// lives says whether the process of that file may be alive. A file that is not there belonged to one that has ended, or to
// one on another machine, whose folder this is a copy of.
func lives(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the operator names the folder
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil {
		return true // unknown: the lease has to run out
	}
	defer func() { _ = f.Close() }()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	return err != nil
}

// removeDead tidies up after processes that have ended.
func removeDead(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if path := filepath.Join(dir, e.Name()); strings.HasSuffix(path, lifeSuffix) && !lives(path) {
			_ = os.Remove(path) // one that stays does no harm
		}
	}
}

// space names the set of process ids that this process sees; "" when it cannot be known.
func space() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	pids, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + " " + pids
}

// The places of fields in /proc/PID/stat behind the name of the program, which may hold anything and ends with ).
const (
	statState = 0
	statBegan = 19
)

func stat(pid int) []string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	_, rest, ok := strings.Cut(string(text[max(0, strings.LastIndexByte(string(text), ')')):]), ") ")
	if !ok {
		return nil
	}
	if fields := strings.Fields(rest); len(fields) > statBegan {
		return fields
	}
	return nil
}

// began tells processes apart that had the same id; "" when it cannot be known.
func began(pid int) string {
	if fields := stat(pid); fields != nil {
		return fields[statBegan]
	}
	return ""
}

// stopped says whether the holder is a process of this machine that has been stopped by a signal.
func stopped(h Holder) bool {
	if h.Space == "" || h.Space != space() || h.Began == "" || h.PID == os.Getpid() {
		return false
	}
	fields := stat(h.PID)
	return fields != nil && fields[statBegan] == h.Began && (fields[statState] == "T" || fields[statState] == "t")
}

// end kills a stopped holder.
func end(h Holder) error {
	p, err := os.FindProcess(h.PID)
	if err != nil {
		return err
	}
	defer func() { _ = p.Release() }()
	if !stopped(h) { // the process that p names now is the one that was looked at, not one that got its id since
		return nil
	}
	return p.Kill()
}

// Anybody says whether a process that owns the store or stands by may be alive.
func Anybody(dir string) bool {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), lifeSuffix) && lives(filepath.Join(dir, e.Name())) {
			return true
		}
	}
	return err != nil
}

// Alive says whether the holder's process may be alive.
func Alive(dir string, h Holder) bool { return lives(filepath.Join(dir, h.ID+lifeSuffix)) }
