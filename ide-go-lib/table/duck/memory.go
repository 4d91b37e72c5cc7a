package duck

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// fallbackMiB is taken where the machine does not tell how much memory it has.
const fallbackMiB = 4 << 10

// machineMiB is the memory that this process may use: the machine's, or what its control group leaves of that.
func machineMiB() int {
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
