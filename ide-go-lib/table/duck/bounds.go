package duck

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table/sqltext"
)

// DuckDB accounts for what its operators keep, not for the values that a function makes, and looks whether it is to stop only
// between vectors of 2048 rows. So what one value may take is bounded for functions that make much of little.
const (
	mostText   = 128 << 10 // bytes of a text that is filled up or repeated: what a vector of them takes is made in a tenth of a second
	mostItems  = 100_000   // of a list that is counted out
	mostCells  = 250_000   // of the matrix of an edit distance, the product of both lengths in bytes: texts of 500, at 10 ns a cell
	mostMoved  = 62_500    // of one that counts what has changed places, too, which takes five times as long
	mostCloser = 2_000_000 // the same for similarities, which are quicker
	mostBits   = 100_000
)

// codeBound is the code of a value that a function would make too large.
const codeBound = "value_too_large"

// bound is one way to call a function: with args, of which tooLarge tells whether they ask for too much.
type bound struct{ args, tooLarge string }

// bounded are the functions that are bounded by macros of the same name, which come before DuckDB's own.
var bounded = []struct {
	names []string
	most  string
	hint  string
	calls []bound
}{
	{
		[]string{"range", "generate_series"}, fmt.Sprintf("makes no lists of more than %d values", mostItems),
		"Behind FROM there is no such bound: SELECT … FROM range(n).",
		[]bound{
			{"start", fmt.Sprintf("x.start > %d", mostItems)},
			{"start, stop", fmt.Sprintf("TRY(x.start + %d::BIGINT) < x.stop", mostItems)},
			// What is too far is past the end, also where it goes beyond the type: that many steps do not fit then.
			{"start, stop, step", fmt.Sprintf("TRY(x.start + x.step * %[1]d::BIGINT) > least(x.start, x.stop) AND TRY(x.start + x.step * %[1]d::BIGINT) < greatest(x.start, x.stop)", mostItems)},
		},
	},
	{
		[]string{"repeat"}, fmt.Sprintf("makes no values of more than %d bytes", mostText), "Behind FROM it makes rows: SELECT … FROM repeat(x, n).",
		[]bound{{"value, times", fmt.Sprintf("greatest(strlen(x.value::VARCHAR), 1)::DOUBLE * x.times > %d", mostText)}},
	},
	{
		[]string{"lpad", "rpad"}, fmt.Sprintf("makes no texts of more than %d characters", mostText), "",
		[]bound{{"text, size, fill", fmt.Sprintf("x.size > %d", mostText)}},
	},
	{
		[]string{"bitstring"}, fmt.Sprintf("makes no values of more than %d bits", mostBits), "",
		[]bound{{"value, size", fmt.Sprintf("x.size > %d", mostBits)}},
	},
	{
		[]string{"list_resize", "array_resize"}, fmt.Sprintf("makes no lists of more than %d values", mostItems), "",
		[]bound{
			{"list, size", fmt.Sprintf("x.size > greatest(%d, len(x.list))", mostItems)},
			{"list, size, value", fmt.Sprintf("x.size > greatest(%d, len(x.list))", mostItems)},
		},
	},
	{
		[]string{"levenshtein", "editdist3"}, noLonger(mostCells), shorter(mostCells) + ".",
		[]bound{{"text, other", product(mostCells)}},
	},
	{
		[]string{"damerau_levenshtein"}, noLonger(mostMoved), shorter(mostMoved) + ", or take levenshtein.",
		[]bound{{"text, other", product(mostMoved)}},
	},
	{
		[]string{"jaro_similarity", "jaro_winkler_similarity"}, noLonger(mostCloser), shorter(mostCloser) + ".",
		[]bound{{"text, other", product(mostCloser)}, {"text, other, cutoff", product(mostCloser)}},
	},
}

func noLonger(most int) string {
	return fmt.Sprintf("takes no texts whose lengths in bytes multiply to more than %d", most)
}

// shorter is the hint for what compares two texts, with a number of characters that fits whatever they are: one takes up to four bytes.
func shorter(most int) string {
	n := int(math.Sqrt(float64(most))) / utf8.UTFMax
	return fmt.Sprintf("Compare the beginnings of both, such as left(x, %d) and left(y, %d), which always fit", n, n)
}

func product(most int) string {
	return fmt.Sprintf("strlen(x.text::VARCHAR)::DOUBLE * strlen(x.other::VARCHAR) > %d", most)
}

// macro is a statement that makes the macro of a function.
type macro struct{ name, create string }

