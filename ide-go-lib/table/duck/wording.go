package duck

import (
	"slices"
	"strings"

	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/pattern"
)

// Codes of what is wrong with fixed parts of a query.
const (
	codeSQL     = "sql_invalid"
	codeFailed  = "sql_failed"
	codeType    = "type_mismatch"
	codeRange   = "out_of_range"
	codePattern = "pattern_invalid"
	codeFormat  = "format_invalid"
)

const (
	hintTry     = "To have an empty value in its place, use TRY_CAST, or choose so in the node Convert types."
	hintConvert = "Convert the value first, for example CAST(x AS DOUBLE)."
	hintWider   = "Convert to a wider type first, such as BIGINT, DOUBLE or DECIMAL(38,4)."
	hintFormats = "There are %d day, %m month, %Y year, %H hour, %M minute, %S second and more."
)

// saying is what a user is told of a failure.
type saying struct{ code, message, hint string }

// known is where names that somebody may have meant are looked for.
type known struct {
	columns    []string
	candidates []string
}

// kindInput is the kind of failure that error() makes, whose words are a user's own, and that some functions share.
const kindInput = "Invalid Input"

// rule puts one kind of DuckDB's messages into words. m has what the pattern found; where is " in the column …" or "".
type rule struct {
	pattern *pattern.Pattern
	input   bool // it is for failures of kindInput, among which there are a user's own, and no others are
	say     func(m []string, where string, k known) saying
}

// startsWord tells the names of functions from operators.
var startsWord = pattern.Of(`^\w`)

// casting is the end of a message about a value that was converted; columns that a relation made for itself are not named.
var casting = pattern.Of(`(?s) when casting from source column (.*)$`)

// worded puts a message of DuckDB into plain words; false when it is of no kind that is known here.
func worded(kind, message string, k known) (saying, bool) {
	where := ""
	if m := casting.FindStringSubmatch(message); m != nil {
		message = strings.TrimSuffix(message, m[0])
		if !internalName(m[1]) || slices.Contains(k.columns, m[1]) {
			where = ` in the column "` + m[1] + `"`
		}
	}
	for _, r := range rules {
		if kind == kindInput && !r.input {
			continue
		}
		if m := r.pattern.FindStringSubmatch(message); m != nil {
			return r.say(m, where, k), true
		}
	}
	return saying{}, false
}

// internalName says whether a relation gave a name to something that no user sees, or to the table before the point in it.
func internalName(name string) bool { return internal.MatchString(name) }

func on(text string, say func(m []string, where string, k known) saying) rule {
	return rule{pattern: pattern.Of(`(?s)` + text), say: say}
}

// onInput is on for what functions say of what they are given. The pattern is of the whole message.
func onInput(text string, say func(m []string, where string, k known) saying) rule {
	return rule{pattern.Of(`(?s)` + text + `$`), true, say}
}

// fixed is a rule whose words have nothing of the message.
func fixed(text, code, message, hint string) rule {
	return on(text, func([]string, string, known) saying { return saying{code, message, hint} })
}

// rules are in order: the first that fits is taken. What is in a message of a user's own data is told as it is.
var rules = slices.Concat(valueRules, functionRules, nameRules, shapeRules)

