package duck

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"dataflow/ide-go-lib/errs"
)

// TestValuesAreBounded: functions that make much of little stop before they do, at the function that was asked for too much.
func TestValuesAreBounded(t *testing.T) {
	e := newEngine(t)
	in := run(t, e, sqlPlan("SELECT range AS id, repeat('a', 3000) || range AS name FROM range(10)"))
	for sql, name := range map[string]string{
		"SELECT list_aggregate(range(1000000000), 'sum') AS n":                                               "range",
		"SELECT len(range(id * 1000000)) AS n FROM input":                                                    "range",
		"SELECT len(range(0, 9000000000000000000)) AS n":                                                     "range",
		"SELECT len(range(0, -9000000000000000000, -3)) AS n":                                                "range",
		"SELECT len(range(TIMESTAMP '2020-01-01', TIMESTAMP '2030-01-01', INTERVAL 1 SECOND)) AS n":          "range",
		"SELECT len(Generate_Series(1, 1000000000, 7)) AS n":                                                 "generate_series",
		"SELECT list_transform([1, 1000000000], lambda x: len(range(x))) AS n":                               "range",
		"SELECT [len(range(x)) FOR x IN [1, 1000000000]] AS n":                                               "range",
		"SELECT max(len(range(id * 1000000000))) OVER () AS n FROM input":                                    "range",
		"SELECT count(*) AS n FROM input GROUP BY len(range(id * 1000000000))":                               "range",
		"SELECT len(range(CASE WHEN random() < 0.5 THEN 1 ELSE 2000000000 END)) AS n FROM input, range(100)": "range",
		"SELECT length(repeat('x', 2000000000)) AS n":                                                        "repeat",
		"SELECT length(repeat('', 2000000000000)) AS n":                                                      "repeat",
		"SELECT length(name.repeat(1000)) AS n FROM input":                                                   "repeat",
		`SELECT length("repeat"(name, 1000)) AS n FROM input`:                                                "repeat",
		"SELECT len(repeat([1, 2], 1000000000)) AS n":                                                        "repeat",
		"SELECT octet_length(repeat('x'::BLOB, 1000000000)) AS n":                                            "repeat",
		"SELECT length(lpad('x', 2000000000, 'y')) AS n":                                                     "lpad",
		"SELECT length(rpad('x', 2000000000, 'y')) AS n":                                                     "rpad",
		"SELECT len(list_resize([1], 300000000)) AS n":                                                       "list_resize",
		"SELECT len(array_resize([1], 300000000, 7)) AS n":                                                   "array_resize",
		"SELECT length(bitstring('1', 1000000000)) AS n":                                                     "bitstring",
		"SELECT max(levenshtein(name, name || 'b')) AS n FROM input":                                         "levenshtein",
		"SELECT max(editdist3(name, name || 'b')) AS n FROM input":                                           "editdist3",
		"SELECT max(damerau_levenshtein(name, name || 'b')) AS n FROM input":                                 "damerau_levenshtein",
		"SELECT max(jaro_similarity(name, name || 'b')) AS n FROM input":                                     "jaro_similarity",
		"SELECT max(jaro_winkler_similarity(name, name || 'b', 0.5)) AS n FROM input":                        "jaro_winkler_similarity",
	} {
		p := over(in, sql)
		p.Node = "n1"
		_, err := e.Run(t.Context(), tenant, p, nil)
		pub := errs.From(err)
		if pub == nil || pub.Code != codeBound || !strings.HasPrefix(pub.Message, name+" ") || pub.Hint == "" {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if p := pub.Details[0].Place; p.Node != "n1" || p.Field != "with.sql" {
			t.Errorf("%s: place %+v", sql, p)
		}
	}
}

// TestBoundedFunctionsAreTheSame: within the bounds they do what DuckDB's own do.
func TestBoundedFunctionsAreTheSame(t *testing.T) {
	e := newEngine(t)
	for sql, want := range map[string]string{
		"range(3)":              "[[0,1,2]]",
		"len(range(100000))":    "[100000]",
		"range(2, 4)":           "[[2,3]]",
		"range(-2)":             "[[]]",
		"range(10, 1, -4)":      "[[10,6,2]]",
		"range(1, 5, 0)":        "[[]]",
		"range(NULL)":           "[null]",
		"generate_series(1, 3)": "[[1,2,3]]",
		"range(0, 9000000000000000000, 4000000000000000000)":                                   `[[0,"4000000000000000000","8000000000000000000"]]`,
		"range(DATE '2024-01-31', DATE '2024-03-31', INTERVAL 1 MONTH)":                        `[["2024-01-31 00:00:00","2024-02-29 00:00:00","2024-03-29 00:00:00"]]`,
		"generate_series(TIMESTAMPTZ '2024-01-01', TIMESTAMPTZ '2023-12-30', -INTERVAL 1 DAY)": `[["2024-01-01 00:00:00+00","2023-12-31 00:00:00+00","2023-12-30 00:00:00+00"]]`,
		"repeat('ab', 3)":                                         `["ababab"]`,
		"length(repeat('ab', 60000))":                             "[120000]",
		"repeat([1, 2], 2)":                                       "[[1,2,1,2]]",
		"repeat('x', -1) = ''":                                    "[true]",
		"repeat(NULL, 2)":                                         "[null]",
		"repeat('x', NULL)":                                       "[null]",
		"octet_length(repeat('\\x00'::BLOB, 3))":                  "[3]",
		"repeat('x', 2::UTINYINT)":                                `["xx"]`,
		"lpad('7', 3, '0')":                                       `["007"]`,
		"rpad('hello', 2, ' ')":                                   `["he"]`,
		"list_resize([1, 2, 3], 2)":                               "[[1,2]]",
		"array_resize([1], 3, 9)":                                 "[[1,9,9]]",
		"bitstring('101', 5)::VARCHAR":                            `["00101"]`,
		"levenshtein('kitten', 'sitting')":                        "[3]",
		"damerau_levenshtein('ab', 'ba')":                         "[1]",
		"levenshtein(repeat('a', 500), repeat('b', 500))":         "[500]",
		"levenshtein(repeat('北', 150), repeat('北', 150) || '京')":  "[3]",
		"damerau_levenshtein(repeat('a', 250), repeat('b', 250))": "[250]",
		"editdist3('a', 'b')":                                     "[1]",
		"jaro_similarity('a', 'a')":                               "[1.0]",
		"jaro_winkler_similarity('a', 'b', 0.9)":                  "[0.0]",
		"levenshtein(NULL, 'x')":                                  "[null]",
		"printf('%02x|%5.1f|100%%', 15, 2.5)":                     `["0f|  2.5|100%"]`,
		"format('year 2024: {}', 7)":                              `["year 2024: 7"]`,
		"(SELECT count(*) FROM range(2000000))":                   "[2000000]",
		"(SELECT count(*) FROM generate_series(1, 2000000))":      "[2000000]",
		"(SELECT sum(levenshtein(a.range::VARCHAR, b.range::VARCHAR)) FROM range(10) AS a JOIN range(10) AS b ON levenshtein(a.range::VARCHAR, b.range::VARCHAR) = 1)": "[90]",
		"(SELECT len(range(max(x))) FROM (VALUES (1), (4)) AS t(x))":                                  "[4]",
		"list_transform([1, 2], lambda x: list_transform(range(x), lambda y: repeat('q', y + 1)))":    `[[["q"],["q","qq"]]]`,
		"repeat(repeat(repeat(repeat(repeat(repeat(repeat(repeat('x', 2), 2), 2), 2), 2), 1), 1), 1)": `["` + strings.Repeat("x", 32) + `"]`,
	} {
		if got := strings.TrimSpace(lines(t, e, run(t, e, sqlPlan("SELECT "+sql+" AS v")))); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	for i, v := range []any{int64(3), 3} {
		if got := lines(t, e, run(t, e, sqlPlan("SELECT repeat('x', $1) AS v", v))); got != "[\"xxx\"]\n" {
			t.Errorf("%d: %s", i, got)
		}
	}
}

// TestHintsOfBoundsHelp: what a hint says fits, whatever the texts are written in.
func TestHintsOfBoundsHelp(t *testing.T) {
	e := newEngine(t)
	in := run(t, e, sqlPlan("SELECT repeat('a', 5000) AS a, repeat('数', 5000) AS b, repeat('😀', 5000) AS c"))
	called := regexp.MustCompile(`left\(x, \d+\)`)
	for _, name := range []string{"levenshtein", "damerau_levenshtein", "jaro_similarity", "jaro_winkler_similarity"} {
		for _, column := range []string{"a", "b", "c"} {
			_, err := e.Run(t.Context(), tenant, over(in, fmt.Sprintf("SELECT %s(%s, %[2]s || 'z') AS n FROM input", name, column)), nil)
			pub := errs.From(err)
			if pub == nil || pub.Code != codeBound || !strings.Contains(pub.Message, "in bytes") {
				t.Errorf("%s of %s: %v", name, column, err)
				continue
			}
			left := strings.Replace(called.FindString(pub.Hint), "x", column, 1)
			if _, err := e.Run(t.Context(), tenant, over(in, fmt.Sprintf("SELECT %s(%s, reverse(%[2]s)) AS n FROM input", name, left)), nil); err != nil {
				t.Errorf("%s of %s: %v", name, left, err)
			}
		}
	}
}