// macros are those of all bounded functions. An argument must be computed once, lest what is checked is not what is used where
// chance is in it, and lest calls within calls double with each: hence a list of one, and a function of its value.
var macros = func() (all []macro) {
	for _, f := range bounded {
		for _, name := range f.names {
			var b strings.Builder
			b.WriteString("CREATE MACRO " + name)
			for i, c := range f.calls {
				if i > 0 {
					b.WriteString(",")
				}
				args := strings.Split(c.args, ", ")
				packed, given := make([]string, len(args)), make([]string, len(args))
				for j, a := range args {
					packed[j], given[j] = "'"+a+"': "+a, "x."+a
				}
				var raise sqltext.Builder
				raise.Raise(codeBound, name, func() { raise.Text(sqltext.Literal(name + " " + f.most + ".")) })
				q, err := raise.Query()
				if err != nil {
					panic(err) // it is fixed text
				}
				fmt.Fprintf(&b, " (%s) AS list_transform([{%s}], lambda x: CASE WHEN %s THEN %s ELSE system.main.%s(%s) END)[1]",
					c.args, strings.Join(packed, ", "), c.tooLarge, q.Text, name, strings.Join(given, ", "))
			}
			all = append(all, macro{name, b.String()})
		}
	}
	return all
}()

// bound makes the macros of all functions that a text mentions in any way, before the text is looked at by DuckDB. Making all
// of them takes longer than opening an instance does.
func (s *session) bound(ctx context.Context, text string) error {
	if len(s.inst.bounded) == len(macros) {
		return nil
	}
	text = strings.ToLower(text)
	for _, m := range macros {
		if s.inst.bounded[m.name] || !strings.Contains(text, m.name) {
			continue
		}
		if _, err := s.conn.ExecContext(ctx, m.create); err != nil {
			return err
		}
		if s.inst.bounded == nil {
			s.inst.bounded = map[string]bool{}
		}
		s.inst.bounded[m.name] = true
	}
	return nil
}

// boundHint says what to do instead.
func boundHint(name string) string {
	for _, f := range bounded {
		if slices.Contains(f.names, name) {
			if f.hint == "" {
				return "Make less at a time."
			}
			return f.hint
		}
	}
	return ""
}

// ofBound gives the place of a function that was asked for too much: the only part and the only place that names it, or else
// the node when it is in one part alone.
func (c *compiled) ofBound(f *failure, name string) *errs.Error {
	call := regexp.MustCompile(`(?i)\b` + name + `"?\s*\(`)
	var found *part
	for i, p := range c.parts {
		if !call.MatchString(c.text[p.start:p.end]) {
			continue
		}
		if found != nil {
			return f.public(nil)
		}
		found = &c.parts[i]
	}
	if found == nil {
		return f.public(nil)
	}
	text, offset := c.text[found.start:found.end], -1
	if at := call.FindAllStringIndex(text, 2); len(at) == 1 {
		offset = at[0][0]
	}
	return f.at(text, found.fields, offset, found.columns, found.node)
}

// systemNames are schemas and catalogs under which DuckDB's own functions could be called past the macros.
var systemNames = []string{"main", "pg_catalog", "information_schema", "system", "memory", "temp"}

// bypasses says whether a call goes to a bounded function past its macro. x.repeat(2) is one of repeat(x, 2), with the column
// in the place of a schema.
func bypasses(at map[string]any, name string) bool {
	within := func(key string) bool {
		s, _ := at[key].(string)
		return slices.Contains(systemNames, strings.ToLower(s))
	}
	return (within("schema") || within("catalog")) && boundHint(name) != ""
}

// widths finds what makes a text as wide as a number says: in printf %5000d, %.5000f and %*d, in format {:5000} and {:{}}.
var widths = map[string]*pattern.Pattern{
	"printf": pattern.Of(`%[^%a-zA-Z]*(?:\d{4}|\*)`),
	"format": pattern.Of(`\{[^{}]*:[^{}]*(?:\d{4}|\{)`),
}

// width refuses formats that could make very wide texts. They must stand in the SQL to be seen.
func (w *walker) width(at map[string]any, name string) {
	wide := widths[name]
	if wide == nil {
		return
	}
	children, _ := at["children"].([]any)
	if len(children) == 0 {
		return
	}
	first, _ := children[0].(map[string]any)
	value, _ := first["value"].(map[string]any)
	text, ok := value["value"].(string)
	switch {
	case first["class"] != "CONSTANT", at["schema"] != nil: // x.printf(1) is printf(x, 1)
		w.refuse(at, "The format of %s must be a text that stands in the SQL itself.", name)
	case ok && wide.MatchString(text):
		w.refuse(at, "%s fills up to at most 999 characters, with a width that stands in the format itself.", name)
	}
}
