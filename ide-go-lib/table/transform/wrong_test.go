package transform_test

import (
	"regexp"
	"strings"
	"testing"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/aggregate"
	"dataflow/ide-go-lib/table/transform/cast"
	"dataflow/ide-go-lib/table/transform/derive"
	"dataflow/ide-go-lib/table/transform/filter"
	"dataflow/ide-go-lib/table/transform/join"
	"dataflow/ide-go-lib/table/transform/sql"
	"dataflow/ide-go-lib/table/transform/union"
	"dataflow/ide-go-lib/table/transform/window"
)

// engineWords are of the engine's own language, which no user has to know.
var engineWords = regexp.MustCompile(`(?i)binder|parser|catalog|candidate|\b_t\d+\b|duckdb|\bu?int(8|16|32|64|128)\b|_literal|when casting|__|matches the given|best candidate|unnamed_subquery|scalar function|postfix|clause|!$`)

// oddities is a table with something wrong in most columns.
const oddities = `SELECT * FROM (VALUES
	(1, 'n1', DATE '2000-01-01', 1.5::DOUBLE, '2024-13-01', '{"a": 1}', [1, 2], {'x': 1}, true, TIMESTAMP '2020-01-01', 10::DECIMAL(18,2), 100::TINYINT),
	(2, 'zwei', DATE '2000-01-02', 2.5, 'soon', '{broken', [3], {'x': 2}, false, TIMESTAMP '2020-01-01', 99999999999999.99, 120::TINYINT))
	t(id, name, born, price, day, doc, list, part, ok, moment, amount, tiny)`

func expression(text string) table.Relation {
	return derive.Config{Columns: []derive.Column{{Name: "y", Expression: query(text)}}}
}

func selected(text string) table.Relation { return sql.Config{Select: query(text)} }

func where(text string) table.Relation { return filter.Config{Where: query(text)} }

