package duck

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/words"
)

var nameRules = []rule{
	on(`^Type with name (\S+) does not exist`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, `There is no type "` + m[1] + `".`, near.Hint(strings.ToUpper(m[1]), typeNames)}
	}),
	on(`^Could not find key "(.*?)" in struct(?:\s+Candidate Entries: (.*))?$`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, `The object has no field "` + m[1] + `".`, near.Hint(m[1], quotedIn(m[2]))}
	}),
	on(`^Cannot extract field '(.*?)' from expression "(.*?)" because`, func(m []string, _ string, _ known) saying {
		return saying{codeType, `"` + m[2] + `" is no object, so that it has no field "` + m[1] + `".`, "Of a text with JSON, x->>'$.name' takes a field."}
	}),
	on(`^Column "(.*?)" referenced that exists in the SELECT clause`, func(m []string, _ string, k known) saying {
		return saying{codeSQL, `There is no column "` + m[1] + `" yet: it is made only here.`, near.Hint(m[1], k.columns)}
	}),
	on(`^column "?([^"]*?)"? must appear in the GROUP BY clause`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, `The column "` + m[1] + `" is neither grouped by nor within an aggregate such as sum or count.`,
			"Add it to GROUP BY, take any_value(" + m[1] + "), or add OVER () behind the aggregate to have it beside each row."}
	}),
	on(`^Referenced table "(.*?)" not found!?(?:\s*Candidate tables: (.*))?$`, func(m []string, _ string, _ known) saying {
		others := quotedIn(m[2])
		if others = slices.DeleteFunc(others, internalName); len(others) == 0 {
			return saying{codeSQL, `There is no table "` + m[1] + `" here.`, "Write the name of the column alone, without a table before it."}
		}
		return saying{codeSQL, `There is no table "` + m[1] + `" here.`, near.Hint(m[1], others)}
	}),
	on(`^(?:Values list|Table) "(.*?)" does not have a column named "(.*?)"`, func(m []string, _ string, k known) saying {
		hint := ""
		if names := near.Names(m[2], k.columns, 1); len(names) > 0 {
			hint = near.Hint(m[2], names)
		}
		if internalName(m[1]) {
			return saying{codeSQL, `There is no column "` + m[2] + `".`, hint}
		}
		return saying{codeSQL, `There is no column "` + m[2] + `" in "` + m[1] + `".`, hint}
	}),
	on(`^Ambiguous reference to column name "(.*?)" \(use: (.*)\)`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, `The column "` + m[1] + `" is in more than one table, so that it is not clear which is meant.`, firstOf("Write ", without(quotedIn(m[2])), ".")}
	}),
	on(`^Column "(.*?)" in (EXCLUDE|REPLACE|RENAME) list not found`, func(m []string, _ string, k known) saying {
		return saying{codeSQL, `There is no column "` + m[1] + `" for ` + m[2] + ".", near.Hint(m[1], k.columns)}
	}),
	on(`^No matching columns found that match regex "(.*?)"`, func(m []string, _ string, k known) saying {
		return saying{codeSQL, `No column matches the pattern "` + m[1] + `".`, near.Hint(m[1], k.columns)}
	}),
}

var shapeRules = []rule{
	on(`^unterminated quoted (string|identifier)`, func(m []string, _ string, _ known) saying {
		if m[1] == "string" {
			return saying{codeSQL, "A text is opened by ' and not closed.", "Texts stand between single quotes; one within is written twice: 'it''s'."}
		}
		return saying{codeSQL, `A name is opened by " and not closed.`, `Names stand between double quotes: "Order date".`}
	}),
	on(`^syntax error at or near "(.*)"$`, func(m []string, _ string, _ known) saying {
		if m[1] == ";" {
			return saying{codeSQL, "A semicolon ends the statement, but only one statement may stand here.", "Remove the semicolon and what follows it."}
		}
		return saying{codeSQL, `The SQL cannot be understood at "` + m[1] + `".`, "Look whether something there or just before is missing, misspelled or too much."}
	}),
	fixed(`^syntax error at end of input`, codeSQL, "The SQL ends too early.", "Look what is missing at its end."),
	on(`^(GROUP BY|ORDER)( BY)? term out of range - should be between 1 and (\d+)`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, strings.TrimSuffix(m[1], " BY") + " BY has the number of a column beyond the last, which is " + m[3] + ".", "Name the column instead."}
	}),
	fixed(`^Set operations can only apply to expressions with the same number`, codeSQL, "Both sides of UNION, INTERSECT or EXCEPT need the same number of columns.", "UNION ALL BY NAME goes by the names of columns and fills what is missing with empty values."),
	on(`^Subquery returns (\d+) columns - expected (\d+)`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, "The query in parentheses gives " + counted(m[1], "column", "columns") + " where " + counted(m[2], "is", "are") + " needed.", ""}
	}),
	fixed(`^SELECT clause without selection list`, codeSQL, "Between SELECT and FROM the columns are missing.", "* takes all of them."),
	fixed(`^VALUES lists must all be the same length`, codeSQL, "The rows of VALUES have different numbers of values.", ""),
	fixed(`^STAR expression is only allowed`, codeSQL, "* cannot stand here.", "Name a column; COLUMNS(*) does the same to each column."),
	fixed(`^Missing ASOF JOIN inequality`, codeSQL, "ASOF JOIN needs an inequality, such as a.day >= b.day.", ""),
	fixed(`^No columns found to join on in NATURAL JOIN`, codeSQL, "The tables have no column of the same name, which NATURAL JOIN goes by.", "Use JOIN … ON, or CROSS JOIN for all pairs."),
	on(`^Sample sample_size (\S+) out of range`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, "A sample takes between 0 and 100 percent, not " + strings.TrimRight(strings.TrimRight(m[1], "0"), ".") + ".", ""}
	}),
	fixed(`^DECIMAL type width must be`, codeSQL, "A DECIMAL has between 1 and 38 digits.", "DECIMAL(18,2) has 18 digits, 2 of them behind the point."),
	fixed(`^DECIMAL type scale cannot`, codeSQL, "A DECIMAL cannot have more digits behind the point than it has at all.", "DECIMAL(18,2) has 18 digits, 2 of them behind the point."),
}