var valueRules = []rule{
	on(`^Could not convert string ['"](.*)['"] to ([A-Z].*?)\.?$`, func(m []string, where string, _ known) saying {
		return saying{codeType, `The text "` + m[1] + `"` + where + " is no " + typeWords(m[2]) + ".", hintTry}
	}),
	on(`^(?:invalid|Invalid) (date|timestamp|time|interval) field format: "(.*)", expected`, func(m []string, where string, _ known) saying {
		return saying{codeType, `The text "` + m[2] + `"` + where + " is no " + moments[m[1]] + ".", hintDates}
	}),
	on(`^time field value out of range: "(.*)", expected`, func(m []string, where string, _ known) saying {
		return saying{codeType, `The text "` + m[1] + `"` + where + " is no " + moments["time"] + ".", hintDates}
	}),
	on(`^(date|timestamp) field value out of range: "(.*)"`, func(m []string, where string, _ known) saying {
		return saying{codeType, `The text "` + m[2] + `"` + where + " is no day of the calendar.", hintDates}
	}),
	on(`^(?:Could not cast value|Casting value|Failed to cast decimal value) "?(.*?)"? to (?:type )?([A-Z]\S*)`, tooNarrow),
	on(`^Type \S+ with value (.*) can't be cast because the value is out of range for the destination type (\S+)`, tooNarrow),
	on(`^Type VARCHAR with value '(.*)' can't be cast to the destination type (.*)$`, func(m []string, where string, _ known) saying {
		return saying{codeType, `The text "` + m[1] + `"` + where + " is no " + typeWords(m[2]) + ".", hintTry}
	}),
	on(`^Unimplemented type for cast \((.*) -> (.*)\)`, func(m []string, where string, _ known) saying {
		return saying{codeType, capital(article(typeWords(m[1]))) + where + " cannot become " + article(typeWords(m[2])) + ".", "Values that meet, as in a comparison or one below the other, must be of types that go together; convert one of them to VARCHAR, for example."}
	}),
	on(`^Overflow in (\w+) of DECIMAL`, func(m []string, _ string, _ known) saying {
		return saying{codeRange, "The result of " + article(m[1]) + " has more digits than a DECIMAL can have.", "Convert to DOUBLE first, or to a DECIMAL with fewer digits behind the point."}
	}),
	on(`^Overflow in \w+ of (\S+) \((.*)\)!?$`, func(m []string, _ string, _ known) saying {
		return saying{codeRange, "The result of " + m[2] + " does not fit into " + article(typeWords(m[1])) + ".", hintWider}
	}),
	on(`^cannot take (.*)$`, func(m []string, _ string, _ known) saying {
		return saying{codeRange, "There is no " + m[1] + ".", "Leave such rows out before, or write CASE WHEN x > 0 THEN … END."}
	}),
	onInput(`^([A-Z]+) is undefined outside \[-1,1\]`, func(m []string, _ string, _ known) saying {
		return saying{codeFailed, strings.ToLower(m[1]) + " is defined only from -1 to 1.", "Leave other rows out before, or write CASE WHEN x BETWEEN -1 AND 1 THEN … END."}
	}),
	fixed(`^Value out of range`, codeRange, "A result is too large for its type.", hintWider),
	onInput(`^Could not parse string "(.*)" according to format specifier "(.*?)"\n.*Error: (.*)`, func(m []string, where string, _ known) saying {
		return saying{codeType, `The text "` + m[1] + `"` + where + ` does not fit the date format "` + m[2] + `": ` + lower(m[3]) + ".", "try_strptime, or empty values for what does not fit in the node Convert types, pass over such texts. " + hintFormats}
	}),
	onInput(`^(?:Failed to parse format specifier .*: )?Unrecognized format for strftime/strptime: (%.*)`, func(m []string, _ string, _ known) saying {
		return saying{codeFormat, `The date format has ` + m[1] + `, which means nothing.`, hintFormats}
	}),
	onInput(`^Failed to parse format specifier (.*?): (.*)`, func(m []string, _ string, _ known) saying {
		return saying{codeFormat, `The date format "` + m[1] + `" cannot be read: ` + lower(m[2]) + ".", hintFormats}
	}),
	on(`^extract specifier "(.*)" not recognized`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, `There is no unit of time "` + m[1] + `".`, near.Hint(m[1], units)}
	}),
	on(`^Unknown TimeZone '(.*?)'!?(?:\s*Candidate time zones: (.*))?$`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, `There is no time zone "` + m[1] + `".`, firstOf("Did you mean ", quoted(quotedIn(m[2])), "?")}
	}),
	on(`^Date out of range: (.*?)\.?$`, func(m []string, _ string, _ known) saying {
		return saying{codeType, m[1] + " is no day of the calendar.", hintDates}
	}),
	fixed(`^(?:Could not convert Timestamp|Epoch seconds out of range|Timestamp out of range)`, codeType, "The moment is outside of the calendar.", "Look whether the number counts seconds, milliseconds or microseconds."),
	onInput(`^Malformed JSON at byte (\d+) of input: (.*?)\.\s+Input: "(.*)".*`, func(m []string, where string, _ known) saying {
		return saying{codeType, `The text "` + m[3] + `"` + where + " is not valid JSON: " + m[2] + " at byte " + oneMore(m[1]) + ".", "json_valid(x) tells which rows have valid JSON; TRY_CAST(x AS JSON) gives an empty value for the others."}
	}),
	on(`^JSON path error near '(.*)'`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, `The JSON path cannot be read at "` + m[1] + `".`, "Write it like $.name or $.list[0]."}
	}),
	fixed(`^Empty object in JSON structure`, codeSQL, "The structure of the JSON has an object without fields.", `Name its fields and their types, such as {"name": "VARCHAR"}.`),
	onInput(`^(missing [\])]|unexpected \)|invalid perl operator|invalid escape sequence|no argument for repetition operator|bad repetition operator|invalid character class range|invalid character class|invalid named capture group|invalid repetition size|trailing \\|invalid UTF-8)(?:: (.*))?$`, func(m []string, _ string, _ known) saying {
		at := ""
		if m[2] != "" {
			at = ` at "` + m[2] + `"`
		}
		return saying{codePattern, "The regular expression cannot be read" + at + ": " + patternFaults[m[1]] + ".", `Put a \ before signs that are meant as they are, such as \( or \*.`}
	}),
	onInput(`^Unrecognized Regex option (.)`, func(m []string, _ string, _ known) saying {
		return saying{codePattern, `There is no option "` + m[1] + `" of regular expressions.`, "There are i (letter case does not count), c (it does), g (all matches, of regexp_replace), s (. is any character, also the end of a line), m and l."}
	}),
	on(`^Cannot create a string of size: '(\d+)', the maximum supported string size is: '(\d+)'`, func(m []string, _ string, _ known) saying {
		return saying{codeRange, "A text of " + m[1] + " bytes would come out, but " + m[2] + " are the most.", ""}
	}),
	onInput(`^Lists larger than (\S+) elements are not supported`, func(m []string, _ string, _ known) saying {
		return saying{codeRange, "A list of more than " + m[1] + " elements would come out.", ""}
	}),
	onInput(`^Invalid type specifier "(.*?)" for formatting a value of type (\w+)`, func(m []string, _ string, _ known) saying {
		return saying{codeFailed, `"` + m[1] + `" cannot format ` + article(typeWords(strings.ToUpper(m[2]))) + ".", "Use s for texts, d for whole numbers and f for others, or convert the value first."}
	}),
	onInput(`^Invalid input for hex digit: (.)`, func(m []string, _ string, _ known) saying {
		return saying{codeFailed, `"` + m[1] + `" is no hexadecimal digit.`, "Hexadecimal texts have the digits 0 to 9 and A to F."}
	}),
	on(`^Could not decode string "(.*)" as base64: (.*?)\.?$`, func(m []string, where string, _ known) saying {
		return saying{codeType, `The text "` + m[1] + `"` + where + " is not Base64: " + m[2] + ".", ""}
	}),
	fixed(`^Failure in decode: could not convert blob to UTF8`, codeType, "The bytes are no text in UTF-8.", "decode(x, 'replace') puts ? in place of what cannot be read, decode(x, 'ignore') leaves it out."),
	on(`shift value (-?\d+) is out of range`, func(m []string, _ string, _ known) saying {
		return saying{codeRange, "Bits cannot be shifted by " + m[1] + ".", ""}
	}),
	onInput(`^Map keys must be unique\.`, func([]string, string, known) saying {
		return saying{codeFailed, "A map would have the same key twice.", "Make the keys unique, for example by grouping."}
	}),
	onInput(`^Invalid UTF8 Codepoint (-?\d+)`, func(m []string, _ string, _ known) saying {
		return saying{codeFailed, "There is no character with the number " + m[1] + ".", ""}
	}),
	on(`^Invalid character encountered in string -> bit conversion: '(.*)'`, func(m []string, where string, _ known) saying {
		return saying{codeType, `"` + m[1] + `"` + where + " is no bit; bits are written with 0 and 1.", ""}
	}),
	fixed(`^Invalid escape string`, codeSQL, "ESCAPE takes a single character.", ""),
	fixed(`^QUANTILE can only take parameters`, codeSQL, "The share of a quantile must be between 0 and 1.", "0.5 is the median."),
	on(`^Enum value: unrecognized value "(.*?)" for enum "OrderType`, func(m []string, _ string, _ known) saying {
		return saying{codeSQL, `"` + m[1] + `" is no order.`, "Write ASC or DESC."}
	}),
	onInput(`^More than one row returned by a subquery used as an expression - scalar subqueries.*`, func([]string, string, known) saying {
		return saying{codeFailed, "The query in parentheses gives more than one row where a single value is needed.", "Aggregate in it, add LIMIT 1, or use IN."}
	}),
	fixed(`^LIMIT/OFFSET cannot be negative`, codeSQL, "LIMIT and OFFSET cannot be negative.", ""),
}