// TestWhatIsWrongIsToldInPlainWords: whatever is wrong with a node or its data is told without the engine's words, with the
// field and, of SQL that a user wrote, the line and column there.
func TestWhatIsWrongIsToldInPlainWords(t *testing.T) {
	e := engine(t)
	in := run(t, e, selected(oddities), nil)
	lists := run(t, e, selected("SELECT [1] AS id"), nil)
	self := ported("left", in, "right", in)
	for _, c := range []struct {
		relation      table.Relation
		inputs        map[string]table.Source // nil is the table of oddities
		code, field   string
		line, column  int
		message, hint string
	}{
		{expression("nam"), nil, "sql_invalid", "with.columns[0].expression", 1, 1, `There is no column "nam".`, `Did you mean "name"?`},
		{expression("upper(id)"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, "upper does not take a whole number (INTEGER).", "It is called upper(VARCHAR)."},
		{expression("name + 1"), nil, "type_mismatch", "with.columns[0].expression", 1, 6, "A text (VARCHAR) and a whole number (INTEGER) cannot be put together by +.", ""},
		{expression("CAST(name AS INTEGER)"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, `The text "n1" in the column "name" is no whole number (INTEGER).`, ""},
		{expression("name::DATE"), nil, "type_mismatch", "with.columns[0].expression", 1, 5, `The text "n1" in the column "name" is no date.`, ""},
		{expression("day::DATE"), nil, "type_mismatch", "with.columns[0].expression", 1, 4, `The text "2024-13-01" in the column "day" is no day of the calendar.`, ""},
		{expression("'soon'::TIMESTAMP"), nil, "type_mismatch", "with.columns[0].expression", 1, 7, `The text "soon" is no date with time.`, ""},
		{expression("CAST(name AS BOOLEAN)"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, `The text "n1" in the column "name" is no truth value (BOOLEAN).`, ""},
		{expression("'abc'::UUID"), nil, "type_mismatch", "with.columns[0].expression", 1, 6, `The text "abc" is no UUID.`, ""},
		{expression("name::DECIMAL(4,2)"), nil, "type_mismatch", "with.columns[0].expression", 1, 5, `The text "n1" in the column "name" is no number (DECIMAL(4,2)).`, ""},
		{expression("1000::DECIMAL(4,2)"), nil, "type_mismatch", "with.columns[0].expression", 1, 5, "The value 1000 does not fit into a number (DECIMAL(4,2)).", ""},
		{expression("300::TINYINT"), nil, "type_mismatch", "with.columns[0].expression", 1, 4, "The value 300 does not fit into a whole number (TINYINT).", ""},
		{expression("(-300)::TINYINT"), nil, "type_mismatch", "with.columns[0].expression", 1, 7, "The value -300 does not fit into a whole number (TINYINT).", ""},
		{expression("tiny + tiny"), nil, "out_of_range", "with.columns[0].expression", 0, 0, "The result of 100 + 100 does not fit into a whole number (TINYINT).", ""},
		{expression("ln(0)"), nil, "out_of_range", "with.columns[0].expression", 0, 0, "There is no logarithm of zero.", ""},
		{expression("sqrt(-1)"), nil, "out_of_range", "with.columns[0].expression", 0, 0, "There is no square root of a negative number.", ""},
		{expression("factorial(100)"), nil, "out_of_range", "with.columns[0].expression", 0, 0, "A result is too large for its type.", ""},
		{expression("error('cannot take more than 5 per order')"), nil, "sql_failed", "with.columns[0].expression", 0, 0, "cannot take more than 5 per order", ""},
		{expression("error('Value out of range: store 7')"), nil, "sql_failed", "with.columns[0].expression", 0, 0, "Value out of range: store 7", ""},
		{expression("error('Timestamp out of range in row 9')"), nil, "sql_failed", "with.columns[0].expression", 0, 0, "Timestamp out of range in row 9", ""},
		{expression("error('Map keys must be unique in the list of stores')"), nil, "sql_failed", "with.columns[0].expression", 0, 0, "Map keys must be unique in the list of stores", ""},
		{expression("error('More than one row returned by a subquery')"), nil, "sql_failed", "with.columns[0].expression", 0, 0, "More than one row returned by a subquery", ""},
		{expression("error('No space left in store 7')"), nil, "sql_failed", "with.columns[0].expression", 0, 0, "No space left in store 7", ""},
		{expression("error('syntax error at or near \"x\"')"), nil, "sql_failed", "with.columns[0].expression", 0, 0, `syntax error at or near "x"`, ""},
		{selected("SELECT CAST(uuid AS HUGEINT) AS h FROM (SELECT name AS uuid FROM input)"), nil, "type_mismatch", "with.query", 1, 8, `The text "n1" in the column "uuid" is no whole number (HUGEINT).`, ""},
		{expression("update + "), nil, "sql_invalid", "with.columns[0].expression", 1, 10, "The SQL ends too early.", ""},
		{selected("SELECT CAST(sales_t1 AS INTEGER) FROM (SELECT name AS sales_t1 FROM input)"), nil, "type_mismatch", "with.query", 1, 8, `The text "n1" in the column "sales_t1" is no whole number (INTEGER).`, ""},
		{selected("SELECT CAST(_t1_amount AS INTEGER) FROM (SELECT name AS _t1_amount FROM input)"), nil, "type_mismatch", "with.query", 1, 8, `The text "n1" in the column "_t1_amount" is no whole number (INTEGER).`, ""},
		{selected("SELECT * FROM (SELECT id FROM input) _t1_x WHERE _t1_x.y = 1"), nil, "sql_invalid", "with.query", 1, 50, `There is no column "y" in "_t1_x".`, ""},
		{expression("acos(2)"), nil, "sql_failed", "with.columns[0].expression", 0, 0, "acos is defined only from -1 to 1.", ""},
		{expression("regexp_matches(name, '(a')"), nil, "pattern_invalid", "with.columns[0].expression", 0, 0, `The regular expression cannot be read at "(a": a closing ) is missing.`, ""},
		{expression("regexp_extract(name, '(?<x', 1)"), nil, "pattern_invalid", "with.columns[0].expression", 0, 0, `The regular expression cannot be read at "(?<": what follows (? has no meaning.`, ""},
		{expression("name ~ '*'"), nil, "pattern_invalid", "with.columns[0].expression", 0, 0, `The regular expression cannot be read at "*": there is nothing before it to repeat.`, ""},
		{expression("regexp_matches(name, 'a', 'q')"), nil, "pattern_invalid", "with.columns[0].expression", 0, 0, `There is no option "q" of regular expressions.`, ""},
		{expression("strptime(day, '%Y-%m-%d')"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, `The text "2024-13-01" does not fit the date format "%Y-%m-%d": month out of range, expected a value between 1 and 12.`, ""},
		{expression("strftime(born, '%Q')"), nil, "format_invalid", "with.columns[0].expression", 1, 16, "The date format has %Q, which means nothing.", ""},
		{expression("strftime(name, '%Y')"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, "strftime does not take these arguments together: text (VARCHAR), text (VARCHAR).", ""},
		{expression("date_trunc('fortnight', born)"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, `There is no unit of time "fortnight".`, ""},
		{expression("born + INTERVAL 1 MOON"), nil, "sql_invalid", "with.columns[0].expression", 1, 19, `The SQL cannot be understood at "MOON".`, ""},
		{expression("moment AT TIME ZONE 'Mars/Olympus'"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, `There is no time zone "Mars/Olympus".`, `Did you mean "Asia/Omsk" or "Asia/Muscat" or "Europe/Oslo"?`},
		{expression("make_date(2024, 13, 1)"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, "2024-13-1 is no day of the calendar.", ""},
		{expression("json_extract(doc, '$.a')"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, `The text "{broken" is not valid JSON: unexpected character at byte 2.`, ""},
		{expression("doc::JSON"), nil, "type_mismatch", "with.columns[0].expression", 1, 4, `The text "{broken" in the column "doc" is not valid JSON: unexpected character at byte 2.`, ""},
		{expression("json_extract(doc, '$[')"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, `The JSON path cannot be read at "[".`, "Write it like $.name or $.list[0]."},
		{expression(`json_transform(doc, '{"a": "MOON"}')`), nil, "sql_invalid", "with.columns[0].expression", 1, 14, `There is no type "MOON".`, ""},
		{expression("from_json(doc, '{}')"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, "The structure of the JSON has an object without fields.", ""},
		{expression("list[1] + 'a'"), nil, "type_mismatch", "with.columns[0].expression", 1, 9, "A whole number (INTEGER) and a text (VARCHAR) cannot be put together by +.", ""},
		{expression("list_sum(name)"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, "A list is needed, no text (VARCHAR).", ""},
		{expression("list_transform(list, x -> y)"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, `There is no column "y" yet: it is made only here.`, ""},
		{expression("list_aggregate(list, 'moon')"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, `There is no function "moon".`, `Did you mean "month"?`},
		{expression("len(id)"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, "len does not take a whole number (INTEGER).", "It is called len(VARCHAR) or len(BIT) or len(ANY[])."},
		{expression("part.y"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, `The object has no field "y".`, `Did you mean "x"?`},
		{expression("unnest(name)"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, "unnest takes a list or an object, no text (VARCHAR).", ""},
		{expression("[1, 'a']"), nil, "type_mismatch", "with.columns[0].expression", 1, 5, `The text "a" is no whole number (INTEGER).`, ""},
		{expression("array_slice(name)"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, "array_slice does not take a text (VARCHAR).", ""},
		{expression("element_at(list, 'x')"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, "element_at does not take these arguments together: list (INTEGER[]), text (VARCHAR).", "It is called element_at(MAP(K, V), K)."},
		{expression("list_sort(list, 'moon')"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, `"MOON" is no order.`, "Write ASC or DESC."},
		{expression("range(0, 1000000000000)"), nil, "value_too_large", "with.columns[0].expression", 1, 1, "range makes no lists of more than 100000 values.", "Behind FROM there is no such bound: SELECT … FROM range(n)."},
		{expression("sum(id)"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, `The column "id" is neither grouped by nor within an aggregate such as sum or count.`, ""},
		{expression("sum(id) OVER (PARTITION BY"), nil, "sql_invalid", "with.columns[0].expression", 1, 14, "The SQL is not valid: this ( is not closed.", ""},
		{expression("sum(id) OVER (ORDER BY nam)"), nil, "sql_invalid", "with.columns[0].expression", 1, 24, `There is no column "nam".`, `Did you mean "name"?`},
		{expression("count(sum(id))"), nil, "sql_invalid", "with.columns[0].expression", 1, 7, "An aggregate cannot stand within another.", ""},
		{expression("row_number()"), nil, "sql_invalid", "with.columns[0].expression", 1, 1, "The function row_number needs OVER (…) behind it.", ""},
		{expression("(SELECT id FROM input)"), nil, "sql_forbidden", "with.columns[0].expression", 1, 17, `There is no table "input"; only the inputs of the node can be read.`, ""},
		{expression("(SELECT 1, 2)"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, "The query in parentheses gives 2 columns where 1 is needed.", ""},
		{expression("CASE WHEN id THEN 1"), nil, "sql_invalid", "with.columns[0].expression", 1, 20, "The SQL ends too early.", ""},
		{expression("CASE WHEN id = 1 THEN 1 ELSE 'x' END"), nil, "type_mismatch", "with.columns[0].expression", 1, 30, `The text "x" is no whole number (INTEGER).`, ""},
		{expression("CASE WHEN name THEN 1 END"), nil, "type_mismatch", "with.columns[0].expression", 1, 11, `The text "n1" in the column "name" is no truth value (BOOLEAN).`, ""},
		{expression("born > 'soon'"), nil, "type_mismatch", "with.columns[0].expression", 1, 8, `The text "soon" is no date.`, ""},
		{expression("name LIKE 1"), nil, "type_mismatch", "with.columns[0].expression", 1, 6, "A text (VARCHAR) and a whole number (INTEGER) cannot be put together by LIKE.", ""},
		{expression("name LIKE 'a' ESCAPE 'xx'"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, "ESCAPE takes a single character.", ""},
		{expression("printf('%d', name)"), nil, "sql_failed", "with.columns[0].expression", 0, 0, `"d" cannot format a text (VARCHAR).`, ""},
		{expression("repeat(name, 10000000000)"), nil, "value_too_large", "with.columns[0].expression", 1, 1, "repeat makes no values of more than 131072 bytes.", "Behind FROM it makes rows: SELECT … FROM repeat(x, n)."},
		{expression("lpad(name, 3)"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, "lpad does not take these arguments together.", "It is called lpad(text, size, fill)."},
		{expression("chr(-1)"), nil, "sql_failed", "with.columns[0].expression", 0, 0, "There is no character with the number -1.", ""},
		{expression("from_hex('zz')"), nil, "sql_failed", "with.columns[0].expression", 0, 0, `"z" is no hexadecimal digit.`, ""},
		{expression("from_base64('!')"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, `The text "!" is not Base64: length must be a multiple of 4.`, ""},
		{expression(`decode('\xFF'::BLOB)`), nil, "type_mismatch", "with.columns[0].expression", 0, 0, "The bytes are no text in UTF-8.", ""},
		{expression("summ(id)"), nil, "sql_invalid", "with.columns[0].expression", 1, 1, `There is no function "summ".`, `Did you mean "sum"?`},
		{expression("upper()"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, "upper needs something in its parentheses.", "It is called upper(VARCHAR)."},
		{expression("upper(name, 1, 2)"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, "upper does not take these arguments together: text (VARCHAR), whole number (INTEGER), whole number (INTEGER).", "It is called upper(VARCHAR)."},
		{expression("name || list"), nil, "type_mismatch", "with.columns[0].expression", 1, 1, "A text (VARCHAR) and a list (INTEGER[]) cannot be joined.", ""},
		{expression("a.b"), nil, "sql_invalid", "with.columns[0].expression", 1, 1, `There is no table "a" here.`, "Write the name of the column alone, without a table before it."},
		{expression(`"name`), nil, "sql_invalid", "with.columns[0].expression", 1, 1, `The SQL is not valid: this name is not closed by ".`, ""},
		{expression("'it's'"), nil, "sql_invalid", "with.columns[0].expression", 1, 6, "The SQL is not valid: this text is not closed by '.", ""},
		{expression(`name = "n1"`), nil, "sql_invalid", "with.columns[0].expression", 1, 8, `There is no column "n1".`, ""},
		{expression("id == 1 &&"), nil, "sql_invalid", "with.columns[0].expression", 1, 9, `There is no operator "&&".`, "Write AND."},
		{expression("id !== 1"), nil, "sql_invalid", "with.columns[0].expression", 1, 4, `There is no operator "!==".`, "Write <>."},
		{expression("id AS k"), nil, "sql_invalid", "with.columns[0].expression", 1, 4, `The SQL cannot be understood at "AS".`, ""},
		{expression("id BETWEEN 1"), nil, "sql_invalid", "with.columns[0].expression", 1, 13, "The SQL ends too early.", ""},
		{expression("getenv('x')"), nil, "sql_forbidden", "with.columns[0].expression", 1, 1, `The function "getenv" is not allowed.`, ""},
		{expression("id::MOON"), nil, "sql_invalid", "with.columns[0].expression", 1, 5, `There is no type "MOON".`, ""},
		{expression("CAST(id AS varchr)"), nil, "sql_invalid", "with.columns[0].expression", 1, 12, `There is no type "varchr".`, `Did you mean "VARCHAR"?`},
		{expression("error('boom')"), nil, "sql_failed", "with.columns[0].expression", 0, 0, "boom", ""},
		{expression("MAP {'a': 1, 'a': 2}"), nil, "sql_failed", "with.columns[0].expression", 0, 0, "A map would have the same key twice.", ""},
		{expression("DATE '2024-02-30'"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, `The text "2024-02-30" is no day of the calendar.`, ""},
		{expression("TIME '25:00'"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, `The text "25:00" is no time of day.`, ""},
		{expression("'x'::BIT"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, `"x" is no bit; bits are written with 0 and 1.`, ""},
		{expression("list_zip(1)"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, "A list is needed here.", ""},
		{expression("quantile_cont(id, 2)"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, "The share of a quantile must be between 0 and 1.", ""},
		{expression("amount * amount * amount"), nil, "out_of_range", "with.columns[0].expression", 0, 0, "The result of a multiplication has more digits than a DECIMAL can have.", ""},
		{expression("columns('x.*')"), nil, "sql_invalid", "with.columns[0].expression", 1, 1, `No column matches the pattern "x.*".`, ""},
		{expression("1 << 100"), nil, "out_of_range", "with.columns[0].expression", 0, 0, "Bits cannot be shifted by 100.", ""},
		{expression("epoch_ms(9999999999999999)"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, "The moment is outside of the calendar.", ""},
		{expression("born + INTERVAL 9999999 YEAR"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, "10001999-1-1 is no day of the calendar.", ""},
		{expression("id.x"), nil, "type_mismatch", "with.columns[0].expression", 0, 0, `"id" is no object, so that it has no field "x".`, ""},
		{expression("$1"), nil, "sql_invalid", "with.columns[0].expression", 1, 1, "The SQL is not valid: the parameter $1 has no value; write {{ an expression }} in its place.", ""},
		{where("name"), nil, "type_mismatch", "with.where", 1, 1, `The text "n1" in the column "name" is no truth value (BOOLEAN).`, ""},
		{where("sum(id) > 1"), nil, "sql_invalid", "with.where", 1, 1, "A condition on rows cannot use aggregates such as sum or count.", ""},
		{where("id > 'x'"), nil, "type_mismatch", "with.where", 1, 6, `The text "x" is no whole number (INTEGER).`, ""},
		{where("row_number() OVER () = 1"), nil, "sql_invalid", "with.where", 1, 1, "A condition on rows cannot use window functions.", ""},
		{where("born = '31/12/2024'"), nil, "type_mismatch", "with.where", 1, 8, `The text "31/12/2024" is no date.`, ""},
		{where("born = 'x'"), nil, "type_mismatch", "with.where", 1, 8, `The text "x" is no date.`, ""},
		{where("price > name"), nil, "type_mismatch", "with.where", 1, 7, "A number (DOUBLE) and a text (VARCHAR) cannot be compared.", ""},
		{where("id in (select x from input)"), nil, "sql_forbidden", "with.where", 1, 22, `There is no table "input"; only the inputs of the node can be read.`, ""},
		{where("id == 'n1'"), nil, "type_mismatch", "with.where", 1, 7, `The text "n1" is no whole number (INTEGER).`, ""},
		{where("amount > '1,5'"), nil, "type_mismatch", "with.where", 1, 10, `The text "1,5" is no number (DECIMAL(18,2)).`, ""},
		{selected("SELECT * FROM inptu"), nil, "sql_forbidden", "with.query", 1, 15, `There is no table "inptu"; only the inputs of the node can be read.`, `Did you mean "input"?`},
		{selected("SELECT nam FROM input"), nil, "sql_invalid", "with.query", 1, 8, `There is no column "nam".`, `Did you mean "name"?`},
		{selected("SELECT id FROM input a, input b"), nil, "sql_invalid", "with.query", 1, 8, `The column "id" is in more than one table, so that it is not clear which is meant.`, "Write a.id or b.id."},
		{selected("SELECT a.nam FROM input a"), nil, "sql_invalid", "with.query", 1, 8, `There is no column "nam" in "a".`, `Did you mean "name"?`},
		{selected("SELECT input.id FROM input a"), nil, "sql_invalid", "with.query", 1, 8, `There is no table "input" here.`, ""},
		{selected("SELECT id, count(*) FROM input"), nil, "sql_invalid", "with.query", 1, 8, `The column "id" is neither grouped by nor within an aggregate such as sum or count.`, ""},
		{selected("SELECT id, sum(price) FROM input GROUP BY name"), nil, "sql_invalid", "with.query", 1, 8, `The column "id" is neither grouped by nor within an aggregate such as sum or count.`, ""},
		{selected("SELECT id FROM input GROUP BY 3"), nil, "sql_invalid", "with.query", 0, 0, "GROUP BY has the number of a column beyond the last, which is 1.", ""},
		{selected("SELECT id FROM input ORDER BY 7"), nil, "sql_invalid", "with.query", 1, 31, "ORDER BY has the number of a column beyond the last, which is 1.", ""},
		{selected("SELECT id FROM input HAVING id > 1"), nil, "sql_invalid", "with.query", 0, 0, `The column "id" is neither grouped by nor within an aggregate such as sum or count.`, ""},
		{selected("SELECT id FROM input WHERE sum(id) > 1"), nil, "sql_invalid", "with.query", 1, 28, "A condition on rows cannot use aggregates such as sum or count.", ""},
		{selected("SELECT sum(id) OVER () FROM input WHERE sum(id) OVER () > 1"), nil, "sql_invalid", "with.query", 1, 41, "A condition on rows cannot use window functions.", ""},
		{selected("SELEC id FROM input"), nil, "sql_invalid", "with.query", 1, 10, `The SQL cannot be understood at "FROM".`, ""},
		{selected("SELECT id FORM input"), nil, "sql_invalid", "with.query", 1, 16, `The SQL cannot be understood at "input".`, ""},
		{selected("SELECT id FROM input WHERE"), nil, "sql_invalid", "with.query", 1, 27, "The SQL ends too early.", ""},
		{selected("SELECT id FROM input LIMIT -1"), nil, "sql_invalid", "with.query", 1, 28, "LIMIT and OFFSET cannot be negative.", ""},
		{selected("SELECT id FROM input LIMIT 'x'"), nil, "type_mismatch", "with.query", 1, 28, `The text "x" is no whole number (BIGINT).`, ""},
		{selected("SELECT id FROM input UNION SELECT id, name FROM input"), nil, "sql_invalid", "with.query", 0, 0, "Both sides of UNION, INTERSECT or EXCEPT need the same number of columns.", ""},
		{selected("SELECT id FROM input UNION ALL SELECT list FROM input"), nil, "type_mismatch", "with.query", 1, 8, `A whole number (INTEGER) in the column "id" cannot become a list (INTEGER[]).`, ""},
		{selected("SELECT 1; SELECT 2"), nil, "sql_invalid", "with.query", 1, 9, "A semicolon ends the statement, but only one statement may stand here.", ""},
		{selected("DELETE FROM input"), nil, "sql_invalid", "with.query", 1, 8, "Only a SELECT may stand here; DELETE is not possible.", ""},
		{selected("CREATE TABLE x AS SELECT 1"), nil, "sql_invalid", "with.query", 1, 1, "Only a SELECT may stand here; CREATE is not possible.", ""},
		{selected("SELECT (SELECT id FROM input)"), nil, "sql_failed", "with.query", 0, 0, "The query in parentheses gives more than one row where a single value is needed.", ""},
		{selected("SELECT * EXCLUDE (nam) FROM input"), nil, "sql_invalid", "with.query", 0, 0, `There is no column "nam" for EXCLUDE.`, `Did you mean "name"?`},
		{selected("SELECT * REPLACE (1 AS nam) FROM input"), nil, "sql_invalid", "with.query", 0, 0, `There is no column "nam" for REPLACE.`, `Did you mean "name"?`},
		{selected("SELECT * FROM input PIVOT (sum(id) FOR nam IN ('x'))"), nil, "sql_invalid", "with.query", 1, 40, `There is no column "nam".`, `Did you mean "name"?`},
		{selected("PIVOT input ON nam USING sum(id)"), nil, "sql_forbidden", "with.query", 0, 0, "Only a SELECT may stand here.", ""},
		{selected("WITH a AS (SELECT 1 AS x) SELECT y FROM a"), nil, "sql_invalid", "with.query", 1, 34, `There is no column "y".`, `Did you mean "x"?`},
		{selected("SELECT * FROM input a JOIN input b ON a.id = b.name"), nil, "type_mismatch", "with.query", 1, 46, `The text "n1" in the column "name" is no whole number (INTEGER).`, ""},
		{selected("SELECT * FROM input a JOIN input b"), nil, "sql_invalid", "with.query", 1, 35, "The SQL ends too early.", ""},
		{selected("SELECT *\nFROM input\nWHERE CAST(name AS INTEGER) > 1"), nil, "type_mismatch", "with.query", 3, 7, `The text "n1" in the column "name" is no whole number (INTEGER).`, ""},
		{selected("SELECT id,\n  nam\nFROM input"), nil, "sql_invalid", "with.query", 2, 3, `There is no column "nam".`, `Did you mean "name"?`},
		{selected("SELECT FROM input"), nil, "sql_invalid", "with.query", 0, 0, "Between SELECT and FROM the columns are missing.", ""},
		{selected("SELECT distinct on (nam) id FROM input"), nil, "sql_invalid", "with.query", 1, 21, `There is no column "nam".`, `Did you mean "name"?`},
		{selected("SELECT id FROM read_csv('x.csv')"), nil, "sql_forbidden", "with.query", 1, 16, `The table function "read_csv" is not allowed; only the inputs of the node can be read.`, ""},
		{selected("SELECT id FROM 'x.csv'"), nil, "sql_forbidden", "with.query", 1, 16, `There is no table "x.csv"; only the inputs of the node can be read.`, ""},
		{selected("SELECT id FROM input TABLESAMPLE 200%"), nil, "sql_invalid", "with.query", 0, 0, "A sample takes between 0 and 100 percent, not 200.", ""},
		{selected("SELECT unnest(name) FROM input"), nil, "type_mismatch", "with.query", 1, 8, "unnest takes a list or an object, no text (VARCHAR).", ""},
		{selected("SELECT * FROM unnest(3)"), nil, "type_mismatch", "with.query", 1, 15, "unnest takes one list.", ""},
		{selected("SELECT * FROM range('a')"), nil, "type_mismatch", "with.query", 1, 15, "range does not take a text (VARCHAR).", ""},
		{selected("VALUES (1), (1,2)"), nil, "sql_invalid", "with.query", 0, 0, "The rows of VALUES have different numbers of values.", ""},
		{selected("SELECT id FROM input QUALIFY id > 1"), nil, "sql_invalid", "with.query", 0, 0, "QUALIFY needs a window function, such as row_number() OVER (ORDER BY x).", ""},
		{selected("SELECT name FROM input GROUP BY ALL HAVING name > sum(id)"), nil, "type_mismatch", "with.query", 1, 49, "A text (VARCHAR) and a whole number (HUGEINT) cannot be compared.", ""},
		{selected("SELECT id x y FROM input"), nil, "sql_invalid", "with.query", 1, 13, `The SQL cannot be understood at "y".`, ""},
		{selected("SELECT max(id FROM input"), nil, "sql_invalid", "with.query", 1, 15, `The SQL cannot be understood at "FROM".`, ""},
		{selected("SELECT id FROM input WHERE name = 'n1"), nil, "sql_invalid", "with.query", 1, 35, "A text is opened by ' and not closed.", "Texts stand between single quotes; one within is written twice: 'it''s'."},
		{selected("SELECT sum(name) FROM input"), nil, "type_mismatch", "with.query", 1, 8, "sum does not take a text (VARCHAR).", ""},
		{selected("SELECT avg(name) FROM input"), nil, "type_mismatch", "with.query", 1, 8, "avg does not take a text (VARCHAR).", ""},
		{selected("SELECT arg_max(id) FROM input"), nil, "type_mismatch", "with.query", 1, 8, "arg_max does not take a whole number (INTEGER).", ""},
		{selected("SELECT x FROM (SELECT id FROM input)"), nil, "sql_invalid", "with.query", 1, 8, `There is no column "x".`, ""},
		{selected("SELECT * FROM (SELECT id FROM input) t WHERE t.x = 1"), nil, "sql_invalid", "with.query", 1, 46, `There is no column "x" in "t".`, ""},
		{selected(""), nil, "sql_invalid", "with.query", 1, 1, "There is no SQL here.", "Write what is to be computed."},
		{selected(`SELECT "id FROM input`), nil, "sql_invalid", "with.query", 1, 8, `A name is opened by " and not closed.`, ""},
		{selected("SELECT count(DISTINCT *) FROM input"), nil, "sql_invalid", "with.query", 0, 0, "* cannot stand here.", ""},
		{selected("SELECT * FROM input ASOF JOIN input b ON input.id = b.id"), nil, "sql_invalid", "with.query", 0, 0, "ASOF JOIN needs an inequality, such as a.day >= b.day.", ""},
		{selected("SELECT * FROM input NATURAL JOIN (SELECT 1 AS z)"), nil, "sql_invalid", "with.query", 1, 21, "The tables have no column of the same name, which NATURAL JOIN goes by.", ""},
		{cast.Config{Columns: []cast.Column{{Name: "name", Type: "INTEGER"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The text "n1" in the column "name" is no whole number (INTEGER).`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "day", Type: "DATE"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The text "2024-13-01" in the column "day" is no day of the calendar.`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "day", Type: "DATE", Format: "%Y-%m-%d"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The text "2024-13-01" does not fit the date format "%Y-%m-%d": month out of range, expected a value between 1 and 12.`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "day", Type: "DATE", Format: "%Q"}}}, nil, "format_invalid", "with.columns[0].format", 0, 0, `The format "%Q" has %Q, which means nothing; there are %d day, %m month, %Y year, %H hour, %M minute, %S second and more.`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "day", Type: "DATE", Format: "Y"}}}, nil, "format_invalid", "with.columns[0].format", 0, 0, `The format "Y" says nothing of where day, month and year are; write one such as %d/%m/%Y.`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "id", Type: "DATE"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `A whole number (INTEGER) in the column "id" cannot become a date (DATE).`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "doc", Type: "JSON"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The text "{broken" in the column "doc" is not valid JSON: unexpected character at byte 2.`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "amount", Type: "DECIMAL(4,2)"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The value 99999999999999.99 in the column "amount" does not fit into a number (DECIMAL(4,2)).`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "amount", Type: "DECIMAL(50,2)"}}}, nil, "type_unknown", "with.columns[0].type", 0, 0, "A DECIMAL has between 1 and 38 digits, of which some are behind the point: DECIMAL(18,2).", ""},
		{cast.Config{Columns: []cast.Column{{Name: "amount", Type: "DECIMAL(2,4)"}}}, nil, "type_unknown", "with.columns[0].type", 0, 0, "A DECIMAL has between 1 and 38 digits, of which some are behind the point: DECIMAL(18,2).", ""},
		{cast.Config{Columns: []cast.Column{{Name: "ok", Type: "DATE"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `A truth value (BOOLEAN) in the column "ok" cannot become a date (DATE).`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "list", Type: "INTEGER"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `A list (INTEGER[]) in the column "list" cannot become a whole number (INTEGER).`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "name", Type: "TIME"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The text "n1" in the column "name" is no time of day.`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "name", Type: "BOOLEAN"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The text "n1" in the column "name" is no truth value (BOOLEAN).`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "name", Type: "VARCHAR[]"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The text "n1" in the column "name" is no list (VARCHAR[]).`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "id", Type: "INTEGER(3)"}}}, nil, "type_unknown", "with.columns[0].type", 0, 0, "The type INTEGER(3) cannot be read; write INTEGER alone, or INTEGER[] for a list of such values.", ""},
		{cast.Config{Columns: []cast.Column{{Name: "part", Type: "DATE"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `An object in the column "part" cannot become a date (DATE).`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "amount", Type: "TINYINT"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The value 100000000000000 in the column "amount" does not fit into a whole number (TINYINT).`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "name", Type: "TIMESTAMP WITH TIME ZONE"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The text "n1" in the column "name" is no date with time.`, ""},
		{cast.Config{Columns: []cast.Column{{Name: "name", Type: "UUID"}}}, nil, "type_mismatch", "with.columns[0].type", 0, 0, `The text "n1" in the column "name" is no UUID.`, ""},
		{expression("amount::DECIMAL(50,2)"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, "A DECIMAL has between 1 and 38 digits.", ""},
		{expression("amount::DECIMAL(2,4)"), nil, "sql_invalid", "with.columns[0].expression", 0, 0, "A DECIMAL cannot have more digits behind the point than it has at all.", ""},
		{aggregate.Config{Values: []aggregate.Value{{Function: "sum", Column: "name"}}}, nil, "type_mismatch", "with.values[0].column", 0, 0, "sum does not take a text (VARCHAR).", "It takes numbers"},
		{aggregate.Config{Values: []aggregate.Value{{Function: "avg", Column: "list"}}}, nil, "type_mismatch", "with.values[0].column", 0, 0, "avg does not take a list (INTEGER[]).", "It takes numbers"},
		{window.Config{Values: []window.Value{{Function: "sum", Column: "born"}}}, nil, "type_mismatch", "with.values[0].column", 0, 0, "sum does not take a date (DATE).", "It takes numbers"},
		{join.Config{Kind: "inner", On: []join.Key{{Left: "id", Right: "born"}}, Suffix: "_r"}, self, "type_mismatch", "with.on[0]", 0, 0, `A whole number (INTEGER) in the column "id" cannot become a date (DATE).`, "go together"},
		{join.Config{Kind: "inner", On: []join.Key{{Left: "name", Right: "id"}}, Suffix: "_r"}, self, "type_mismatch", "with.on[0]", 0, 0, `The text "n1" in the column "name" is no whole number (INTEGER).`, "TRY_CAST"},
		{union.Config{Match: "name"}, ported("table", in, "table[1]", lists), "type_mismatch", "", 0, 0, "A whole number (INTEGER) cannot become a list (INTEGER[]).", "go together"},
	} {
		if c.inputs == nil {
			c.inputs = from(in)
		}
		_, err := e.Run(t.Context(), tenant, table.Plan{Relation: c.relation, Inputs: c.inputs, Node: "n"}, nil)
		pub := errs.From(err)
		if pub == nil || len(pub.Details) == 0 {
			t.Errorf("%+v: no error, or none with a place: %v", c.relation, err)
			continue
		}
		p := pub.Details[0].Place
		if pub.Code != c.code || p.Node != "n" || p.Field != c.field || p.Line != c.line || p.Column != c.column || pub.Message != c.message || !strings.Contains(pub.Hint, c.hint) {
			t.Errorf("%+v:\n%s %q hint %q at %+v\nwant %s %q hint %q at %s, %d:%d", c.relation, pub.Code, pub.Message, pub.Hint, p, c.code, c.message, c.hint, c.field, c.line, c.column)
		}
		for _, text := range []string{pub.Message, pub.Hint, pub.Details[0].Message} {
			if found := engineWords.FindString(text); found != "" {
				t.Errorf("%+v: %q has %q", c.relation, text, found)
			}
		}
	}
}
