// Package jsontext writes the SQL of rows as JSON for other programs: what comes out is always valid, on one line, and has all digits.
//
// DuckDB's own to_json writes NaN and Infinity, which no JSON has, reads numbers within columns of JSON as DOUBLE, and widens FLOAT.
package jsontext

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Object gives the SQL of a row as a text that is an object of JSON.
func Object(list []table.Column) string {
	members := make([]string, len(list))
	for i, c := range list {
		members[i] = member(c.Name, Value(sqltext.Quote(c.Name), c.Type))
	}
	return joined(members)
}

// Value gives the SQL of a value, given as SQL, as a text that is JSON. NaN and Infinity are texts, bytes base64, and moments as ISO 8601 writes them.
func Value(of, typ string) string { return "COALESCE(" + value(of, typ, 0) + ", 'null')" }

func member(name, value string) string {
	key, _ := json.Marshal(name) // a text always marshals
	return sqltext.Literal(string(key)+":") + ", " + value
}

// joined puts the members of an object together at once: of two by two, DuckDB would copy the text as often.
func joined(members []string) string {
	if len(members) == 0 {
		return "'{}'"
	}
	return "concat('{', " + strings.Join(members, ", ',', ") + ", '}')"
}

// value is NULL where the value is. Depth tells the names of what is within lists apart.
func value(of, typ string, depth int) string {
	text := "CAST(" + of + " AS VARCHAR)"
	switch {
	case columns.Nested(typ) && plain(typ):
		return "CAST(to_json(" + of + ") AS VARCHAR)"
	case columns.List(typ):
		each := "e" + strconv.Itoa(depth)
		return items(of, each, "COALESCE("+value(each, typ[:strings.LastIndex(typ, "[")], depth+1)+", 'null')", "[", "]")
	case columns.Struct(typ):
		var members []string
		for _, f := range columns.Fields(typ) {
			members = append(members, member(f.Name, "COALESCE("+value("struct_extract("+of+", "+sqltext.Literal(f.Name)+")", f.Type, depth)+", 'null')"))
		}
		return "CASE WHEN " + of + " IS NOT NULL THEN " + joined(members) + " END"
	case strings.HasPrefix(typ, "MAP("):
		each := "e" + strconv.Itoa(depth)
		_, values := columns.Entry(typ)
		return items("map_entries("+of+")", each, quoted("CAST("+each+".key AS VARCHAR)")+" || ':' || COALESCE("+value(each+".value", values, depth+1)+", 'null')", "{", "}")
	case typ == "BOOLEAN", columns.Integer(typ), strings.HasPrefix(typ, "DECIMAL("):
		return text
	case typ == "FLOAT", typ == "DOUBLE":
		return "CASE WHEN isfinite(" + of + ") THEN " + text + " WHEN isnan(" + of + `) THEN '"NaN"' WHEN ` + of + ` > 0 THEN '"Infinity"' WHEN ` + of + ` < 0 THEN '"-Infinity"' END`
	case typ == "JSON":
		return written(text)
	case typ == "BLOB":
		return `'"' || base64(` + of + `) || '"'`
	case strings.HasPrefix(typ, "TIMESTAMP"):
		return `'"' || regexp_replace(regexp_replace(` + text + `, ' ', 'T'), '[+]00$', 'Z') || '"'`
	case typ == "DATE", typ == "TIME", typ == "UUID":
		return `'"' || ` + text + ` || '"'`
	}
	return quoted(text)
}

// items is a list whose items are written one by one.
func items(of, each, item, open, end string) string {
	return sqltext.Literal(open) + " || array_to_string(list_transform(" + of + ", lambda " + each + ": " + item + "), ',') || " + sqltext.Literal(end)
}

// plain says whether to_json writes all that is in a nested type as it is to be.
func plain(typ string) bool {
	return !slices.ContainsFunc([]string{"FLOAT", "DOUBLE", "JSON", "BLOB", "TIMESTAMP"}, func(word string) bool { return strings.Contains(typ, word) })
}

// written is what a column of JSON has as it is written there, but on one line and with texts for the numbers that DuckDB takes and JSON has not.
// What is no JSON, as files of others may have, is a text.
func written(text string) string {
	const pieces = `'(?s)"(?:[^"\\]|\\.)*"|-?[A-Za-z]+|[^"A-Za-z-]+|-'`
	line := `translate(` + text + `, chr(9) || chr(10) || chr(13), '   ')`
	named := `CASE WHEN lower(t) IN ('nan', '-nan') THEN '"NaN"' WHEN lower(t) IN ('inf', 'infinity') THEN '"Infinity"' ` +
		`WHEN lower(t) IN ('-inf', '-infinity') THEN '"-Infinity"' ELSE t END`
	return `CASE WHEN NOT json_valid(` + text + `) THEN ` + quoted(text) + ` WHEN regexp_matches(` + text + `, '(?i)nan|inf') THEN ` +
		`array_to_string(list_transform(regexp_extract_all(` + line + `, ` + pieces + `), lambda t: ` + named + `), '') ELSE ` + line + ` END`
}

func quoted(text string) string { return "CAST(to_json(" + text + ") AS VARCHAR)" }
