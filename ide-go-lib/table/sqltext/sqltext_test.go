package sqltext

import (
	"errors"
	"strings"
	"testing"

	"dataflow/ide-go-lib/table"
)

func TestCheckExpression(t *testing.T) {
	for text, offset := range map[string]int{
		"a > 1":                      -1,
		"(a + b[1]) = {'x': 1}":      -1,
		"name = 'it''s (fine; --'":   -1,
		`"odd ) name" = 1`:           -1,
		"a = 1 -- ) comment":         -1,
		"a /* ( /* nested */ ; */":   -1,
		"a = $$ ) ; $$":              -1,
		"a = $tag$ ) $$ ; $tag$":     -1,
		"x = E'it\\'s ) '":           -1,
		"note = 'a' AND e = 'b\\'":   -1, // without E, a backslash is a character
		"a) OR (b":                   1,
		"(a":                         0,
		"(a]":                        2,
		"a; b":                       1,
		"'open":                      0,
		`a = "open`:                  4,
		"a /* open /* x */":          2,
		"a = $x$ open":               4,
		"":                           0,
		"  -- only a comment":        0,
		"x = E'escaped \\' and open": 5,
	} {
		err := CheckExpression(text)
		var at *Error
		switch {
		case offset < 0 && err != nil:
			t.Errorf("%s: %v", text, err)
		case offset >= 0 && (!errors.As(err, &at) || at.Offset != offset):
			t.Errorf("%s: %v at %+v, want offset %d", text, err, at, offset)
		}
	}
}

func TestParams(t *testing.T) {
	for text, want := range map[string]string{
		"a = $1 AND b = $2":            "a = $11 AND b = $12",
		"'$1' || \"$1\" || $1 -- $1":   "'$1' || \"$1\" || $11 -- $1",
		"$$ $1 $$ || $t$ $2 $t$ || $2": "$$ $1 $$ || $t$ $2 $t$ || $12",
		"/* $1 */ $1":                  "/* $1 */ $11",
		"col$1 + $1":                   "col$1 + $11",
		"中文$1 = $1":                    "中文$1 = $11",
		"$3":                           "error",
		"$0":                           "error",
		"?":                            "error",
		"$name":                        "error",
		"no parameters":                "no parameters",
	} {
		got, err := Params(text, 2, func(n int) string { return "$1" + string(rune('0'+n)) })
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestTrimStatement(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1;":              "SELECT 1",
		"SELECT 1 ; -- done\n ":  "SELECT 1",
		"SELECT ';' ;;":          "SELECT ';'",
		"SELECT 1 /* x */":       "SELECT 1",
		"SELECT 1; SELECT 2;":    "SELECT 1; SELECT 2",
		"SELECT 1 /* unclosed":   "SELECT 1 /* unclosed",
		"SELECT 1 -- a\n + 2 ; ": "SELECT 1 -- a\n + 2",
	} {
		if got := TrimStatement(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestBuilder(t *testing.T) {
	var b Builder
	b.Text("SELECT ").Name(`a"b`).Text(", ").Arg(1).Text(" FROM t WHERE ").
		Expression("with.where", table.SQL{Text: "x > $1 -- more than $1", Args: []any{2}}).Text(" AND ").
		Expression("with.and", table.SQL{Text: "y = $2 + $1", Args: []any{3, 4}})
	q, err := b.Query()
	if err != nil {
		t.Fatal(err)
	}
	if want := "SELECT \"a\"\"b\", $1 FROM t WHERE (x > $2 -- more than $1\n) AND (y = $4 + $3)"; q.Text != want || len(q.Args) != 4 {
		t.Errorf("%s, %v", q.Text, q.Args)
	}
	for i, want := range []string{"x > $2 -- more than $1", "y = $4 + $3"} {
		if f := q.Fields[i]; q.Text[f.Start:f.End] != want || !f.Written {
			t.Errorf("%+v: %s", f, q.Text[f.Start:f.End])
		}
	}
}

func TestPosition(t *testing.T) {
	if line, column := Position("SELECT\n 'ü', x", strings.Index("SELECT\n 'ü', x", "x")); line != 2 || column != 7 {
		t.Errorf("%d:%d", line, column)
	}
}

// FuzzCheckExpression: what passes has balanced brackets for a reader of its own, and nothing crashes.
func FuzzCheckExpression(f *testing.F) {
	for _, s := range []string{"a) --", "'", "$$", "/*/**/", "E'\\", "\"\"\"", "(((", "$1$2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, tok := range scan(text) {
			if tok.start != end || tok.end <= tok.start {
				t.Fatalf("gap at %d of %q", end, text)
			}
			end = tok.end
		}
		if end != len(text) {
			t.Fatalf("%q is read up to %d", text, end)
		}
		_ = CheckExpression(text)
		_ = TrimStatement(text)
	})
}

func TestRaise(t *testing.T) {
	var b Builder
	q, err := b.Text("SELECT ").Raise("key_duplicate", "with.keys", func() { b.Text("'It''s ' || k") }).Query()
	if err != nil || !Raises(q.Text, "key_duplicate", "with.keys") || Raises(q.Text, "key_duplicate", "with.key") {
		t.Errorf("%s, %v", q.Text, err)
	}
	literal := strings.TrimSuffix(strings.TrimPrefix(q.Text, "SELECT error('"), "' || 'It''s ' || k)")
	if code, field, text, ok := Raised("Invalid: " + literal + "It's 7"); !ok || code != "key_duplicate" || field != "with.keys" || text != "It's 7" {
		t.Errorf("%q, %q, %q, %v", code, field, text, ok)
	}
	if _, _, _, ok := Raised("Conversion failed"); ok {
		t.Error("an error of another origin was taken for one that was raised")
	}
}
