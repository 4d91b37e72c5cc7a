package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	exprlang "github.com/expr-lang/expr"
	"github.com/expr-lang/expr/types"
)

// Function documents one function that this package adds to the language or makes safe.
type Function struct {
	Name string
	Use  string
	Doc  string
}

type function struct {
	Function
	guarded bool // its first argument is the budget
	call    func(args ...any) (any, error)
}

// functions are those that expressions can call beside the language's own. It is never written to.
var functions = byName(
	function{Function{"now", "now()", "when the run began; the same in all of it"}, false, func(...any) (any, error) {
		return nil, errors.New("now() takes no argument")
	}},
	guardedFunction("json", "json(value)", "the JSON text of a value", func(b *budget, args []any) (any, error) {
		return jsonText(b, args[0])
	}),
	guardedFunction("toJSON", "toJSON(value)", "the same as json", func(b *budget, args []any) (any, error) {
		return jsonText(b, args[0])
	}),
	guardedFunction("fromJSON", "fromJSON(text)", "the value of a JSON text", func(b *budget, args []any) (any, error) {
		s, err := text("fromJSON", args[0])
		if err != nil {
			return nil, err
		}
		if err := b.grow(len(s)); err != nil {
			return nil, err
		}
		return Decode([]byte(s))
	}),
	guardedFunction("string", "string(value)", "a value as text, as in a template", func(b *budget, args []any) (any, error) {
		t, err := appendText(nil, args[0], b)
		return string(t), err
	}),
	guardedFunction("repeat", "repeat(text, n)", "text n times", func(b *budget, args []any) (any, error) {
		s, err := text("repeat", args[0])
		n, ok := integer(args[1])
		if err != nil || !ok || n < 0 {
			return nil, errors.Join(err, errors.New("repeat needs a text and a number of times"))
		}
		if len(s) > 0 && n > maxBytes/len(s) {
			n = maxBytes
		}
		if err := b.grow(len(s) * n); err != nil {
			return nil, err
		}
		return strings.Repeat(s, n), nil
	}),
	guardedFunction("split", "split(text, separator)", "the parts of a text as a list", splitText),
	guardedFunction("replace", "replace(text, old, new)", "text with old replaced by new", replaceText),
	guardedFunction("join", "join(list, separator)", "the texts of a list in one", joinTexts),
	guardedFunction("uniq", "uniq(list)", "a list without repetitions", uniq),
	guardedFunction("flatten", "flatten(list)", "nested lists as one", func(b *budget, args []any) (any, error) {
		return flatten(b, []any{}, args[0])
	}),
	guardedFunction("min", "min(a, b, …)", "the least number, also of one list", func(b *budget, args []any) (any, error) {
		return extreme(b, args, func(a, b float64) bool { return a < b })
	}),
	guardedFunction("max", "max(a, b, …)", "the greatest number, also of one list", func(b *budget, args []any) (any, error) {
		return extreme(b, args, func(a, b float64) bool { return a > b })
	}),
	guardedFunction("mean", "mean(list)", "the mean of numbers; null for none", func(b *budget, args []any) (any, error) {
		list, err := numbers(b, args)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		total := 0.0
		for _, n := range list {
			total += n
		}
		return total / float64(len(list)), nil
	}),
	guardedFunction("median", "median(list)", "the median of numbers; null for none", func(b *budget, args []any) (any, error) {
		list, err := numbers(b, args)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		slices.Sort(list)
		middle := len(list) / 2
		if len(list)%2 == 1 {
			return list[middle], nil
		}
		return (list[middle-1] + list[middle]) / 2, nil
	}),
	guardedFunction("abs", "abs(number)", "the number without its sign", func(_ *budget, args []any) (any, error) {
		if i, ok := integer(args[0]); ok {
			if i == math.MinInt {
				return nil, errOverflow
			}
			return max(i, -i), nil
		}
		if f, ok := asFloat(args[0]); ok {
			return math.Abs(f), nil
		}
		return nil, fmt.Errorf("abs needs a number, not %s", kindOf(args[0]))
	}),
	guardedFunction("format_date", "format_date(date, layout)", "a date or its text as text; layout such as YYYY-MM-DD HH:mm:ss", formatDate),
	guardedFunction("add_time", `add_time(date, "1d12h")`, "a date moved by days, hours, minutes and seconds; with - in front backwards", addTime),
	guardedFunction("days_between", "days_between(from, to)", "whole days from one date to another", daysBetween),
)

// Functions lists what this package adds to the language, for documentation.
func Functions() []Function {
	names := functionNames()
	list := make([]Function, len(names))
	for i, name := range names {
		list[i] = functions[name].Function
	}
	return list
}

func byName(list ...function) map[string]function {
	m := make(map[string]function, len(list))
	for _, f := range list {
		m[f.Name] = f
	}
	return m
}

func guardedFunction(name, use, doc string, f func(b *budget, args []any) (any, error)) function {
	least := strings.Count(use, ",") + 1
	if strings.Contains(use, "…") || name == "join" {
		least = 1
	}
	return function{Function{name, use, doc}, true, func(args ...any) (any, error) {
		b, ok := args[0].(*budget)
		if !ok || len(args)-1 < least {
			return nil, fmt.Errorf("%s is written as %s", name, use)
		}
		if err := b.step(1); err != nil {
			return nil, err
		}
		return f(b, args[1:])
	}}
}

// options are those of every compilation.
var options = compileOptions()

func compileOptions() []exprlang.Option {
	env := types.Map{nowName: types.TypeOf(time.Time{}), budgetName: types.Any}
	for _, root := range Roots {
		env[root] = types.Any
	}
	list := append([]exprlang.Option{exprlang.Env(env), exprlang.MaxNodes(5000), exprlang.Patch(guard{})}, guardedOptions()...)
	list = append(list, exprlang.DisableBuiltin("splitAfter"))
	for name, f := range functions {
		list = append(list, exprlang.DisableBuiltin(name), exprlang.Function(name, f.call))
	}
	return list
}

