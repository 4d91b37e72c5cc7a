package when

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/itchyny/timefmt-go"
)

// written are the directives that a pattern may have when a time is written, read those when it is read. Names of zones are
// not read, for many of them mean several.
const (
	written = "YyGgCmBbhdejUWVAauwHkIlMSfpPZzsFDxTXRrcvtn%+"
	read    = "YyGgCmBbhdejUWVAauwHkIlMSfpPzsFDxTXRrcvtn%"
)

// CheckWrite says what is wrong with a pattern by which times are written, or "".
func CheckWrite(pattern string) string { return check(pattern, written, "-_0^#:123456789") }

// CheckRead says what is wrong with a pattern by which times are read, or "".
func CheckRead(pattern string) string {
	if strings.Contains(strings.ReplaceAll(pattern, "%%", ""), "%Z") {
		return "names of zones such as CST mean several; read an offset with %z, or set the time zone"
	}
	return check(pattern, read, ":")
}

func check(pattern, directives, flags string) string {
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			continue
		}
		start := i
		for i++; i < len(pattern) && strings.IndexByte(flags, pattern[i]) >= 0; i++ {
		}
		if i >= len(pattern) {
			return "it ends within a directive; write %% for the sign itself"
		}
		if strings.IndexByte(directives, pattern[i]) < 0 {
			end := i + 1
			for end < len(pattern) && pattern[end]&0xC0 == 0x80 {
				end++
			}
			return fmt.Sprintf("there is no directive %s; the usual ones are %%Y %%m %%d %%H %%M %%S %%f %%z %%p %%b %%B %%a %%A %%j", pattern[start:end])
		}
	}
	return ""
}

// Write writes t by a pattern as strftime does.
func Write(t time.Time, pattern string) string { return timefmt.Format(t, pattern) }

// unplaced is the zone of what a pattern has read without an offset.
var unplaced = time.FixedZone("unplaced", 0)

// ByPattern reads a text by a pattern as strptime does, and refuses days that a month does not have.
func ByPattern(text, pattern string, zone *time.Location, how Disambiguation) (time.Time, error) {
	t, err := timefmt.ParseInLocation(text, pattern, unplaced)
	if err != nil {
		reason := err
		if inner := errors.Unwrap(err); inner != nil {
			reason = inner
		}
		return time.Time{}, fmt.Errorf("%q is not written as %s: %w", brief(text), pattern, reason)
	}
	if spilled(t, text, pattern) {
		return time.Time{}, fmt.Errorf("%q is no day: its month is shorter", brief(text))
	}
	switch {
	case t.Location() != unplaced:
		return In(t, zone), nil
	case strings.Contains(strings.ReplaceAll(pattern, "%%", ""), "%s"):
		return In(t.UTC(), zone), nil
	}
	return At(Wall(t), orUTC(zone), how)
}

var composed = strings.NewReplacer("%%", "%%", "%F", "%Y-%m-%d", "%D", "%m/%d/%y", "%x", "%m/%d/%y", "%c", "%a %b %e %H:%M:%S %Y", "%v", "%e-%b-%Y")

// spilled says that a day such as February 30 was taken for one of the month after. Then the day that came out is none
// that the text has in its place.
func spilled(t time.Time, text, pattern string) bool {
	pattern = composed.Replace(pattern)
	if t.Day() > 3 || !strings.Contains(pattern, "%d") && !strings.Contains(pattern, "%e") {
		return false
	}
	for _, form := range []string{"%02d", "%d", "%2d"} {
		day := fmt.Sprintf(form, t.Day())
		with := strings.NewReplacer("%%", "%%", "%d", day, "%e", day).Replace(pattern)
		if _, err := timefmt.ParseInLocation(text, with, unplaced); err == nil {
			return false
		}
	}
	return true
}
