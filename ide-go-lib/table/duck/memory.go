package duck

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// fallbackMiB is taken where the machine does not tell how much memory it has.
const fallbackMiB = 4 << 10

// machineMiB is the memory that this process may use. Each query asks several times, and what tells it are files: it is looked
// up once a second at most, so that a control group's limit that is changed holds from then on.
var machineMiB = lately(time.Second, time.Now, lookUpMachineMiB)

// lately finds something out again when what is known is older than that.
func lately[V any](most time.Duration, now func() time.Time, find func() V) func() V {
	var mu sync.Mutex
	var at time.Time
	var known V
	return func() V {
		mu.Lock()
		defer mu.Unlock()
		if t := now(); at.IsZero() || t.Sub(at) >= most {
			known, at = find(), t
		}
		return known
	}
}

// lookUpMachineMiB gives the machine's memory, or what this process's control group leaves of that.
func lookUpMachineMiB() int {
	total := uint64(fallbackMiB) << 20
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err == nil && info.Totalram > 0 {
		total = info.Totalram * uint64(info.Unit)
	}
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(file) // #nosec G304 -- one of the two above
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil { // "max" is no limit
			total = min(total, limit)
		}
	}
	return int(total >> 20)
}
