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
	known   *connector.Object // the last of those that were read before
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
			if f.folders.learn(o.Name); len(f.folders.columns) > mostColumns {
				return tooManyColumns(c.field(), o.Name)
			}
		}
		switch {
		case memory.Known(o):
			f.known = &o
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
	return e.With(e.At(errs.Place{Field: c.field()}))
}

// list gives each object whose name fits, and how many that would fit are hidden.
func (c Config) list(ctx context.Context, conn connector.Objects, each func(connector.Object) error) (hidden int64, err error) {
	begin := c.begin()
	err = conn.List(ctx, begin, func(o connector.Object) error {
		if !fits(c.Match, o.Name) {
			return nil
		}
		if isHidden(o.Name, begin, c.Match) {
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
		return c.Match[:wildcard(c.Match)]
	}
	return c.Prefix
}

// place names what is read as a whole, for lineage: where all names begin, up to the last / before what differs.
func (c Config) place() string {
	begin := c.begin()
	if c.Prefix == "" && begin != c.Match {
		begin = begin[:strings.LastIndexByte(begin, '/')+1]
	}
	if begin != "" {
		return begin
	}
	if c.Match != "" {
		return c.Match
	}
	return "*"
}

// wildcard gives where the first sign of a pattern is, but for those within an expression; without one, where it ends.
func wildcard(pattern string) int {
	for at := 0; at < len(pattern); at++ {
		if strings.HasPrefix(pattern[at:], "{{") {
			if end := strings.Index(pattern[at:], "}}"); end > 0 {
				at += end + 1
				continue
			}
		}
		if strings.IndexByte(`*?[\`, pattern[at]) >= 0 {
			return at
		}
	}
	return len(pattern)
}

// isHidden says whether a name that fits has a part that programs keep for themselves, and that neither the beginning of all
// names nor the pattern names.
func isHidden(name, begin, pattern string) bool {
	named := strings.Count(begin, "/") // so many parts does the beginning name
	if !strings.HasSuffix(begin, "/") && begin != "" {
		named++ // or begin
	}
	return !aligned(pattern, name, func(i int, part, by string) bool {
		return i < named || !keptBack(part) || strings.HasPrefix(strings.TrimPrefix(by, `\`), part[:1])
	})
}

// keptBack says whether a part of a name is one that programs keep for themselves. A folder with a value is none.
func keptBack(part string) bool {
	return part != "" && (part[0] == '.' || part[0] == '_' && !strings.Contains(part, "="))
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
	return aligned(pattern, name, func(int, string, string) bool { return true })
}

// aligned says whether each part of a name can be given to one of the pattern's that fits it and may have it.
func aligned(pattern, name string, may func(i int, part, by string) bool) bool {
	switch {
	case pattern == "":
		pattern = "**"
	case !strings.Contains(pattern, "/"):
		pattern = "**/" + pattern
	}
	have := strings.Split(name, "/")
	reached := make([]bool, len(have)+1) // whether the pattern up to here can have so many parts
	reached[0] = true
	for want := range strings.SplitSeq(pattern, "/") {
		if want == "**" {
			for i, part := range have {
				reached[i+1] = reached[i+1] || reached[i] && may(i, part, want)
			}
			continue
		}
		for i := len(have) - 1; i >= 0; i-- {
			reached[i+1] = reached[i] && partFits(want, have[i]) && may(i, have[i], want)
		}
		reached[0] = false
	}
	return reached[len(have)]
}

func partFits(pattern, part string) bool {
	ok, err := path.Match(pattern, part)
	return ok && err == nil
}
