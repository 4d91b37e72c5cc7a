// Package sqltype reads the names of types that tables are made of. It is pure.
package sqltype

import (
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/pattern"
)

// scalars are the types of single values by the names that DuckDB knows them by, each with the one that it uses itself.
var scalars = func() map[string]string {
	all := map[string]string{}
	for name, others := range map[string]string{
		"BIGINT": "INT8 INT64 LONG OID", "BIT": "BITSTRING", "BLOB": "BYTEA BINARY VARBINARY", "BOOLEAN": "BOOL LOGICAL", "DATE": "",
		"DOUBLE": "FLOAT8", "FLOAT": "FLOAT4 REAL", "HUGEINT": "INT128", "INTEGER": "INT4 INT INT32 INTEGRAL SIGNED", "INTERVAL": "", "JSON": "",
		"SMALLINT": "INT2 INT16 SHORT", "TIME": "", "TIMESTAMP": "DATETIME TIMESTAMP_US", "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ", "TIME WITH TIME ZONE": "TIMETZ",
		"TIMESTAMP_S": "", "TIMESTAMP_MS": "", "TIMESTAMP_NS": "", "TINYINT": "INT1", "UBIGINT": "UINT64", "UHUGEINT": "UINT128", "UINTEGER": "UINT32",
		"USMALLINT": "UINT16", "UTINYINT": "UINT8", "UUID": "GUID", "VARCHAR": "TEXT STRING CHAR CHARACTER NCHAR NVARCHAR BPCHAR", "DECIMAL(18,3)": "DECIMAL NUMERIC DEC", "BIGNUM": "VARINT",
		"GEOMETRY": "", "VARIANT": "", "TIME_NS": "",
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
	typeTokens = pattern.Of(`^(?:[\pL_][\pL\pN_]*|"(?:[^"]|"")+"|'(?:[^'\x00]|'')*'|\d+|[(),\[\]])`)
	typeWord   = pattern.Of(`^[\pL_]`)
	typeSize   = pattern.Of(`^\d{1,9}$`)
)

// mostItems is how many values a list of a fixed size can have.
const mostItems = 100_000

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
	r.take("SETOF") // which means nothing
	nested := len(r.tokens) > 0 && slices.Contains([]string{"STRUCT", "ROW", "MAP", "UNION"}, strings.ToUpper(r.tokens[0]))
	name, ok := r.base(depth)
	if ok && !nested && r.take("ARRAY") { // the standard's way to write a list, which ends there
		if len(r.tokens) == 0 || r.tokens[0] != "[" {
			return name + "[]", true
		}
		size, ok := r.items()
		return name + size, ok && size != "[]"
	}
	for ok && len(r.tokens) > 0 && r.tokens[0] == "[" {
		var size string
		size, ok = r.items()
		name += size
	}
	return name, ok
}

// items reads how many values a list has: [3], or [] for any number.
func (r *typeReader) items() (string, bool) {
	size := ""
	if r.take("["); len(r.tokens) > 0 && typeSize.MatchString(r.tokens[0]) {
		n, err := strconv.Atoi(r.next())
		if err != nil || n < 1 || n > mostItems {
			return "", false
		}
		size = strconv.Itoa(n)
	}
	return "[" + size + "]", r.take("]")
}

func (r *typeReader) base(depth int) (string, bool) {
	if depth > 20 {
		return "", false
	}
	name := strings.ToUpper(r.next())
	if strings.HasPrefix(name, `"`) {
		known, ok := scalars[strings.Trim(name, `"`)]
		return known, ok && !strings.Contains(name, " ")
	}
	switch name {
	case "STRUCT", "ROW", "UNION":
		fields, ok := r.list(func() (string, bool) { return r.field(depth) })
		return strings.Replace(name, "ROW", "STRUCT", 1) + "(" + strings.Join(fields, ", ") + ")", ok
	case "MAP":
		sides, ok := r.list(func() (string, bool) { return r.typ(depth + 1) })
		return "MAP(" + strings.Join(sides, ", ") + ")", ok && len(sides) == 2
	case "ENUM":
		values, ok := r.list(func() (string, bool) {
			value := r.next()
			return value, strings.HasPrefix(value, "'")
		})
		return "ENUM(" + strings.Join(values, ", ") + ")", ok && !twice(values)
	}
	if known, ok, done := r.sized(name); done {
		return known, ok
	}
	if !slices.Contains(words, name) && len(r.tokens) > 1 && r.tokens[0] == "(" && r.tokens[1] == ")" {
		r.tokens = r.tokens[2:]
	}
	known, ok := scalars[name]
	return known, ok
}

