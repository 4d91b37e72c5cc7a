// Package sqltype reads the names of types that tables are made of. It is pure.
package sqltype

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/near"
)

// scalars are the types of single values by the names that DuckDB knows them by, each with the one that it uses itself.
var scalars = func() map[string]string {
	all := map[string]string{}
	for name, others := range map[string]string{
		"BIGINT": "INT8 LONG", "BIT": "BITSTRING", "BLOB": "BYTEA BINARY VARBINARY", "BOOLEAN": "BOOL LOGICAL", "DATE": "",
		"DOUBLE": "FLOAT8", "FLOAT": "FLOAT4 REAL", "HUGEINT": "INT128", "INTEGER": "INT4 INT INTEGRAL SIGNED", "INTERVAL": "", "JSON": "",
		"SMALLINT": "INT2 SHORT", "TIME": "", "TIMESTAMP": "DATETIME", "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ", "TIME WITH TIME ZONE": "TIMETZ",
		"TIMESTAMP_S": "", "TIMESTAMP_MS": "", "TIMESTAMP_NS": "", "TINYINT": "INT1", "UBIGINT": "UINT64", "UHUGEINT": "UINT128", "UINTEGER": "UINT32",
		"USMALLINT": "UINT16", "UTINYINT": "UINT8", "UUID": "GUID", "VARCHAR": "TEXT STRING CHAR BPCHAR", "DECIMAL(18,3)": "DECIMAL NUMERIC DEC", "BIGNUM": "VARINT",
	} {
		all[name] = name
		for other := range strings.FieldsSeq(others) {
			all[other] = name
		}
	}
	all["DOUBLE PRECISION"] = "DOUBLE"
	return all
}()

// common are those that people write most.
var common = []string{
	"VARCHAR", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN", "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL", "UUID", "BLOB", "JSON",
}

// Wrong says what is wrong with the name of a type; "" when it is one.
func Wrong(text string) string {
	if _, ok := Parse(text); ok {
		return ""
	}
	name, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(text)), "(")
	name = strings.TrimSpace(strings.TrimRight(name, "[]"))
	switch {
	case name == "DECIMAL" || name == "NUMERIC" || name == "DEC":
		return "A DECIMAL has between 1 and 38 digits, of which some are behind the point: DECIMAL(18,2)."
	case slices.Contains(common, name):
		return "The type " + strings.TrimSpace(text) + " cannot be read; write " + name + " alone, or " + name + "[] for a list of such values."
	}
	message := "There is no type \"" + strings.TrimSpace(text) + "\"."
	if hint := near.Hint(name, common); hint != "" {
		message += " " + hint
	}
	return message
}

var (
	typeTokens = regexp.MustCompile(`^(?:[A-Za-z_][A-Za-z0-9_]*|"(?:[^"]|"")+"|\d+|[(),\[\]])`)
	typeWord   = regexp.MustCompile(`^[A-Za-z_]`)
	typeSize   = regexp.MustCompile(`^\d{1,4}$`)
)

// Parse reads the name of a type and gives it as DuckDB writes it; false when it is none. What it gives may stand in SQL.
func Parse(text string) (string, bool) {
	r := typeReader{}
	for rest := strings.TrimSpace(text); rest != ""; {
		token := typeTokens.FindString(rest)
		if token == "" || len(r.tokens) > 1000 {
			return "", false
		}
		r.tokens = append(r.tokens, token)
		rest = strings.TrimSpace(rest[len(token):])
	}
	typ, ok := r.typ(0)
	return typ, ok && len(r.tokens) == 0
}

type typeReader struct{ tokens []string }

func (r *typeReader) next() string {
	if len(r.tokens) == 0 {
		return ""
	}
	token := r.tokens[0]
	r.tokens = r.tokens[1:]
	return token
}

func (r *typeReader) take(token string) bool {
	if len(r.tokens) == 0 || !strings.EqualFold(r.tokens[0], token) {
		return false
	}
	r.tokens = r.tokens[1:]
	return true
}

func (r *typeReader) typ(depth int) (string, bool) {
	name, ok := r.base(depth)
	for ok && r.take("[") {
		size := ""
		if len(r.tokens) > 0 && typeSize.MatchString(r.tokens[0]) {
			size = r.next()
		}
		name += "[" + size + "]"
		ok = r.take("]")
	}
	return name, ok
}

func (r *typeReader) base(depth int) (string, bool) {
	if depth > 20 {
		return "", false
	}
	name := strings.ToUpper(r.next())
	switch name {
	case "STRUCT", "UNION":
		fields, ok := r.list(func() (string, bool) {
			field := r.next()
			if !strings.HasPrefix(field, `"`) {
				if !typeWord.MatchString(field) {
					return "", false
				}
				field = `"` + field + `"`
			}
			typ, ok := r.typ(depth + 1)
			return field + " " + typ, ok
		})
		return name + "(" + strings.Join(fields, ", ") + ")", ok
	case "MAP":
		sides, ok := r.list(func() (string, bool) { return r.typ(depth + 1) })
		return "MAP(" + strings.Join(sides, ", ") + ")", ok && len(sides) == 2
	case "DECIMAL", "NUMERIC", "DEC":
		if len(r.tokens) > 0 && r.tokens[0] == "(" {
			sizes, ok := r.sizes()
			if len(sizes) == 1 {
				sizes = append(sizes, "0")
			}
			return "DECIMAL(" + strings.Join(sizes, ",") + ")", ok && len(sizes) == 2 && digits(sizes[0], sizes[1])
		}
	case "VARCHAR", "CHAR", "TEXT", "BPCHAR":
		if len(r.tokens) > 0 && r.tokens[0] == "(" {
			sizes, ok := r.sizes() // which mean nothing
			return "VARCHAR", ok && len(sizes) == 1
		}
	case "DOUBLE":
		r.take("PRECISION")
	case "TIME", "TIMESTAMP":
		if r.take("WITH") {
			name += " WITH TIME ZONE"
			if !r.take("TIME") || !r.take("ZONE") {
				return "", false
			}
		}
	}
	name, ok := scalars[name]
	return name, ok
}

// digits says whether a DECIMAL can have so many, and so many of them behind the point.
func digits(all, behind string) bool {
	width, err := strconv.Atoi(all)
	scale, err2 := strconv.Atoi(behind)
	return err == nil && err2 == nil && 1 <= width && width <= 38 && scale <= width
}

func (r *typeReader) sizes() ([]string, bool) {
	return r.list(func() (string, bool) {
		size := r.next()
		return size, typeSize.MatchString(size)
	})
}

// list reads what stands between brackets.
func (r *typeReader) list(each func() (string, bool)) (all []string, ok bool) {
	if !r.take("(") {
		return nil, false
	}
	for {
		one, ok := each()
		if !ok {
			return nil, false
		}
		all = append(all, one)
		if r.take(")") {
			return all, true
		}
		if !r.take(",") {
			return nil, false
		}
	}
}
