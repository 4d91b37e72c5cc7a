package read

import (
	"context"
	"fmt"
	"path"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/internal/seen"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// mostObjects is how many objects a step reads.
const mostObjects = 100_000

// found is what there is to be read, in the order of names.
type found struct {
	objects []connector.Object
	bytes   int64
	matched int64 // also those that were read before
	folders *folders
}

func (f *found) names(most int) []string {
	names := make([]string, min(len(f.objects), most))
	for i := range names {
		names[i] = f.objects[i].Name
	}
	return names
}

// choose finds the objects that are to be read.
func (c Config) choose(ctx context.Context, call *node.Call, conn connector.Objects, memory *seen.Memory) (*found, error) {
	f := &found{folders: &folders{}}
	hidden, err := c.list(ctx, conn, func(o connector.Object) error {
		if f.matched++; f.matched%1000 == 0 {
			call.Progress(f.matched, 0, "objects")
		}
		if c.Parts {
			f.folders.learn(o.Name)
		}
		switch {
		case memory.Known(o):
			return memory.Keep(o)
		case c.Limit > 0 && int64(len(f.objects)) == c.Limit: // one for the next run
			return nil
		case len(f.objects) == mostObjects:
			return node.FieldError("too_many_objects", c.field(), "There are more than %d objects, which is the most that a step reads", mostObjects).
				WithHint("Begin further down, such as with the folder of a month; or read only what is new, and at most so many in a run.")
		}
		f.objects = append(f.objects, o)
		f.bytes += o.Size
		return nil
	})
	if err != nil {
		return nil, err
	}
	if hidden > 0 {
		call.Log("info", fmt.Sprintf("%s whose names begin with _ or a dot left out.", words.Number(hidden, "object", "objects")))
	}
	if f.matched == 0 && c.None == "fail" {
		return nil, c.none()
	}
	return f, nil
}

// none is the error of no object at all.
func (c Config) none() error {
	which := "is in " + c.Connection.Connection
	switch {
	case c.Prefix != "" && c.Match != "":
		which = fmt.Sprintf("has a name that begins with %q and fits %q", c.Prefix, c.Match)
	case c.Prefix != "":
		which = fmt.Sprintf("has a name that begins with %q", c.Prefix)
	case c.Match != "":
		which = fmt.Sprintf("has a name that fits %q", c.Match)
	}
	const hint = `Look through the connection for the names that there are; where there may be none, set "When there is no object" to empty.`
	e := errs.NotFound(codeNone, "No object %s.", which).WithHint(hint)
	return e.With(errs.Detail{Code: e.Code, Message: e.Message, Place: errs.Place{Field: c.field()}})
}

// list gives each object whose name fits, and how many that would fit are hidden.
func (c Config) list(ctx context.Context, conn connector.Objects, each func(connector.Object) error) (hidden int64, err error) {
	begin := c.begin()
	err = conn.List(ctx, begin, func(o connector.Object) error {
		if !fits(c.Match, o.Name) {
			return nil
		}
		if isHidden(strings.TrimPrefix(o.Name, begin), path.Base(c.Match)) {
			hidden++
			return nil
		}
		return each(o)
	})
	return hidden, err
}

// begin is how all names that fit begin.
func (c Config) begin() string {
	if c.Prefix == "" && strings.Contains(c.Match, "/") {
		if at := strings.IndexAny(c.Match, `*?[\`); at >= 0 {
			return c.Match[:at]
		}
		return c.Match
	}
	return c.Prefix
}

// place names what is read as a whole, for lineage.
func (c Config) place() string {
	if begin := c.begin(); begin != "" {
		return begin
	}
	if c.Match != "" {
		return c.Match
	}
	return "*"
}

// isHidden says whether a part of a name, below where all begin, is one that programs keep for themselves. The pattern of the
// last part may name it.
func isHidden(below, last string) bool {
	parts := strings.Split(below, "/")
	for i, part := range parts {
		if part == "" || part[0] != '.' && (part[0] != '_' || strings.Contains(part, "=")) {
			continue
		}
		if i < len(parts)-1 || !strings.HasPrefix(last, part[:1]) {
			return true
		}
	}
	return false
}

// checkPattern refuses what is no pattern.
func checkPattern(pattern string) error {
	for _, part := range strings.Split(pattern, "/") {
		if _, err := path.Match(part, "x"); err != nil {
			return err
		}
	}
	return nil
}

// fits says whether a pattern is that of a name: of its last part, or, with / in it, of all of it.
func fits(pattern, name string) bool {
	switch {
	case pattern == "":
		return true
	case !strings.Contains(pattern, "/"):
		name = path.Base(name)
	}
	want, have := strings.Split(pattern, "/"), strings.Split(name, "/")
	w, h, again, from := 0, 0, -1, 0 // again is behind the last **, which has taken the parts before from
	for h < len(have) {
		switch {
		case w < len(want) && want[w] == "**":
			w++
			again, from = w, h
		case w < len(want) && partFits(want[w], have[h]):
			w, h = w+1, h+1
		case again >= 0: // ** takes one more
			from++
			w, h = again, from
		default:
			return false
		}
	}
	for w < len(want) && want[w] == "**" {
		w++
	}
	return w == len(want)
}

func partFits(pattern, part string) bool {
	ok, err := path.Match(pattern, part)
	return ok && err == nil
}