// patternFaults are what RE2 says of a pattern.
var patternFaults = map[string]string{
	"missing )": "a closing ) is missing", "missing ]": "a closing ] is missing", "unexpected )": "this ) closes nothing",
	"invalid perl operator": "what follows (? has no meaning", "invalid escape sequence": `what follows \ has no meaning`,
	"no argument for repetition operator": "there is nothing before it to repeat", "bad repetition operator": "what is repeated already cannot be repeated again",
	"invalid character class": "there is no such class of characters", "invalid character class range": "the range of characters goes backwards",
	"invalid named capture group": "the name of the group is not valid", "invalid repetition size": "it cannot be repeated so often", `trailing \`: `there is nothing behind the last \`,
	"invalid UTF-8": "it is not in UTF-8",
}

func tooNarrow(m []string, where string, _ known) saying {
	return saying{codeType, "The value " + m[1] + where + " does not fit into " + article(typeWords(strings.TrimRight(m[2], "!."))) + ".", hintWider + " " + hintTry}
}

// call takes apart what DuckDB names a function with the types of its arguments.
var call = pattern.Of(`(?s)^(.*?)\((.*)\)$`)

var functionRules = []rule{
	on(`^No function matches the given name and argument types '(.*?)'\.(.*)$`, func(m []string, _ string, _ known) saying { return wrongArguments(m[1], m[2]) }),
	on(`^Could not choose a best candidate function for the function call "(.*?)"\.(.*)$`, func(m []string, _ string, _ known) saying { return wrongArguments(m[1], m[2]) }),
	on(`^Cannot (compare|concatenate|combine|mix|deduce|cast|use|unify)\w* (?:values of )?(?:types?) (.*) and (?:type )?(.*?) - an explicit cast`, func(m []string, _ string, _ known) saying {
		verb := map[string]string{"compare": "compared", "concatenate": "joined"}[m[1]]
		if verb == "" {
			verb = "put together"
		}
		return saying{codeType, capital(article(typeWords(m[2]))) + " and " + article(typeWords(m[3])) + " cannot be " + verb + ".", hintConvert}
	}),
	on(`^(?:\w+ )?Function with name (\S+) does not exist`, func(m []string, _ string, k known) saying {
		name := strings.TrimSuffix(m[1], "__postfix")
		switch {
		case slices.Contains(windowFunctions, strings.ToLower(name)):
			return saying{codeSQL, "The function " + name + " needs OVER (…) behind it.", "For example " + name + "() OVER (ORDER BY x)."}
		case !startsWord.MatchString(name):
			hint := "Operators are +, -, *, /, %, ||, =, <>, <, <=, >, >=, AND, OR, NOT, IN, BETWEEN, LIKE and IS NULL."
			if other := operators[name]; other != "" {
				hint = "Write " + other + "."
			}
			return saying{codeSQL, `There is no operator "` + name + `".`, hint}
		}
		return saying{codeSQL, `There is no function "` + name + `".`, firstOf("Did you mean ", quoted(k.candidates), "?")}
	}),
	on(`^Macro "?(\w+)"?\(\) does not support the supplied arguments.*?Candidate macros:\s*(.*)$`, func(m []string, _ string, _ known) saying {
		return saying{codeType, m[1] + " does not take these arguments together.", "It is called " + calls(m[2]) + "."}
	}),
	on(`^UNNEST\(\) can only be applied to lists, structs and NULL, not (.*)$`, func(m []string, _ string, _ known) saying {
		return saying{codeType, "unnest takes a list or an object, no " + typeWords(m[1]) + ".", "Make a list first, for example string_split(x, ',')."}
	}),
	fixed(`^UNNEST requires a single list`, codeType, "unnest takes one list.", ""),
	fixed(`^Parameter type needs to be List`, codeType, "A list is needed here.", "A list is written [1, 2, 3]."),
	fixed(`^aggregate function calls cannot be nested`, codeSQL, "An aggregate cannot stand within another.", "Aggregate in one step, and its result in the next."),
	on(`^WHERE clause cannot contain aggregates`, func([]string, string, known) saying {
		return saying{codeSQL, "A condition on rows cannot use aggregates such as sum or count.", "Aggregate first and filter what comes out; in a query HAVING does so."}
	}),
	fixed(`^WHERE clause cannot contain window functions`, codeSQL, "A condition on rows cannot use window functions.", "Compute it as a column first and filter then; in a query QUALIFY does so."),
	fixed(`^at least one window function must appear`, codeSQL, "QUALIFY needs a window function, such as row_number() OVER (ORDER BY x).", "For other conditions use WHERE."),
}

// wrongArguments says that a function does not take what it was given.
func wrongArguments(signature, candidates string) saying {
	m := call.FindStringSubmatch(signature)
	if m == nil {
		return saying{codeType, "These values do not go together: " + signature + ".", hintConvert}
	}
	name, types := m[1], splitTypes(m[2])
	texts := make([]string, len(types))
	for i, t := range types {
		texts[i] = typeWords(t)
	}
	if sign, ok := signs[name]; ok && len(texts) == 2 {
		return saying{codeType, capital(article(texts[0])) + " and " + article(texts[1]) + " cannot be put together by " + sign + ".", hintConvert}
	}
	if name == "list_aggr" && len(texts) > 0 { // what list_sum and others are made of
		return saying{codeType, "A list is needed, no " + texts[0] + ".", "Make a list first, for example [x] or string_split(x, ',')."}
	}
	hint := hintConvert
	if slices.Contains(ofNumbers, strings.ToLower(name)) {
		hint = "It takes numbers; convert first, with the node Convert types or CAST(x AS DOUBLE)."
	} else if takes := takesOf(candidates, name); takes != "" {
		hint = "It is called " + takes + "."
	}
	switch len(texts) {
	case 0:
		return saying{codeType, name + " needs something in its parentheses.", hint}
	case 1:
		return saying{codeType, name + " does not take " + article(texts[0]) + ".", hint}
	}
	return saying{codeType, name + " does not take these arguments together: " + strings.Join(texts, ", ") + ".", hint}
}

// calls gives the ways to call a function, of lines that end with what is told of the place.
func calls(lines string) string {
	var found []string
	for line := range strings.Lines(lines) {
		if line = strings.ReplaceAll(strings.TrimSpace(line), `"`, ""); strings.HasSuffix(line, ")") && !strings.HasPrefix(line, "LINE ") {
			found = append(found, line)
		}
	}
	return strings.Join(found, " or ")
}