// typeNames are what a conversion can name.
var typeNames = []string{
	"VARCHAR", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT", "UBIGINT", "UINTEGER", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN", "DATE", "TIME",
	"TIMESTAMP", "TIMESTAMPTZ", "INTERVAL", "UUID", "BLOB", "JSON",
}

const hintDates = "Dates are written 2024-12-31, times 18:30:00 and moments 2024-12-31 18:30:00; for other forms use strptime(x, '%d/%m/%Y') or a format in the node Convert types. " + hintTry

// moments are what DuckDB calls the kinds of a calendar.
var moments = map[string]string{"date": "date", "timestamp": "date with time", "time": "time of day", "interval": "span of time"}

// typeWords says what a type is, and its name in SQL.
func typeWords(sql string) string {
	sql = sqlType(strings.TrimSpace(sql))
	switch sql {
	case "STRING_LITERAL", "STRING", "CHAR":
		sql = "VARCHAR"
	case "INTEGER_LITERAL", "INT":
		sql = "INTEGER"
	case "BOOL":
		sql = "BOOLEAN"
	}
	base, _, _ := strings.Cut(sql, "(")
	var word string
	switch {
	case strings.HasSuffix(sql, "]"):
		word = "list"
	case base == "STRUCT":
		return "object"
	case base == "MAP":
		word = "map"
	case slices.Contains([]string{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}, base):
		word = "whole number"
	case slices.Contains([]string{"DOUBLE", "FLOAT", "DECIMAL"}, base):
		word = "number"
	case base == "VARCHAR":
		word = "text"
	case base == "BOOLEAN":
		word = "truth value"
	case base == "DATE":
		word = "date"
	case base == "TIME":
		word = "time of day"
	case strings.HasPrefix(base, "TIMESTAMP"):
		word = "date with time"
	case base == "INTERVAL":
		word = "span of time"
	case base == "BLOB":
		word = "file of bytes"
	default:
		return sql
	}
	return word + " (" + sql + ")"
}

func article(noun string) string {
	if first, _ := utf8.DecodeRuneInString(noun); strings.ContainsRune("aeiou", first) {
		return "an " + noun
	}
	return "a " + noun
}

// oneMore counts from 1 what was counted from 0.
func oneMore(n string) string {
	i, err := strconv.Atoi(n)
	if err != nil {
		return n
	}
	return strconv.Itoa(i + 1)
}

func capital(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:size]) + text[size:]
}

// lower makes the first letter a small one, for words that go on after a colon.
func lower(text string) string {
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	_, size := utf8.DecodeRuneInString(text)
	return strings.ToLower(text[:size]) + text[size:]
}

// firstOf puts up to three names into a hint; "" when there are none.
func firstOf(before string, names []string, after string) string {
	if len(names) == 0 {
		return ""
	}
	return before + strings.Join(names[:min(3, len(names))], " or ") + after
}

// inQuotes finds names as DuckDB lists them.
var inQuotes = pattern.Of(`"([^"]*)"`)

func quotedIn(text string) []string {
	found := inQuotes.Regexp().FindAllStringSubmatch(text, -1)
	names := make([]string, len(found))
	for i, m := range found {
		names[i] = m[1]
	}
	return names
}

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = `"` + n + `"`
	}
	return out
}

// without leaves out what begins with the name of a relation that no user sees.
func without(names []string) []string { return slices.DeleteFunc(names, internalName) }

// counted is words.Number of a number in a message.
func counted(digits, one, many string) string {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return digits + " " + many
	}
	return words.Number(n, one, many)
}
