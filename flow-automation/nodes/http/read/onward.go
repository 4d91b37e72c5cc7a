package read

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/near"
)

// onward is the path to what leads on to a next page, by what it is called or since it resembles one of the names that are
// missing, and by what it has; "" where nothing does, or where the answer itself says that there are no more.
func onward(answer json.RawMessage, missing ...string) (found string) {
	ended, best := false, 0
	walk(answer, "", 4, func(path, name string, part json.RawMessage) {
		low, fits := strings.ToLower(name), 0
		switch {
		case strings.Contains(low, "sync"), strings.Contains(low, "delta"): // leads to what changes later
		case leads(low) && string(part) == "false":
			ended = true
		case !tells(part):
		case slices.Contains(missing, name):
			fits = 4
		case resembles(low, missing) && points(part):
			fits = 3
		case leads(low) && string(part) == "true": // a flag
			fits = 1
		case leads(low):
			fits = 2
		}
		if fits > best {
			best, found = fits, path
		}
	})
	if ended {
		return ""
	}
	return found
}

// counted is how many items there are in all by what an answer says, and where it does; 0 where it does not.
func counted(answer json.RawMessage) (at string, all int64) {
	walk(answer, "", 4, func(path, name string, part json.RawMessage) {
		switch strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name)) {
		case "total", "totalcount", "totalitems", "totalresults":
			if n, err := strconv.ParseInt(string(part), 10, 64); err == nil && n > all {
				at, all = path, n
			}
		}
	})
	return at, all
}

// leads says whether what is called so leads on, in most services.
func leads(name string) bool {
	return strings.Contains(name, "next") || strings.Contains(name, "cursor") || strings.Contains(name, "continu") || strings.HasSuffix(name, "more")
}

// everywhere are names that answers have whether they lead on or not.
var everywhere = []string{"url", "uri", "href", "link", "page", "path"}

// resembles says whether a name may have been meant by one that is missing.
func resembles(name string, missing []string) bool {
	return !slices.Contains(everywhere, name) && slices.ContainsFunc(missing, func(m string) bool { return len(near.Names(m, []string{name}, 1)) > 0 })
}

// points says whether a value can lead on whatever it is called: texts do, and true.
func points(part json.RawMessage) bool {
	return string(part) == "true" || len(part) > 2 && part[0] == '"'
}

// tells says whether a value can lead on in its place; numbers do as well.
func tells(part json.RawMessage) bool {
	return points(part) || len(part) > 0 && part[0] >= '1' && part[0] <= '9'
}
