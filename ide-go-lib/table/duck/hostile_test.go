package duck

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// hostile are attempts to read or change what is not the node's input, or to take more than there is. %[1]s is a file that exists.
var hostile = []string{
	// files by table functions, plain and hidden
	"SELECT * FROM read_csv('%[1]s')",
	"SELECT * FROM read_csv_auto('%[1]s')",
	"SELECT * FROM __dataflow_plain_csv('%[1]s', ',', '\"', true, 1, ['a'], ['VARCHAR'], [''])",
	"SELECT * FROM read_text('%[1]s')",
	"SELECT * FROM read_blob('%[1]s')",
	"SELECT * FROM read_parquet('%[1]s')",
	"SELECT * FROM parquet_scan('%[1]s')",
	"SELECT * FROM parquet_metadata('%[1]s')",
	"SELECT * FROM read_json('%[1]s')",
	"SELECT * FROM read_ndjson_objects('%[1]s')",
	"SELECT * FROM sniff_csv('%[1]s')",
	"SELECT * FROM glob('/etc/*')",
	`SELECT * FROM "read_text"('%[1]s')`,
	"SELECT * FROM ReAd_TeXt('%[1]s')",
	"SELECT * FROM main.read_text('%[1]s')",
	"SELECT * FROM system.main.read_text('%[1]s')",
	"SELECT * FROM /* x */ read_text /* y */ ('%[1]s')",
	"SELECT (SELECT content FROM read_text('%[1]s'))",
	"SELECT * FROM input WHERE name IN (SELECT content FROM read_text('%[1]s'))",
	"WITH x AS (SELECT * FROM read_text('%[1]s')) SELECT * FROM x",
	"WITH x AS MATERIALIZED (WITH y AS (SELECT * FROM read_text('%[1]s')) SELECT * FROM y) SELECT * FROM x",
	"SELECT * FROM input JOIN read_text('%[1]s') AS t ON true",
	"SELECT * FROM input, LATERAL (SELECT * FROM read_text('%[1]s'))",
	"SELECT * FROM input UNION ALL BY NAME SELECT content FROM read_text('%[1]s')",
	"SELECT list_transform([1], x -> (SELECT content FROM read_text('%[1]s')))",
	"SELECT * FROM input ORDER BY (SELECT content FROM read_text('%[1]s'))",
	"SELECT * FROM input LIMIT (SELECT size FROM read_text('%[1]s'))",
	"SELECT CASE WHEN true THEN (SELECT content FROM read_text('%[1]s')) END",
	"SELECT EXISTS (FROM read_text('%[1]s'))",
	"SELECT * FROM (PIVOT read_text('%[1]s') ON filename IN ('a') USING count(*))",
	"SELECT * FROM input QUALIFY row_number() OVER (ORDER BY (SELECT size FROM read_text('%[1]s'))) = 1",
	"VALUES ((SELECT content FROM read_text('%[1]s')))",
	// files by name
	"SELECT * FROM '%[1]s'",
	"FROM '%[1]s'",
	`SELECT * FROM "%[1]s"`,
	`WITH a AS (SELECT * FROM "%[1]s"), "%[1]s" AS (SELECT 1) SELECT * FROM a`,
	"SELECT * FROM '/etc/passwd.csv'",
	"SELECT * FROM 'https://example.com/x.csv'",
	"SELECT * FROM read_csv('https://example.com/x.csv')",
	"SELECT * FROM 's3://bucket/x.parquet'",
	"SELECT * FROM 'postgres:dbname=x'",
	"SELECT * FROM sqlite_scan('%[1]s', 't')",
	// statements
	"COPY (SELECT 1) TO '/tmp/out.csv'",
	"COPY input TO '/tmp/out.csv'",
	"ATTACH '%[1]s' AS other",
	"DETACH memory",
	"USE memory",
	"SET memory_limit = '100GB'",
	"SET enable_external_access = true",
	"RESET lock_configuration",
	"PRAGMA database_list",
	"PRAGMA enable_profiling",
	"INSTALL httpfs",
	"LOAD httpfs",
	"CALL pragma_version()",
	"CREATE TABLE t AS SELECT 1",
	"CREATE MACRO f() AS TABLE SELECT * FROM read_text('%[1]s')",
	"CREATE SECRET (TYPE s3)",
	"DROP VIEW x",
	"INSERT INTO input VALUES (1)",
	"UPDATE input SET name = 'x'",
	"DELETE FROM input",
	"EXPORT DATABASE '/tmp/x'",
	"IMPORT DATABASE '/tmp/x'",
	"EXPLAIN SELECT 1",
	"EXPLAIN ANALYZE SELECT * FROM input",
	"PREPARE p AS SELECT 1",
	"EXECUTE p",
	"BEGIN TRANSACTION",
	"CHECKPOINT",
	"VACUUM",
	"SHOW TABLES",
	"DESCRIBE input",
	"SUMMARIZE input",
	"SELECT * FROM (DESCRIBE input)",
	"SELECT * FROM (SHOW ALL TABLES)",
	// several statements, comments and endings
	"SELECT 1; SELECT 2",
	"SELECT 1; COPY (SELECT 1) TO '/tmp/out.csv'",
	"SELECT 1) TO '/tmp/out.csv'; --",
	"SELECT 1) ; ATTACH '%[1]s' AS x; SELECT (1",
	"SELECT 1 /* */ ; /* */ PRAGMA version",
	"SELECT 1 -- \n; SET threads = 1",
	"SELECT 1 /* unclosed",
	"",
	";",
	"-- nothing",
	// state and surroundings
	"SELECT getenv('HOME')",
	`SELECT "getenv"('PATH')`,
	"SELECT 'HOME'.getenv()",
	"SELECT list_transform(['HOME'], x -> getenv(x))",
	"SELECT current_setting('temp_directory')",
	"SELECT getvariable('x')",
	"SELECT * FROM duckdb_settings()",
	"SELECT * FROM duckdb_secrets()",
	"SELECT * FROM duckdb_databases()",
	"SELECT * FROM duckdb_logs",
	"SELECT * FROM pragma_database_list",
	"SELECT * FROM information_schema.tables",
	"SELECT * FROM pg_catalog.pg_class",
	"SELECT * FROM sqlite_master",
	"SELECT * FROM memory.main.input",
	"SELECT * FROM query('SELECT * FROM read_text(''%[1]s'')')",
	"SELECT * FROM query_table('input')",
	"SELECT * FROM json_execute_serialized_sql('{}')",
	"SELECT json_serialize_sql('SELECT 1')",
	"SELECT setseed(0.5)",
	"SELECT nextval('s')",
	"SELECT write_log('x')",
	"SELECT pg_backend_pid()",
	"SELECT $1",
	"SELECT ?",
	"SELECT $name",
	// past the bounds of functions
	"SELECT system.main.repeat('x', 2000000000)", "SELECT main.repeat('x', 2000000000)", "SELECT MAIN.Repeat('x', 2000000000)",
	`SELECT "system".range(1000000000)`, "SELECT pg_catalog.levenshtein('x', 'y')", "SELECT memory.main.range(10)",
	"SELECT printf('%2000000000d', 1)", "SELECT printf('%-20000s', 'x')", "SELECT printf('%*d', 2000000000, 1)", "SELECT printf('%.90000f', 1.0)",
	"SELECT format('{:>1000000000}', 'x')", "SELECT format('{:{}}', 'x', 1000000000)", "SELECT format('{0:.{1}f}', 1.0, 1000000000)",
	"SELECT format(name, 1) FROM input", "SELECT printf('%' || '10000000d', 1)", "SELECT name.printf(1) FROM input",
}

