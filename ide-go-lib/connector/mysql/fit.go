package mysql

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/pattern"
)

// binding makes of a text what is bound for a column, or says why it does not fit: there are types of which the server makes
// another value in silence, such as the first of an enumeration of '1'. A nil binding takes texts as they are.
type binding func(text string) (value any, why string)

// clock is a time as MySQL writes one, up to 838 hours. A number would be taken for seconds.
var clock = pattern.Of(`^\s*-?(\d+ )?\d{1,3}:\d{1,2}(:\d{1,2}(\.\d*)?)?\s*$`)

// bindingOf gives that of a column which was declared so.
func bindingOf(typ string) binding {
	kind := strings.ToLower(typ)
	if end := strings.IndexAny(kind, "( "); end >= 0 {
		kind = kind[:end]
	}
	switch kind {
	case "bit":
		return asBits
	case "year":
		return asYear
	case "time":
		return asIs(clock.MatchString, "is no time such as 10:00:00")
	case "enum":
		all := members(typ)
		return asIs(func(text string) bool { return slices.Contains(all, text) }, "is not one of "+typ)
	case "set":
		all := members(typ)
		strange := func(part string) bool { return !slices.Contains(all, part) }
		return asIs(func(text string) bool { return text == "" || !slices.ContainsFunc(strings.Split(text, ","), strange) }, "has what is not in "+typ)
	}
	return nil
}

func asIs(fits func(string) bool, why string) binding {
	return func(text string) (any, string) {
		if !fits(text) {
			return nil, fmt.Sprintf("%q %s", connector.Short(text), why)
		}
		return text, ""
	}
}

// asBits gives the number that is written as bits: a text would be one of bytes.
func asBits(text string) (any, string) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, fmt.Sprintf("%q is no number, which bits are written as", connector.Short(text))
	}
	return n, ""
}

// asYear gives the number of a year: the text 0 would become 2000, and anything of two digits a year of our time.
func asYear(text string) (any, string) {
	const first, last = 1901, 2155
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || n != math.Trunc(n) || n != 0 && (n < first || n > last) {
		return nil, fmt.Sprintf("%q is no year from %d to %d", connector.Short(text), first, last)
	}
	return int64(n), ""
}

// members are the values of an enumeration or a set, from its type.
func members(typ string) (out []string) {
	open, end := strings.IndexByte(typ, '\''), strings.LastIndexByte(typ, '\'')
	if end <= open {
		return nil
	}
	rest := typ[open+1 : end]
	for {
		var member strings.Builder
		for {
			before, after, more := strings.Cut(rest, "'")
			member.WriteString(before)
			if !more || !strings.HasPrefix(after, "'") {
				out, rest = append(out, member.String()), after
				break
			}
			member.WriteByte('\'')
			rest = after[1:]
		}
		begin := strings.IndexByte(rest, '\'')
		if begin < 0 {
			return out
		}
		rest = rest[begin+1:]
	}
}
