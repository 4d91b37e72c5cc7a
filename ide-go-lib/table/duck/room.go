package duck

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
)

// into says how values of a column go into its room; of lists that are given as such, how their elements do. What is given is
// written with the column's coding.
func into(c table.StreamColumn) exact.Passage {
	x := sqltext.Quote(c.Name)
	if c.Coding != table.Braces {
		p := exact.Into(x, c.Type, c.Room)
		if p.Value == "" {
			p.Value = giveExpr(x, c.Coding)
		}
		return p
	}
	p := exact.Into("e", strings.TrimSuffix(c.Type, "[]"), c.Room)
	some := func(test string) string {
		if test == "" {
			return ""
		}
		return "len(list_filter(" + x + ", lambda e: coalesce(" + p.Loses(test) + ", false))) > 0"
	}
	each := func(value string) string { return giveExpr("list_transform("+x+", lambda e: "+value+")", c.Coding) }
	out := exact.Passage{Refused: some(p.Refused), Told: some(p.Told), Value: giveExpr(x, c.Coding)}
	if p.Zone != "" {
		out.Zone = "len(list_filter(" + x + ", lambda e: " + p.Zone + ")) > 0"
	}
	value := p.Value
	if value == "" {
		value = "e"
	} else {
		out.Value = each(value)
	}
	if p.Rounded != "" && p.Told != "" {
		out.Rounded = each("CASE WHEN " + p.Loses(p.Told) + " THEN CAST(" + p.Rounded + " AS VARCHAR) ELSE CAST(" + value + " AS VARCHAR) END")
	}
	return out
}

// noRoom is the code of a value that has none.
const noRoom = "type_mismatch"

// giveInto is the expression of a column's values, which fails for one that has no room.
func giveInto(i int, c table.StreamColumn) string {
	p, x := into(c), sqltext.Quote(c.Name)
	rounds := p.Told != "" && p.Rounded != ""
	if p.Refused == "" && !rounds {
		return p.Value
	}
	if rounds { // which may be of another type
		p.Value = "CAST(" + p.Value + " AS VARCHAR)"
	}
	var b sqltext.Builder
	b.Text("CASE WHEN ", x, " IS NULL THEN NULL")
	if p.Same != "" {
		b.Text(" WHEN ", p.Same, " THEN ", p.Value)
	}
	if p.Refused != "" {
		b.Text(" WHEN ", p.Refused, " THEN ").Raise(noRoom, strconv.Itoa(i), func() { b.Text("CAST(", x, " AS VARCHAR)") })
	}
	if rounds {
		b.Text(" WHEN ", p.Told, " THEN CAST(", p.Rounded, " AS VARCHAR)")
	}
	b.Text(" ELSE ", p.Value, " END")
	return b.String()
}

// misfit finds the first value that has no room in its column, for a failure that says that there is one; it gives nil for
// others.
func (s *session) misfit(ctx context.Context, f *failure, from string, columns []table.StreamColumn) error {
	code, at, _, _ := sqltext.Raised(f.message)
	if code != noRoom {
		return nil
	}
	var c table.StreamColumn
	for i := range columns {
		if strconv.Itoa(i) == at {
			c = columns[i]
		}
	}
	p := into(c)
	found, err := s.changed(ctx, from, []table.StreamColumn{c}, []string{p.Loses(p.Refused)})
	if err != nil {
		return place(err, "", nil, nil)
	}
	if len(found) == 0 { // the text that raised was another's
		return nil
	}
	out := errs.Invalid(noRoom, "A value in row %d, column %q does not fit: %s would become another one in %s.", found[0].Row, c.Name, found[0].Value, c.Room.Type)
	hint := "Round or convert the column before it is written, or change its type in the target."
	c.Room.Rounding = table.RoundInexact
	zone := into(c).Zone != ""
	switch c.Room.Rounding = table.RoundAllow; {
	case c.Room.Key:
		hint = "A key is not rounded in any case, for it might be that of another row then: round or convert the column before it is written, or change its type in the target."
	case zone:
		hint = "Convert the column to a time without a zone before it is written, let its zone be left out with the rounding inexact, or change its type in the target."
	case into(c).Refused == "":
		hint = "Round the column before it is written, allow rounding, or change its type in the target."
	}
	return out.WithHint("%s Nothing was written.", hint).With(out.At(errs.Place{Row: found[0].Row}))
}

// Rounded implements table.Streamer.
func (e *Engine) Rounded(ctx context.Context, tenant string, ref artifact.Ref, columns []table.StreamColumn) ([]table.Rounded, error) {
	var asked []table.StreamColumn
	var tests []string
	for _, c := range columns {
		p := into(c)
		if p.Zone != "" {
			asked, tests = append(asked, c), append(tests, p.Zone)
		}
		if c.Room.Zoneless = false; p.Told != "" {
			asked, tests = append(asked, c), append(tests, p.Loses(p.Told))
		}
	}
	if asked == nil {
		return nil, nil
	}
	from, release, err := e.store.Path(ctx, tenant, ref.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	s, err := e.sessionOf(ctx, e.streams.one(), tenant, access{})
	if err != nil {
		return nil, err
	}
	defer s.close()
	found, err := s.changed(ctx, from, asked, tests)
	if err != nil {
		return nil, place(err, "", nil, nil)
	}
	return found, nil
}

// changed says of which columns a test holds for some values: how many, and which is the first.
func (s *session) changed(ctx context.Context, from string, columns []table.StreamColumn, tests []string) ([]table.Rounded, error) {
	found := make([]table.Rounded, len(columns))
	inner, outer, dest := make([]string, 0, 1+2*len(columns)), make([]string, 0, 3*len(columns)), make([]any, 0, 3*len(columns))
	inner = append(inner, "row_number() OVER () AS r")
	for i, c := range columns {
		broken, value := fmt.Sprintf("b%d", i), fmt.Sprintf("v%d", i)
		inner = append(inner, tests[i]+" AS "+broken, sqltext.Quote(c.Name)+" AS "+value)
		outer = append(outer, "count(*) FILTER ("+broken+")", "coalesce(min(r) FILTER ("+broken+"), 0)", "coalesce(CAST(arg_min("+value+", r) FILTER ("+broken+") AS VARCHAR), '')")
		found[i] = table.Rounded{Column: c.Name, Type: c.Room.Type, Zone: c.Room.Zoneless, Spaces: c.Room.Kind == table.RoomBare}
		dest = append(dest, &found[i].Rows, &found[i].Row, &found[i].Value)
	}
	if err := s.one(ctx, "SELECT "+strings.Join(outer, ", ")+" FROM (SELECT "+strings.Join(inner, ", ")+" FROM "+parquet(from)+")", nil, dest...); err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(r table.Rounded) bool { return r.Rows == 0 })
	for i := range found {
		found[i].Value = short(found[i].Value)
	}
	return found, nil
}

func short(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
