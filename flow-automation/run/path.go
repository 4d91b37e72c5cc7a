package run

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Path names a step within its run: the node's id, and inside containers the way there, such as each[3]/fetch.
type Path string

// Split gives the container instance that the step is in ("" at the top) and the node's id.
func (p Path) Split() (scope Path, node string) {
	i := strings.LastIndexByte(string(p), '/')
	if i < 0 {
		return "", string(p)
	}
	return p[:i], string(p[i+1:])
}

// instance is the path of the i-th instance of a container's body, with the slash that steps in it begin with. The
// bodies of a try have no number.
func instance(outer, id string, index int) string {
	if index < 0 {
		return outer + id + "/"
	}
	b := make([]byte, 0, len(outer)+len(id)+8)
	b = append(append(b, outer...), id...)
	b = strconv.AppendInt(append(b, '['), int64(index), 10)
	return string(append(b, ']', '/'))
}

// segment takes the first container off a path: each[3]/x gives each, 3, x.
func segment(p string) (id string, index int, rest string, ok bool) {
	head, rest, deeper := strings.Cut(p, "/")
	if !deeper {
		return "", 0, "", false
	}
	id, number, numbered := strings.Cut(head, "[")
	if !numbered {
		return head, -1, rest, true
	}
	index, err := strconv.Atoi(strings.TrimSuffix(number, "]"))
	return id, index, rest, err == nil && index >= 0
}

// Instant is a moment in microseconds since 1970: exact in the journal, cheap in memory. 0 is "not yet".
type Instant int64

// At turns a clock's time into an Instant.
func At(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time is the moment in UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// Add moves the moment.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// Sub is the time since j, as far as a Duration reaches: to almost three hundred years.
func (i Instant) Sub(j Instant) time.Duration {
	const most = Instant(math.MaxInt64 / time.Microsecond)
	return time.Duration(max(-most, min(i-j, most))) * time.Microsecond
}
