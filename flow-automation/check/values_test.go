package check_test

import (
	"strings"
	"testing"
)

// TestFixedValuesAreJudgedBeforeARun: what a node would fail with whatever data comes, is said when its flow is saved, at the
// field; what an expression gives is not known then.
func TestFixedValuesAreJudgedBeforeARun(t *testing.T) {
	for _, c := range []struct{ typ, with, field, message string }{
		{"table.cast", `columns: [{name: a, type: MOON}]`, "with.columns[0].type", `no type "MOON"`},
		{"table.cast", `columns: [{name: a, type: BIGNIT}]`, "with.columns[0].type", `Did you mean "BIGINT"`},
		{"table.cast", `columns: [{name: a, type: "{{ params.min }}"}]`, "", ""},
		{"table.cast", `columns: [{name: a, type: "DECIMAL(50,2)"}]`, "with.columns[0].type", "between 1 and 38 digits"},
		{"table.cast", `columns: [{name: a, type: "INTEGER(3)"}]`, "with.columns[0].type", "write INTEGER alone"},
		{"table.cast", `columns: [{name: a, type: DATE, format: "%d/%Q"}]`, "with.columns[0].format", "%Q, which means nothing"},
		{"table.cast", `columns: [{name: a, type: DATE, format: "%d/%"}]`, "with.columns[0].format", "%, which means nothing"},
		{"table.cast", `columns: [{name: a, type: DATE, format: "dd.mm.yyyy"}]`, "with.columns[0].format", "%d/%m/%Y"},
		{"table.cast", `columns: [{name: a, type: BIGINT, format: "%Y"}]`, "with.columns[0].format", "for dates and times"},
		{"table.cast", `columns: [{name: a, type: timestamptz, format: "%-d.%-m.%Y %H:%M"}]`, "", ""},
		{"table.cast", `columns: [{name: a, type: DATE}, {name: A, type: DATE}]`, "with.columns[1].name", "Two columns"},
		{"table.select", `columns: [{name: a}, {name: b, as: A}]`, "with.columns[1].as", "Two columns"},
		{"table.derive", `columns: [{name: x, expression: "a ("}]`, "with.columns[0].expression", "Line 1, column 3: this ( is not closed"},
		{"table.filter", `where: "a > 'x"`, "with.where", "not closed by '"},
		{"table.filter", `where: "a = 1; b"`, "with.where", "no semicolon"},
		{"table.filter", `where: "a > {{ params.min }}"`, "", ""},
		{"table.sql", `query: "DELETE FROM input"`, "with.query", "DELETE is not possible"},
		{"table.sql", `query: "-- all\n  drop table input"`, "with.query", "DROP is not possible"},
		{"table.sql", `query: "SELECT 1; SELECT 2"`, "with.query", "only one statement"},
		{"table.sql", `query: "SELECT 1;  "`, "", ""},
		{"table.sql", `query: "SELECT 'a"`, "with.query", "not closed by '"},
		{"table.aggregate", `by: [a], values: [{function: count, as: A}]`, "with.values[0].as", "Two columns"},
		{"table.limit", `rows: -1`, "with.rows", "at least 0"},
		{"table.window", `values: [{function: lag, column: a, as: b}, {function: lead, column: a, as: B}]`, "with.values[1].as", "Two columns"},
		{"table.unpivot", `name: x, value: X`, "with.value", "Two columns"},
		{"table.explode", `column: a, as: b, position: B`, "with.position", "Two columns"},
		{"table.split", `column: a, by: pattern, pattern: "("`, "with.pattern", "missing closing"},
		{"table.split", `column: a, by: separator, into: [b, B]`, "with.into[1]", "Two columns"},
		{"table.lookup", `"on": [{table: a}], lookup_columns: [{name: b}, {name: c, as: B}]`, "with.lookup_columns[1].as", "Two columns"},
		{"table.join", `kind: asof, nearest: {left: a}, tolerance: "5 moons"`, "with.tolerance", "neither a number nor"},
		{"table.pivot", `column: a, names: [x, X], values: [{function: count}]`, "with.names[1]", "Two columns"},
		{"quality.check", `rules: [{check: type, columns: [a], type: MOON}]`, "with.rules[0].type", `no type "MOON"`},
		{"quality.check", `rules: [{check: type, columns: [a], type: "{{ params.min }}"}]`, "", ""},
		{"quality.check", `rules: [{check: pattern, columns: [a], pattern: "("}]`, "with.rules[0].pattern", "missing closing"},
		{"quality.check", `rules: [{check: condition, where: "a > (1"}]`, "with.rules[0].where", "this ( is not closed"},
		{"quality.check", `rules: [{check: in_range, columns: [a], min: 5, max: 1}]`, "with.rules[0].max", "below the lower"},
		{"quality.check", `rules: [{check: row_count, change: "{{ params.min }}"}]`, "", ""},
		{"quality.check", `rules: [{check: row_count, max: "{{ params.min }}"}]`, "", ""},
		{"quality.check", `rules: [{check: row_count}]`, "with.rules[0].change", "Give a lower bound"},
		{"quality.check", `rules: [{check: row_count, min: inf}]`, "with.rules[0].min", "Write a number"},
		{"quality.check", `rules: [{check: row_count, max: "NaN"}]`, "with.rules[0].max", "Write a number"},
		{"quality.check", `rules: [{check: reference, columns: "{{ params.min }}", reference_columns: [a]}]`, "", ""},
		{"quality.check", `rules: [{check: reference, columns: [a], reference_columns: "{{ params.min }}"}]`, "", ""},
		{"quality.check", `rules: [{check: distribution, columns: [a], measure: "{{ params.min }}", min: 1}]`, "", ""},
		{"quality.check", `rules: [{check: "{{ params.min }}"}]`, "", ""},
		{"quality.check", `rules: [{check: in_range, columns: [a], min: "{{ params.min }}", max: 1}]`, "", ""},
		{"quality.check", `rules: [{check: freshness, columns: [a], within: "{{ params.min }}"}]`, "", ""},
		{"table.cast", `columns: [{name: a, type: "TIMESTAMP(3)"}]`, "", ""},
		{"table.cast", `columns: [{name: a, type: "character varying(20)"}]`, "", ""},
		{"table.cast", `columns: [{name: a, type: "INTEGER ARRAY"}]`, "", ""},
		{"table.cast", `columns: [{name: a, type: DATE, format: "%FT%T"}]`, "with.columns[0].format", "%F, which means nothing"},
		{"table.cast", `columns: [{name: a, type: TIMESTAMP, format: "%d %h %Y %T"}]`, "", ""},
		{"file.read", `path: a.csv, types: [{column: a, type: "FLOAT(24)"}]`, "", ""},
		{"http.read", `url: "https://x.org", types: [{column: a, type: NVARCHAR(20)}]`, "", ""},
		{"quality.clean", `steps: [{do: date, columns: [a], formats: ["%Q"]}]`, "with.steps[0].formats[0]", "%Q, which means nothing"},
		{"quality.clean", `steps: [{do: number, columns: [a], type: "DECIMAL(50,2)"}]`, "with.steps[0].type", "between 1 and 38 digits"},
		{"file.read", `path: data/a.doc`, "with.format", "csv, json, ndjson, parquet or xlsx"},
		{"file.read", `path: "{{ params.min }}"`, "", ""},
		{"file.read", `path: data/a.doc, format: csv`, "", ""},
		{"file.read", `path: ../a.csv`, "with.path", "leads outside"},
		{"file.read", `path: a.csv, delimiter: "::"`, "with.delimiter", "one ASCII character"},
		{"file.read", `path: a.csv, quote: "ab"`, "with.quote", "one ASCII character"},
		{"file.read", `path: a.csv, encoding: klingon`, "with.encoding", "no encoding"},
		{"file.read", `path: a.csv, types: [{column: a, type: MOON}]`, "with.types[0].type", `no type "MOON"`},
		{"file.write", `path: out/a.doc`, "with.format", "csv, json, ndjson, parquet or xlsx"},
		{"file.write", `path: /etc/a.csv`, "with.path", "is absolute"},
		{"file.write", `path: a.csv, delimiter: "::"`, "with.delimiter", "one ASCII character"},
		{"file.parse", `encoding: klingon`, "with.encoding", "no encoding"},
		{"file.parse", `types: [{column: a, type: MOON}]`, "with.types[0].type", `no type "MOON"`},
		{"http.read", `url: "https://x.org", types: [{column: a, type: MOON}]`, "with.types[0].type", `no type "MOON"`},
		{"http.read", `url: "https://x.org", timeout: 20m`, "with.timeout", "at most 10m"},
		{"control.wait", `until: tomorrow`, "with.until", "not a moment"},
		{"control.approval", `title: x, deadline: 1h, escalate_after: 2h, escalate_to: [ada]`, "", ""},
		{"control.approval", `title: x, deadline: 0s, escalate_after: 2h, escalate_to: [ada]`, "", ""},
		{"control.approval", `title: x, deadline: "{{ params.min }}", escalate_after: 2h, escalate_to: [ada]`, "", ""},
		{"control.approval", `title: x, deadline: tomorrow`, "with.deadline", "not a duration"},
		{"time.add", `amount: 1, unit: moons`, "with.unit", "not allowed"},
		{"time.add", `amount: 1, unit: days, zone: Mars/X`, "with.zone", "no time zone"},
		{"time.format", `format: "%Q"`, "with.format", "no directive %Q"},
		{"json.get", `path: "a["`, "with.path", "not a JSONPath"},
		{"text.match", `pattern: "("`, "with.pattern", "not a regular expression"},
		{"mail.send", `connection: m, from: nobody, to: "a@b.c", subject: a, text: b`, "with.from", "no address"},
		{"mail.send", `connection: m, to: "not an address", subject: a, text: b`, "with.to", "no list of addresses"},
		{"mail.send", `connection: m, to: "{{ params.min }}", subject: a, text: b`, "", ""},
		{"storage.get", `connection: m, name: "../x"`, "with.name", "../x"},
		{"storage.download", `connection: m, into: "../x"`, "with.into", "../x"},
		{"storage.download", `connection: m, into: "in/"`, "", ""},
		{"storage.download", `connection: m, into: "./in//deep/"`, "", ""},
		{"storage.download", `connection: m, into: "/in"`, "with.into", "is absolute"},
		{"storage.download", `connection: m, into: "{{ params.min }}/.."`, "", ""},
		{"storage.move", `connection: m, name: a, to: "done/"`, "", ""},
		{"storage.move", `connection: m, name: a, to: "./done/"`, "", ""},
		{"storage.move", `connection: m, name: a, to: "a//b/"`, "", ""},
		{"storage.move", `connection: m, name: a, to: "../b/"`, "with.to", "leads elsewhere"},
		{"storage.move", `connection: m, name: a, to: "a//b"`, "with.to", "is empty"},
		{"storage.list", `connection: m, match: "["`, "with.match", "no pattern"},
		{"sql.read", `connection: w, query: "DELETE FROM x"`, "with.query", "DELETE is not possible"},
		{"sql.read", `connection: w, query: "CALL report(2024)"`, "", ""},
		{"mongo.read", `connection: w, collection: x, filter: "{"`, "with.filter", "not valid JSON"},
		{"keys.read", `connection: k, pattern: "*", columns: [vlaue]`, "with.columns[0]", `Did you mean "value"`},
	} {
		a := analyze(t, head+"    - {id: n, type: "+c.typ+", in: {value: s}, with: {"+c.with+"}}\n")
		said, found := "", c.field == ""
		for _, p := range a.Problems {
			if p.Node != "n" || !strings.HasPrefix(p.Field, "with") {
				continue
			}
			said += "\n" + p.Field + ": " + p.Message
			found = found || p.Field == c.field && strings.Contains(p.Message, c.message)
		}
		if !found || c.field == "" && said != "" {
			t.Errorf("%s with %s: want %s: %s, got %s", c.typ, c.with, c.field, c.message, said)
		}
	}
}
