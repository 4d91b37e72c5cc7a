package duck

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// A row is kept or refused, wherever it stands and however large it is.
func TestLargeRowsAreKeptOrRefused(t *testing.T) {
	e := newEngine(t)
	columns := []table.StreamColumn{streamed("id", "INTEGER", table.Plain), streamed("body", "VARCHAR", table.Plain), streamed("note", "VARCHAR", table.Plain)}
	for _, c := range []struct {
		size   int
		quoted bool
		before int
		after  int
		refuse bool
	}{
		{mostRecord - 100, false, 3, 2, false}, {mostRecord - 100, true, 100_003, 0, false},
		{40 << 20, false, 1, 0, true}, {72 << 20, false, 1, 0, true}, {72 << 20, true, 0, 0, true}, {130 << 20, false, 2, 2, true},
	} {
		kept, err := e.Take(t.Context(), tenant, columns, func(_ context.Context, w io.Writer) error {
			text := strings.Repeat("ab", c.size/2)
			if c.quoted {
				text = `"` + strings.Repeat(",\n", c.size/2) + `"`
			}
			_, err := io.WriteString(w, strings.Repeat("1,small,\"a,b\nc\"\n", c.before)+"2,"+text+",x\n"+strings.Repeat("3,small,\n", c.after))
			return err
		}, nil)
		switch {
		case !c.refuse && (err != nil || kept.Meta.Rows != int64(c.before+c.after+1)):
			t.Errorf("%d bytes behind %d rows: %d rows, %.200v", c.size, c.before, kept.Meta.Rows, err)
		case c.refuse:
			found := errs.From(err)
			if want := fmt.Sprintf(`Row %d has more than the 31.0 MiB of text that a row may have here; most of it is in the column "body".`, c.before+1); found.Message != want || found.Code != "row_too_large" || len(found.Error()) > 1000 {
				t.Errorf("%d bytes behind %d rows: %.400v", c.size, c.before, err)
			}
		}
	}
}

// Rows are counted on both sides.
func TestRowsThatPassAreCounted(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "1\n": 1, "1\n2": 2, "\n\n": 2, "\"a\nb\",\"\"\"\n\"\n,\n": 2} {
		for _, most := range []int{1, 3, 100} { // whatever comes at once
			r := &records{w: io.Discard, columns: make([]table.StreamColumn, 2)}
			for rest := text; rest != ""; rest = rest[min(most, len(rest)):] {
				if _, err := io.WriteString(r, rest[:min(most, len(rest))]); err != nil {
					t.Fatal(err)
				}
			}
			if r.rows() != want || r.all(want) != nil || r.all(want+1) == nil {
				t.Errorf("%q: %d rows", text, r.rows())
			}
		}
	}
}

// An error shows no more of a value than is good to read.
func TestErrorsOfStreamsAreShort(t *testing.T) {
	e := newEngine(t)
	columns := []table.StreamColumn{streamed("id", "INTEGER", table.Plain), streamed("body", "VARCHAR", table.Plain)}
	for _, text := range []string{"1,a\n" + strings.Repeat("x", 1<<20) + ",b\n", "1,a\n2," + strings.Repeat("x", 1<<20) + ",c\n"} {
		_, err := e.Take(t.Context(), tenant, columns, feedText(text), nil)
		found := errs.From(err)
		if err == nil || len(found.Error())+len(found.Hint) > 2500 || len(found.Details) > 0 && len(found.Details[0].Message) > 1000 {
			t.Errorf("%.300v", err)
		}
	}
}