func TestHostileSQL(t *testing.T) {
	e := newEngine(t)
	in := run(t, e, sqlPlan("SELECT 1 AS id, 'x' AS name"))
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("canary\ncanary-42\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	own, release, err := e.store.Path(t.Context(), tenant, in.Artifact.ID) // within the directory that DuckDB may read
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for _, text := range hostile {
		for _, file := range []string{secret, own} {
			sql := text
			if strings.Contains(text, "%[1]s") {
				sql = fmt.Sprintf(text, file)
			}
			plan := over(in, sql)
			got, err := e.Run(t.Context(), tenant, plan, nil)
			if err == nil {
				t.Errorf("%s: ran and gave %s", sql, lines(t, e, got))
				continue
			}
			if _, err := e.Describe(t.Context(), tenant, plan); err == nil {
				t.Errorf("%s: described", sql)
			}
			if _, err := e.Preview(t.Context(), tenant, plan, table.PreviewOptions{Limit: 10, Sample: 10}); err == nil {
				t.Errorf("%s: previewed", sql)
			}
			pub := errs.From(err)
			if c := pub.Code; c != "sql_forbidden" && c != "sql_invalid" {
				t.Errorf("%s: code %s: %v", sql, c, err)
			}
			if told := pub.Message + pub.Hint + fmt.Sprint(pub.Details); strings.Contains(told, "canary-") {
				t.Errorf("%s: the error tells the secret: %s", sql, told)
			}
		}
	}
	if _, err := os.Stat("/tmp/out.csv"); err == nil {
		t.Error("a file was written")
	}
}

// TestWallBehindTheCheck runs SQL that no check has seen: the instance's own configuration must hold.
func TestWallBehindTheCheck(t *testing.T) {
	e := newEngine(t)
	s, err := e.session(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	outside := writeFile(t, "secret.csv", "a\n1\n")
	for _, sql := range []string{
		"SELECT * FROM read_csv('" + outside + "')", "SELECT * FROM __dataflow_plain_csv('" + outside + "', ',', '\"', true, 1, ['a'], ['VARCHAR'], [''])", "SELECT * FROM read_text('/etc/hostname')", "COPY (SELECT 1) TO '" + outside + ".out'",
		"ATTACH '" + outside + ".db'", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true", "SET lock_configuration = false", "RESET allowed_directories",
		"SET memory_limit = '1TB'", "SELECT * FROM read_csv('https://example.com/x.csv')", "SELECT * FROM glob('/etc/*')",
		"CREATE SECRET s (TYPE s3)", "EXPORT DATABASE '" + filepath.Dir(outside) + "/x'",
	} {
		if _, err := s.exec(t.Context(), sql, nil); err == nil {
			t.Errorf("%s: DuckDB itself allowed it", sql)
		}
	}
	other, err := e.store.(interface {
		Dir(tenant string) (string, error)
	}).Dir("other")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(other, 0o700); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(other, "x.csv")
	if err := os.WriteFile(foreign, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.exec(t.Context(), "SELECT * FROM read_csv('"+foreign+"')", nil); err == nil {
		t.Error("another tenant's file could be read")
	}
}

func TestAllowedSQL(t *testing.T) {
	e := newEngine(t)
	in := run(t, e, sqlPlan("SELECT range AS id, 'n' || range AS name FROM range(3)"))
	for sql, want := range map[string]string{
		"SELECT count(*) FROM input;":              "[3]\n",
		"SELECT count(*) FROM input -- the end":    "[3]\n",
		"FROM input SELECT max(name) WHERE id < 2": "[\"n1\"]\n",
		"WITH a AS (SELECT id * 2 AS d FROM input), b AS (SELECT sum(d) AS s FROM a) SELECT s FROM b":      "[6]\n",
		"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 4) SELECT sum(n) FROM r": "[10]\n",
		"SELECT i.id FROM input AS i JOIN input AS j ON i.id = j.id + 1 WHERE j.id = 1":                    "[2]\n",
		"SELECT sum(v) FROM (VALUES (1), (2)) AS t(v)":                                                     "[3]\n",
		"SELECT count(*) FROM input, range(2), unnest([1, 2])":                                             "[12]\n",
		"SELECT * FROM (PIVOT input ON name IN ('n1') USING sum(id))":                                      "[0,null]\n[1,1]\n[2,null]\n",
		"SELECT id FROM input UNION SELECT 2 EXCEPT SELECT 0 ORDER BY id":                                  "[1]\n[2]\n",
		"SELECT max(id) FILTER (name LIKE 'n%') OVER () FROM input LIMIT 1":                                "[2]\n",
		"SELECT '; DROP TABLE x' || ';' AS a, $$it's; fine$$ AS b":                                         "[\"; DROP TABLE x;\",\"it's; fine\"]\n",
		"SELECT list_transform([1, 2], x -> x * 2) AS l, {'a': 1} AS s":                                    "[[2,4],{\"a\":1}]\n",
		"TABLE input LIMIT 1":                              "[0,\"n0\"]\n",
		"SELECT \"name\" FROM \"input\" WHERE name = 'n0'": "[\"n0\"]\n",
	} {
		p := over(in, sql)
		got, err := e.Run(t.Context(), tenant, p, nil)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if rows := lines(t, e, got); rows != want && !strings.HasPrefix(sql, "SELECT * FROM (PIVOT") {
			t.Errorf("%s: %s, want %s", sql, rows, want)
		}
	}
}

func TestSQLErrorsNameThePlace(t *testing.T) {
	e := newEngine(t)
	in := run(t, e, sqlPlan("SELECT 1 AS amount, 'x' AS city"))
	for _, c := range []struct {
		sql, code, message, hint string
		line, column             int
	}{
		{"SELECT\n  amuont FROM input", "sql_invalid", `There is no column "amuont".`, `Did you mean "amount"?`, 2, 3},
		{"SELECT 'ü', amuont FROM input", "sql_invalid", `There is no column "amuont".`, `"amount"`, 1, 13},
		{"SELECT 'ü' FROM input WHERE ORDER", "sql_invalid", `cannot be understood at "ORDER"`, "", 1, 29},
		{"SELECT * FROM inputs", "sql_forbidden", `There is no table "inputs"`, `"input"`, 1, 15},
		{"SELECT summ(amount) FROM input", "sql_invalid", `no function "summ"`, `"sum"`, 1, 8},
		{"SELECT city + 1 FROM input", "type_mismatch", "A text (VARCHAR) and a whole number (INTEGER)", "CAST", 1, 13},
		{"SELECT sum(city) FROM input", "type_mismatch", "sum does not take a text", "CAST", 1, 8},
		{"SELECT CAST(city AS INTEGER) FROM input", "type_mismatch", `"x" in the column "city" is no whole number`, "TRY_CAST", 1, 8},
		{"SELECT amount, count(*) FROM input", "sql_invalid", "neither grouped by", "GROUP BY", 1, 8},
		{"SELECT 9223372036854775807 + amount::BIGINT FROM input", "out_of_range", "does not fit into a whole number (BIGINT)", "DECIMAL", 0, 0},
		{"SELECT error('boom ' || city) FROM input", "sql_failed", "boom x", "", 0, 0},
	} {
		_, err := e.Run(t.Context(), tenant, table.Plan{Relation: userSQL{c.sql, nil}, Inputs: map[string]table.Source{"table": {Artifact: in.Artifact}}, Node: "n1"}, nil)
		pub := errs.From(err)
		if pub == nil {
			t.Errorf("%s: ran", c.sql)
			continue
		}
		var p errs.Place
		if len(pub.Details) > 0 {
			p = pub.Details[0].Place
		}
		if pub.Code != c.code || !strings.Contains(pub.Message, c.message) || !strings.Contains(pub.Hint, c.hint) || p.Line != c.line || p.Column != c.column || p.Field != "with.sql" || p.Node != "n1" {
			t.Errorf("%s:\n%s %q hint %q place %+v", c.sql, pub.Code, pub.Message, pub.Hint, p)
		}
	}
}