// takesOf gives what a function takes, of what DuckDB lists as candidates.
func takesOf(candidates, name string) string {
	var found []string
	for line := range strings.Lines(candidates) {
		head, _, _ := strings.Cut(strings.TrimSpace(sqlType(line)), " -> ")
		if strings.HasPrefix(head, name+"(") && !slices.Contains(found, head) {
			found = append(found, head)
		}
	}
	if len(found) > 3 {
		return strings.Join(found[:3], " or ") + ", among others"
	}
	return strings.Join(found, " or ")
}

// splitTypes cuts at the commas that are within no parentheses.
func splitTypes(text string) []string {
	var types []string
	depth, start := 0, 0
	for i, r := range text {
		switch {
		case r == '(' || r == '[':
			depth++
		case r == ')' || r == ']':
			depth--
		case r == ',' && depth == 0:
			types = append(types, strings.TrimSpace(text[start:i]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		types = append(types, rest)
	}
	return types
}

// signs are operators under the names that DuckDB has for them.
var signs = map[string]string{
	"+": "+", "-": "-", "*": "*", "/": "/", "//": "//", "%": "%", "**": "**", "^": "^", "||": "||", "&": "&", "|": "|", "<<": "<<", ">>": ">>",
	"~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE", "~~~": "GLOB", "~": "~", "->": "->", "->>": "->>",
}

// operators are those of other languages.
var operators = map[string]string{"&&": "AND", "!==": "<>", "===": "=", "!": "NOT", "||": "OR"}

// ofNumbers are aggregates over numbers, of which the engine lists one for each type.
var ofNumbers = []string{"sum", "avg", "mean", "product", "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop", "kurtosis", "skewness"}

var windowFunctions = []string{"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "first_value", "last_value", "nth_value"}

var units = []string{"year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond", "dow", "isodow", "doy", "decade", "century", "epoch"}
