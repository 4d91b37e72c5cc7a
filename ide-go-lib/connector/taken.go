package connector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
)

// Taken is what a system says of a row whose key is there already.
type Taken struct {
	Table   string   // "" is not known
	Columns []string // of the key; nil is not known
	Values  []string // of those; or, where Between is something, one text of all
	Between string   // what the system writes between the values
	Said    string   // in the system's words, for people, where the columns are not known
	Row     int64    // that was refused, where it is known; 0 is not
	Line    int64    // that was refused, of the text that was given, where the system says it; 0 is not known
	Cause   error

	// Ask asks the table, after the write was taken back, whether it has a row with these values of the key, as rows are given; nil is
	// where nobody can tell.
	Ask func(ctx context.Context, values []string) (bool, error)
}

const (
	mostToldKey = 200  // characters of a key in an error
	mostDigits  = 1000 // of numbers that are compared as such

	findWait = 10 * time.Second // for naming a row, of which the error does without where that takes longer
)

// Error is the error of the write, which names the rows of that key. To find them it reads the rows again, as columns give them, for a
// while: the write is to be taken back before.
func (k Taken) Error(ctx context.Context, req WriteRequest, columns []table.StreamColumn) error {
	if req.Mode == Truncate || req.Mode == Replace { // what was there was to go
		k.Ask = nil
	}
	k.Foretell(ctx, req)
	within, stop := context.WithTimeout(ctx, findWait)
	defer stop()
	rows, there, lost := k.find(within, req.Give, columns)
	if within.Err() != nil { // nobody is to wait longer, and what was refused is known
		lost = nil
	}
	out := k.error(req.Mode, rows, there)
	if lost != nil {
		return errors.Join(out, lost)
	}
	return out
}

// Foretell says that the write has failed with what is known so far, before more is asked for.
func (k Taken) Foretell(ctx context.Context, req WriteRequest) {
	errs.Foretell(ctx, k.error(req.Mode, nil, false))
}

func (k Taken) error(mode Mode, rows []int64, there bool) *errs.Error {
	out := k.said(rows, there).WithHint("%s", hint(mode, len(rows) > 1, there)).Wrap(k.Cause)
	for _, row := range rows {
		out = out.With(out.At(errs.Place{Row: row}))
	}
	return out
}

// said says of the table that it has the row only where it was asked: the row may also have come twice, in texts that are the same to
// the database and not to us.
func (k Taken) said(rows []int64, there bool) *errs.Error {
	said := strings.TrimSuffix(k.Said, ".")
	if len(k.Columns) > 0 {
		said = fmt.Sprintf("(%s) = (%s)", strings.Join(k.Columns, ", "), Short(strings.Join(k.Values, ", ")))
	}
	switch {
	case k.Table == "":
		return errs.Conflict(CodeUnique, "A table has such a row already, or it came twice, as the database compares: %s.", said)
	case len(rows) == 0:
		return errs.Conflict(CodeUnique, "The table %q has such a row already, or it came twice, as the database compares: %s.", k.Table, said)
	case len(rows) > 1:
		return errs.Conflict(CodeUnique, "Rows %d and %d: The table %q takes such a row only once: %s.", rows[0], rows[1], k.Table, said)
	case there:
		return errs.Conflict(CodeUnique, "Row %d: The table %q has such a row already: %s.", rows[0], k.Table, said)
	}
	return errs.Conflict(CodeUnique, "Row %d: The table %q has such a row already, or it came twice, as the database compares: %s.", rows[0], k.Table, said)
}

func hint(mode Mode, twice, there bool) string {
	switch {
	case twice, mode == Truncate, mode == Replace:
		return "Keep one of each key first, with the node Remove duplicates. Nothing was written."
	case mode.ByKey() && there:
		return "It is another key than the one that rows are told apart by: leave the row out, or tell rows apart by that one. Nothing was written."
	case mode.ByKey():
		return "It is another key than the one that rows are told apart by: leave the row out, or tell rows apart by that one. If it came twice, keep one of each key first. Nothing was written."
	case there:
		return "Update by key in place of appending, or leave the rows out that are there. Nothing was written."
	}
	return "Update by key in place of appending, or leave the rows out that are there. If it came twice, keep one of each key first, with the node Remove duplicates. Nothing was written."
}

// Short is a text as errors have it.
func Short(s string) string {
	if r := []rune(s); len(r) > mostToldKey {
		return string(r[:mostToldKey]) + "…"
	}
	return s
}

