package when

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/ide-go-lib/pattern"
)

// CodeInvalid is the code of what is no point in time.
const CodeInvalid = "time_invalid"

// Read takes a point in time that somebody gave as text, in any of the usual forms. One without an offset is in the zone,
// UTC when that is nil; one with an offset is shown in the zone when there is one.
func Read(field string, raw json.RawMessage, zone *time.Location) (time.Time, error) {
	text, ok, err := incoming.Text(raw)
	switch {
	case err != nil:
		return time.Time{}, err
	case !ok:
		message := "A point in time as text is needed, but %s came in"
		if len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') {
			message += "; read seconds or milliseconds since 1970 with time.parse and the format unix or unix_ms"
		}
		return time.Time{}, node.FieldError(incoming.CodeWrongType, field, message, incoming.Describe(raw))
	}
	t, err := Auto(text, zone, Compatible)
	if err != nil {
		return time.Time{}, node.FieldError(CodeInvalid, field, "%v", err)
	}
	return t, nil
}

// placed are the forms with an offset, local those without. Fractions of seconds are read in all of them.
var (
	placed = []string{
		time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00",
		"2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02 15:04:05Z07",
		"2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05 UTC", "20060102T150405Z0700",
	}
	local = []string{
		"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly, "2006-01",
		"20060102T150405", "20060102",
	}
)

// offsetEnd is how the date of a mail must end: abbreviations of zones mean several.
var offsetEnd = pattern.Of(`([+-]\d{4}|GMT|UTC?|Z)(\s*\([^()]*\))?$`)

// Auto reads a text in any of the usual forms: those of ISO 8601 and RFC 3339, of mail (RFC 5322) and of HTTP.
func Auto(text string, zone *time.Location, how Disambiguation) (time.Time, error) {
	text = strings.TrimSpace(text)
	var problem error
	note := func(err error) {
		var parse *time.ParseError
		if errors.As(err, &parse) && strings.Contains(parse.Message, "out of range") {
			problem = fmt.Errorf("%q is not a point in time%s", text, parse.Message)
		}
	}
	for _, layout := range placed {
		t, err := time.Parse(layout, text)
		if err == nil {
			return In(t, zone), nil
		}
		note(err)
	}
	for _, layout := range local {
		t, err := time.Parse(layout, text)
		if err == nil {
			return At(t, orUTC(zone), how)
		}
		note(err)
	}
	if t, err := http.ParseTime(text); err == nil {
		return In(t.UTC(), zone), nil
	}
	if t, err := mail.ParseDate(text); err == nil && offsetEnd.MatchString(text) {
		return In(t, zone), nil
	}
	if problem != nil {
		return time.Time{}, problem
	}
	return time.Time{}, fmt.Errorf("%q is not a point in time such as 2026-01-31, 2026-01-31 08:30 or 2026-01-31T08:30:00+01:00; read other forms with time.parse and a format", brief(text))
}

func brief(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}

// In shows t in a zone; nil is the offset that it has. The library may have put it into the zone of this machine, whose
// rules must not count.
func In(t time.Time, zone *time.Location) time.Time {
	if zone != nil {
		return t.In(zone)
	}
	_, offset := t.Zone()
	if offset == 0 {
		return t.UTC()
	}
	return t.In(time.FixedZone("", offset))
}

func orUTC(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

// InRange says whether a point in time can be written with a year of four digits.
func InRange(t time.Time) bool { return t.Year() >= 0 && t.Year() <= 9999 }

// Text writes a point in time as RFC 3339, with as many digits of the second as it has.
func Text(t time.Time) string {
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC() // offsets of before there were zones, which the form cannot write
	}
	return t.Format(time.RFC3339Nano)
}
