// Package when reads, places and writes points in time: what the time nodes have in common.
package when

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a machine without the database of time zones has it here

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// CodeZone is the code of a time zone that is not known.
const CodeZone = "unknown_zone"

var offset = pattern.Of(`^([+-])(\d{2}):?(\d{2})?$`)

// Zone finds the time zone of a field: a name such as Europe/Berlin, UTC, or an offset such as +05:30. It is nil when the
// field is empty.
func Zone(field, name string) (*time.Location, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return nil, nil
	}
	if strings.EqualFold(name, "utc") || name == "Z" {
		return time.UTC, nil
	}
	if m := offset.FindStringSubmatch(name); m != nil {
		hours, _ := strconv.Atoi(m[2])   // digits, as the pattern says
		minutes, _ := strconv.Atoi(m[3]) // digits, or nothing
		if hours > 18 || minutes > 59 {
			return nil, node.FieldError(CodeZone, field, "The offset %s is out of range", name)
		}
		seconds := (hours*60 + minutes) * 60
		if m[1] == "-" {
			seconds = -seconds
		}
		return time.FixedZone("", seconds), nil
	}
	if zone, err := load(name); err == nil {
		return zone, nil
	}
	hint := "write one such as Europe/Berlin, Asia/Shanghai, UTC or +05:30"
	if near := capitals(name); near != name {
		if _, err := load(near); err == nil {
			hint = "did you mean " + near + "?"
		}
	}
	return nil, node.FieldError(CodeZone, field, "There is no time zone %q; %s", name, hint)
}

// load leaves out the name for the zone of this machine, which would mean something else on another.
func load(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, errLocal
	}
	return time.LoadLocation(name)
}

var errLocal = errs.Invalid(CodeZone, "the zone of the machine is not used")

// capitals writes europe/berlin and america/NEW YORK as the database does.
func capitals(name string) string {
	title := cases.Title(language.Und)
	return strings.ReplaceAll(title.String(strings.ReplaceAll(name, "_", " ")), " ", "_")
}

// CheckZone finds a time zone that is not known; one with expressions is looked at when the step runs.
func CheckZone(field, name string) []errs.Detail {
	if strings.Contains(name, "{{") {
		return nil
	}
	if _, err := Zone(field, name); err != nil {
		return errs.From(err).Details
	}
	return nil
}