// words are names that belong to the grammar, behind which no parentheses stand empty.
var words = []string{"INT", "INTEGER", "SMALLINT", "BIGINT", "REAL", "BOOLEAN", "DOUBLE", "FLOAT", "TIME", "TIMESTAMP", "INTERVAL", "BIT", "CHAR", "CHARACTER", "NCHAR", "VARCHAR"}

func (r *typeReader) field(depth int) (string, bool) {
	name := r.next()
	if !strings.HasPrefix(name, `"`) {
		if !typeWord.MatchString(name) {
			return "", false
		}
		name = `"` + name + `"`
	}
	typ, ok := r.typ(depth + 1)
	return name + " " + typ, ok
}

// sized reads what is behind the names of those scalars that have a size, or more words; done is false of others.
func (r *typeReader) sized(name string) (typ string, ok, done bool) {
	opened := len(r.tokens) > 1 && r.tokens[0] == "(" && r.tokens[1] != ")"
	switch name {
	case "DECIMAL", "NUMERIC", "DEC":
		if opened {
			sizes, ok := r.sizes()
			if len(sizes) == 1 {
				sizes = append(sizes, "0")
			}
			return "DECIMAL(" + strings.Join(sizes, ",") + ")", ok && len(sizes) == 2 && digits(sizes[0], sizes[1]), true
		}
	case "NATIONAL":
		if !r.take("CHAR") && !r.take("CHARACTER") {
			return "", false, true
		}
		return r.sized("CHARACTER")
	case "CHAR", "CHARACTER", "NCHAR", "VARCHAR", "NVARCHAR", "TEXT", "STRING", "BPCHAR":
		if !opened && !slices.Contains(words, name) {
			break
		}
		if name == "CHAR" || name == "CHARACTER" || name == "NCHAR" {
			r.take("VARYING")
		}
		_, ok := r.size() // which means nothing
		return "VARCHAR", ok, true
	case "BIT":
		_, ok := r.size()
		return "BIT", ok, true
	case "FLOAT":
		if !opened {
			return "FLOAT", true, true
		}
		bits, ok := r.size()
		if bits <= 24 {
			return "FLOAT", ok && bits > 0, true
		}
		return "DOUBLE", ok && bits <= 53, true
	case "DOUBLE":
		r.take("PRECISION")
		return name, true, true
	case "DATETIME", "TIMESTAMP", "TIME":
		typ, ok := r.moment(name)
		return typ, ok, true
	case "INTERVAL":
		return name, r.span(), true
	}
	return "", false, false
}

// moment reads the digits of a second, and whether there is a zone.
func (r *typeReader) moment(name string) (string, bool) {
	typ, sized := scalars[name], false
	if name != "TIME" && len(r.tokens) > 1 && r.tokens[0] == "(" && (r.tokens[1] != ")" || name == "TIMESTAMP") {
		sized = true
		n, ok := r.size()
		if !ok || n > 9 {
			return "", false
		}
		typ = "TIMESTAMP" + [...]string{"_S", "_MS", "_MS", "_MS", "", "", "", "_NS", "_NS", "_NS"}[n]
	}
	if name == "DATETIME" {
		return typ, true
	}
	switch {
	case r.take("WITH"):
		return name + " WITH TIME ZONE", !sized && r.take("TIME") && r.take("ZONE")
	case r.take("WITHOUT"):
		return typ, r.take("TIME") && r.take("ZONE")
	}
	return typ, true
}

// parts are those of an INTERVAL, each with where it may lead to.
var parts = map[string][]string{"YEAR": {"MONTH"}, "MONTH": nil, "DAY": {"HOUR", "MINUTE", "SECOND"}, "HOUR": {"MINUTE", "SECOND"}, "MINUTE": {"SECOND"}, "SECOND": nil}

// span reads which parts an INTERVAL has, which means nothing.
func (r *typeReader) span() bool {
	for part, ends := range parts {
		if !r.take(part) && !r.take(part+"S") {
			continue
		}
		if !r.take("TO") {
			return true
		}
		return slices.ContainsFunc(ends, func(end string) bool { return r.take(end) || r.take(end+"S") })
	}
	return true
}

// size reads one number in parentheses, when there are some; 0 when not.
func (r *typeReader) size() (int, bool) {
	if len(r.tokens) == 0 || r.tokens[0] != "(" {
		return 0, true
	}
	sizes, ok := r.sizes()
	if !ok || len(sizes) != 1 {
		return 0, false
	}
	n, err := strconv.Atoi(sizes[0])
	return n, err == nil
}

func twice(values []string) bool {
	for i, v := range values {
		if slices.Contains(values[:i], v) {
			return true
		}
	}
	return false
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