// find finds the first two rows of the key, or the one of the line, and asks whether the only one is there already.
func (k Taken) find(ctx context.Context, give Giver, columns []table.StreamColumn) (rows []int64, there bool, err error) {
	rows, values, err := k.rows(ctx, give, columns)
	if err == nil && len(rows) == 1 && values != nil && k.Ask != nil {
		there, err = k.Ask(ctx, values)
	}
	return rows, there, err
}

// rows gives with the rows the values of the key in the first that has it.
func (k Taken) rows(ctx context.Context, give Giver, columns []table.StreamColumn) (found []int64, values []string, err error) {
	at := k.places(columns)
	on := k.Row
	if len(at) > 0 || on == 0 && k.Line > 0 {
		var row, end int64
		_, err = give(ctx, columns, func(_ context.Context, r io.Reader) error {
			for reader := rowtext.NewReader(r); ; {
				fields, err := reader.Next()
				if errors.Is(err, io.EOF) {
					return nil
				}
				if err != nil {
					return err
				}
				row++
				if end += lines(row, fields); on == 0 && k.Line > 0 && end >= k.Line {
					on = row
				}
				if len(at) == 0 || !k.of(fields, columns, at) {
					continue
				}
				if found = append(found, row); len(found) == 2 {
					return errFound
				}
				for _, i := range at {
					values = append(values, string(fields[i].Text))
				}
			}
		})
		if errors.Is(err, errFound) {
			err = nil
		}
	}
	if len(found) == 0 && on > 0 {
		found = []int64{on}
	}
	return found, values, err
}

// places are those of the key's columns among the given ones; nil where one of them, or its value, is not known.
func (k Taken) places(columns []table.StreamColumn) (at []int) {
	if len(k.Values) == 0 {
		return nil
	}
	for _, name := range k.Columns {
		i := slices.IndexFunc(columns, func(c table.StreamColumn) bool { return strings.EqualFold(c.Name, name) })
		if i < 0 {
			return nil
		}
		at = append(at, i)
	}
	return at
}

// of says whether the key is that of a row.
func (k Taken) of(fields []rowtext.Field, columns []table.StreamColumn, at []int) bool {
	if slices.ContainsFunc(at, func(i int) bool { return fields[i].Null }) {
		return false
	}
	if k.Between == "" {
		for i, n := range at {
			if !spells(k.Values[i], string(fields[n].Text), columns[n]) {
				return false
			}
		}
		return true
	}
	return k.spell(k.Values[0], fields, columns, at)
}

// spell says whether a text is the values of a row one behind another. What stands between them may be in them, too.
func (k Taken) spell(text string, fields []rowtext.Field, columns []table.StreamColumn, at []int) bool {
	given, column := string(fields[at[0]].Text), columns[at[0]]
	if len(at) == 1 {
		return spells(text, given, column)
	}
	for from := 0; ; {
		i := strings.Index(text[from:], k.Between)
		if i < 0 {
			return false
		}
		if spells(text[:from+i], given, column) && k.spell(text[from+i+len(k.Between):], fields, columns, at[1:]) {
			return true
		}
		from += i + 1
	}
}

// spells says whether what a system tells is the value that it was given.
func spells(told, given string, c table.StreamColumn) bool {
	switch {
	case told == given:
		return true
	case c.Type == "VARCHAR":
		return false
	case c.Coding == table.Hex || c.Coding == table.Bytea:
		return strings.EqualFold(strings.TrimPrefix(told, `\x`), strings.TrimPrefix(given, `\x`))
	case c.Type == "BOOLEAN":
		return truth(told) == truth(given)
	}
	if len(told) <= mostDigits && len(given) <= mostDigits && !strings.ContainsAny(told+given, "eE/") {
		a, ok := new(big.Rat).SetString(told)
		b, also := new(big.Rat).SetString(given)
		if ok && also {
			return a.Cmp(b) == 0
		}
	}
	return strings.EqualFold(brief(told), brief(given))
}

func truth(text string) bool { return text == "1" || text == "t" || strings.EqualFold(text, "true") }

// brief takes off what the seconds of a time may or may not end with.
func brief(text string) string {
	for _, zone := range []string{"+00", "+00:00", "Z"} {
		text = strings.TrimSuffix(text, zone)
	}
	if strings.Contains(text, ".") && strings.Contains(text, ":") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
