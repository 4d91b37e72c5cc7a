package run

import (
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

// Instant is a moment in microseconds since 1970: exact in the journal, cheap in memory. 0 is "not yet".
type Instant int64

// At turns a clock's time into an Instant.
func At(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time is the moment in UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// Add moves the moment.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// Sub is the time since j.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Microsecond }
