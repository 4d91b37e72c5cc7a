package duck

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func streamed(name, typ string, coding table.Coding) table.StreamColumn {
	return table.StreamColumn{Column: table.Column{Name: name, Type: typ}, Coding: coding}
}

func feedText(text string) func(context.Context, io.Writer) error {
	return func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func drainText(into *bytes.Buffer) func(context.Context, io.Reader) error {
	return func(_ context.Context, r io.Reader) error {
		_, err := io.Copy(into, r)
		return err
	}
}

func TestStreamedValuesComeBackAsTheyWere(t *testing.T) {
	e := newEngine(t)
	for name, c := range map[string]struct {
		columns []table.StreamColumn
		text    string
		back    string // "" is text
		give    map[string]table.Coding
	}{
		"texts": {
			[]table.StreamColumn{streamed("a", "VARCHAR", table.Plain), streamed("b", "VARCHAR", table.Plain)},
			"x,\n,\"\"\n\"line\nbreak\",\"quo\"\"te, and comma\"\n😀,\"\\.\"\n", "x,\n,\"\"\n\"line\nbreak\",\"quo\"\"te, and comma\"\n😀,\\.\n", nil,
		},
		"one column, nulls and the end of PostgreSQL": {
			[]table.StreamColumn{streamed("a", "VARCHAR", table.Plain)}, "\"x\"\n\n\"\"\n\"\\.\"\n\n", "", nil,
		},
		"numbers": {
			[]table.StreamColumn{streamed("a", "BIGINT", table.Plain), streamed("b", "DECIMAL(38,10)", table.Plain), streamed("c", "DOUBLE", table.Plain), streamed("d", "BOOLEAN", table.Plain)},
			"9223372036854775807,1234567890123456789012345678.0123456789,1e308,true\n-9223372036854775808,-0.0000000001,-inf,false\n,,,\n", "9223372036854775807,1234567890123456789012345678.0123456789,1e+308,true\n-9223372036854775808,-0.0000000001,-inf,false\n,,,\n", nil,
		},
		"PostgreSQL's words": {
			[]table.StreamColumn{streamed("a", "BOOLEAN", table.Plain), streamed("b", "DOUBLE", table.Plain), streamed("c", "TIMESTAMP WITH TIME ZONE", table.Plain)},
			"t,Infinity,2024-02-29 23:30:00.123456+05:30\nf,NaN,infinity\n", "true,inf,2024-02-29 18:00:00.123456+00\nfalse,nan,infinity\n", nil,
		},
		"times": {
			[]table.StreamColumn{streamed("a", "DATE", table.Plain), streamed("b", "TIMESTAMP", table.Plain), streamed("c", "TIME", table.Plain)},
			"1902-01-01,1752-09-14 00:00:00.000001,23:59:59.999999\n-infinity,infinity,00:00:00\n", "", nil,
		},
		"bytes, lists and objects": {
			[]table.StreamColumn{streamed("a", "BLOB", table.Hex), streamed("b", "VARCHAR[]", table.JSON), streamed("c", "JSON", table.JSON), streamed("d", "BIGINT[]", table.JSON)},
			"00FF,\"[\"\"x\"\",null]\",\"{\"\"a\"\":1}\",[9223372036854775807]\n,,,\n", "", nil,
		},
		"as others write them": {
			[]table.StreamColumn{streamed("a", "BOOLEAN", table.Plain), streamed("b", "VARCHAR[]", table.JSON), streamed("c", "TIMESTAMP WITH TIME ZONE", table.Plain)},
			"true,\"[\"\"a\\\"\"b\"\",null,\"\"c,d\"\"]\",2024-01-01 00:00:00+02\n,,\n", "1,\"{\"\"a\\\"\"b\"\",NULL,\"\"c,d\"\"}\",2023-12-31 22:00:00\n,,\n",
			map[string]table.Coding{"a": table.Bit, "b": table.Braces, "c": table.UTC},
		},
		"nothing": {[]table.StreamColumn{streamed("a", "BIGINT", table.Plain)}, "", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			kept, err := e.Take(t.Context(), tenant, c.columns, feedText(c.text), nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.back == "" {
				c.back = c.text
			}
			out := c.columns
			for i := range out {
				if coding, other := c.give[out[i].Name]; other {
					out[i].Coding = coding
				}
			}
			var got bytes.Buffer
			rows, err := e.Give(t.Context(), tenant, kept.Artifact, out, drainText(&got))
			if err != nil {
				t.Fatal(err)
			}
			if rows != kept.Meta.Rows {
				t.Errorf("%d rows went in, %d came out", kept.Meta.Rows, rows)
			}
			if got.String() != c.back {
				t.Errorf("\n got %q\nwant %q", got.String(), c.back)
			}
		})
	}
}

func TestStreamNamesRowAndColumn(t *testing.T) {
	e := newEngine(t)
	columns := []table.StreamColumn{streamed("note", "VARCHAR", table.Plain), streamed("amount", "INTEGER", table.Plain)}
	_, err := e.Take(t.Context(), tenant, columns, feedText("\"two\nlines\",1\na,2\nb,much\nc,4\n"), nil)
	found := errs.From(err)
	if found.Code != "type_mismatch" || !strings.Contains(found.Message, `"amount" of row 3`) || found.Details[0].Row != 3 {
		t.Errorf("%v %+v", err, found.Details)
	}
}

func TestStreamsEnd(t *testing.T) {
	e := newEngine(t)
	columns := []table.StreamColumn{streamed("a", "BIGINT", table.Plain)}
	boom := errors.New("boom")
	_, err := e.Take(t.Context(), tenant, columns, func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "1\n2")
		return errors.Join(err, boom)
	}, nil)
	if !errors.Is(err, boom) {
		t.Errorf("the feed's error became %v", err)
	}
	endless := func(ctx context.Context, w io.Writer) error {
		for ctx.Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("7\n", 30_000)); err != nil {
				return err
			}
		}
		return ctx.Err()
	}
	if _, err = e.Take(t.Context(), tenant, columns, func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "x\n"); err != nil {
			return err
		}
		return endless(ctx, w)
	}, nil); errs.From(err).Code != "type_mismatch" {
		t.Errorf("a feed that goes on after a bad row: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = e.Take(ctx, tenant, columns, func(ctx context.Context, w io.Writer) error {
		cancel()
		return endless(ctx, w)
	}, nil)
	if errs.From(err).Code != "canceled" {
		t.Errorf("canceled while it takes: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	if _, err = e.Take(ctx, tenant, columns, func(ctx context.Context, _ io.Writer) error {
		cancel()
		<-ctx.Done() // as one whose server does not answer
		return ctx.Err()
	}, nil); errs.From(err).Code != "canceled" {
		t.Errorf("canceled while nothing comes: %v", err)
	}

	many, err := e.Take(t.Context(), tenant, columns, func(_ context.Context, w io.Writer) error {
		b := bufio.NewWriter(w)
		for i := range 500_000 {
			if _, err := fmt.Fprintf(b, "%d\n", i); err != nil {
				return err
			}
		}
		return b.Flush()
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Give(t.Context(), tenant, many.Artifact, columns, func(_ context.Context, r io.Reader) error {
		_, err := io.CopyN(io.Discard, r, 10)
		return errors.Join(err, boom)
	})
	if !errors.Is(err, boom) {
		t.Errorf("the drain's error became %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	_, err = e.Give(ctx, tenant, many.Artifact, columns, func(ctx context.Context, _ io.Reader) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	if errs.From(err).Code != "canceled" {
		t.Errorf("canceled while it gives: %v", err)
	}
	var all bytes.Buffer
	if rows, err := e.Give(t.Context(), tenant, many.Artifact, columns, drainText(&all)); err != nil || rows != 500_000 || strings.Count(all.String(), "\n") != 500_000 || !strings.HasPrefix(all.String(), "\"0\"\n\"1\"\n\"2\"\n") {
		t.Errorf("afterwards: %d rows, %v, %.20q", rows, err, all.String())
	}
}