func text(name string, v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("%s needs a text, not %s", name, kindOf(v))
	}
	return s, nil
}

func replaceText(b *budget, args []any) (any, error) {
	var s [3]string
	for i := range s {
		var err error
		if s[i], err = text("replace", args[i]); err != nil {
			return nil, err
		}
	}
	if err := b.grow(len(s[0]) + strings.Count(s[0], s[1])*len(s[2])); err != nil {
		return nil, err
	}
	return strings.ReplaceAll(s[0], s[1], s[2]), nil
}

func splitText(b *budget, args []any) (any, error) {
	s, err := text("split", args[0])
	if err != nil {
		return nil, err
	}
	separator, err := text("split", args[1])
	if err != nil {
		return nil, err
	}
	if err := b.grow(16 * (strings.Count(s, separator) + 1)); err != nil {
		return nil, err
	}
	parts := strings.Split(s, separator)
	list := make([]any, len(parts))
	for i, p := range parts {
		list[i] = p
	}
	return list, nil
}

func joinTexts(b *budget, args []any) (any, error) {
	separator := ""
	if len(args) > 1 {
		var err error
		if separator, err = text("join", args[1]); err != nil {
			return nil, err
		}
	}
	list, err := items(args[0])
	if err != nil {
		return nil, err
	}
	var out []byte
	for i, v := range list {
		if i > 0 {
			if err := b.grow(len(separator)); err != nil {
				return nil, err
			}
			out = append(out, separator...)
		}
		if out, err = appendText(out, v, b); err != nil {
			return nil, err
		}
	}
	return string(out), nil
}

func items(v any) ([]any, error) {
	switch v := v.(type) {
	case []any:
		return v, nil
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list, nil
	case []int:
		list := make([]any, len(v))
		for i, n := range v {
			list[i] = n
		}
		return list, nil
	}
	return nil, fmt.Errorf("a list is needed, not %s", kindOf(v))
}

func uniq(b *budget, args []any) (any, error) {
	list, err := items(args[0])
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(list))
	out := []any{}
	for _, v := range list {
		key, err := jsonText(b, v)
		if err != nil {
			return nil, err
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, v)
		}
	}
	return out, nil
}

func flatten(b *budget, out []any, v any) ([]any, error) {
	list, err := items(v)
	if err != nil {
		return nil, err
	}
	for _, v := range list {
		if err := b.step(1); err != nil {
			return nil, err
		}
		switch v.(type) {
		case []any, []string, []int:
			if out, err = flatten(b, out, v); err != nil {
				return nil, err
			}
		default:
			out = append(out, v)
		}
	}
	return out, nil
}

func numbers(b *budget, args []any) ([]float64, error) {
	if len(args) == 1 {
		if list, err := items(args[0]); err == nil {
			args = list
		}
	}
	if err := b.step(len(args)); err != nil {
		return nil, err
	}
	list := make([]float64, len(args))
	for i, v := range args {
		n, ok := asFloat(v)
		if !ok {
			return nil, fmt.Errorf("a number is needed, not %s", kindOf(v))
		}
		list[i] = n
	}
	return list, nil
}

func extreme(b *budget, args []any, better func(a, b float64) bool) (any, error) {
	if len(args) == 1 {
		if list, err := items(args[0]); err == nil {
			args = list
		}
	}
	list, err := numbers(b, args)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	best := 0
	for i := range list {
		if better(list[i], list[best]) {
			best = i
		}
	}
	return args[best], nil
}

var layouts = strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02", "HH", "15", "mm", "04", "ss", "05", "SSS", "000", "Z", "Z07:00")

func formatDate(_ *budget, args []any) (any, error) {
	t, err := date(args[0])
	if err != nil {
		return nil, err
	}
	layout, err := text("format_date", args[1])
	if err != nil {
		return nil, err
	}
	return t.Format(layouts.Replace(layout)), nil
}

func addTime(_ *budget, args []any) (any, error) {
	t, err := date(args[0])
	if err != nil {
		return nil, err
	}
	s, err := text("add_time", args[1])
	if err != nil {
		return nil, err
	}
	rest, negative := strings.CutPrefix(s, "-")
	days := 0
	if head, tail, ok := strings.Cut(rest, "d"); ok {
		if _, err := fmt.Sscanf(head, "%d", &days); err != nil {
			return nil, fmt.Errorf("%q is not a duration such as 1d12h", s)
		}
		rest = tail
	}
	var d time.Duration
	if rest != "" {
		if d, err = time.ParseDuration(rest); err != nil {
			return nil, fmt.Errorf("%q is not a duration such as 1d12h", s)
		}
	}
	if negative {
		days, d = -days, -d
	}
	return t.AddDate(0, 0, days).Add(d), nil
}

func daysBetween(_ *budget, args []any) (any, error) {
	from, err := date(args[0])
	if err != nil {
		return nil, err
	}
	to, err := date(args[1])
	if err != nil {
		return nil, err
	}
	return int(math.Floor(to.Sub(from).Hours() / 24)), nil
}

// date takes a date, or a text that is one.
func date(v any) (time.Time, error) {
	switch v := v.(type) {
	case time.Time:
		return v, nil
	case string:
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly, time.DateTime, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
			if t, err := time.Parse(layout, v); err == nil {
				return t, nil
			}
		}
	}
	shown, _ := json.Marshal(v)
	return time.Time{}, fmt.Errorf("%s is not a date such as 2026-01-31 or 2026-01-31T08:30:00Z", brief(string(shown)))
}
