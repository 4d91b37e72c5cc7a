package mongodb

import (
	"strconv"
	"strings"
)

// exactNumbers says in Extended JSON what the numbers of a JSON text are that BSON would take for another one: whole numbers beyond
// 64 bits and fractions with more digits than a double has become decimals, and NaN and Infinity, which the engine writes, doubles.
func exactNumbers(text string) (string, error) {
	var out strings.Builder
	done := 0
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"':
			i = afterString(text, i)
		case c == '-' || c >= '0' && c <= '9' || c == 'N' || c == 'I':
			end := i + 1
			for end < len(text) && strings.IndexByte(",]}: \n\r\t", text[end]) < 0 {
				end++
			}
			as, err := exactNumber(text[i:end])
			if err != nil {
				return "", err
			}
			if as != "" {
				out.WriteString(text[done:i])
				out.WriteString(as)
				done = end
			}
			i = end
		default:
			i++
		}
	}
	if done == 0 {
		return text, nil
	}
	out.WriteString(text[done:])
	return out.String(), nil
}

func afterString(text string, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// exactNumber gives what is put in place of a number; "" leaves it.
func exactNumber(text string) (string, error) {
	switch text {
	case "NaN", "Infinity", "-Infinity":
		return `{"$numberDouble":"` + text + `"}`, nil
	}
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return "", nil
	}
	if strings.ContainsAny(text, ".eE") {
		f, err := strconv.ParseFloat(text, 64)
		if err == nil && mantissa(strconv.FormatFloat(f, 'e', -1, 64)) == mantissa(text) {
			return "", nil
		}
	}
	if len(mantissa(text)) > significant {
		return "", tooManyDigits(text)
	}
	if _, err := toDecimal(text); err != nil {
		return "", err
	}
	return `{"$numberDecimal":"` + text + `"}`, nil
}

// mantissa gives the digits of a number that say something.
func mantissa(text string) string {
	text = strings.TrimPrefix(text, "-")
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		text = text[:i]
	}
	whole, behind, point := strings.Cut(text, ".")
	digits := strings.TrimLeft(whole+behind, "0")
	if point {
		digits = strings.TrimRight(digits, "0")
	}
	return digits
}
