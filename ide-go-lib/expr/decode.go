package expr

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Decode reads JSON as expressions see it: integers are int, those beyond 64 bits stay json.Number, other numbers are
// float64.
func Decode(data []byte) (any, error) {
	d := decoder{data: data}
	v, err := d.value(0)
	if err != nil {
		return nil, err
	}
	d.space()
	if d.at < len(data) {
		return nil, d.fail("there is something after the end")
	}
	return v, nil
}

// decoder is made for the small values between steps, where encoding/json takes longer than the step itself.
type decoder struct {
	data []byte
	at   int
}

func (d *decoder) fail(what string) error {
	return fmt.Errorf("it is not JSON: %s at character %d", what, d.at+1)
}

func (d *decoder) space() {
	for d.at < len(d.data) {
		switch d.data[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

func (d *decoder) next() byte {
	d.space()
	if d.at >= len(d.data) {
		return 0
	}
	return d.data[d.at]
}

func (d *decoder) value(depth int) (any, error) {
	if depth > maxNesting {
		return nil, d.fail("it is nested too deep")
	}
	switch c := d.next(); {
	case c == '{':
		return d.object(depth)
	case c == '[':
		return d.list(depth)
	case c == '"':
		return d.text()
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	}
	rest := d.data[d.at:]
	for word, v := range map[string]any{"true": true, "false": false, "null": nil} {
		if strings.HasPrefix(string(rest[:min(5, len(rest))]), word) {
			d.at += len(word)
			return v, nil
		}
	}
	return nil, d.fail("a value is missing")
}

func (d *decoder) object(depth int) (any, error) {
	d.at++
	m := map[string]any{}
	if d.next() == '}' {
		d.at++
		return m, nil
	}
	for {
		if d.next() != '"' {
			return nil, d.fail("a name in quotes is missing")
		}
		name, err := d.text()
		if err != nil {
			return nil, err
		}
		if d.next() != ':' {
			return nil, d.fail("a : is missing")
		}
		d.at++
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		m[name] = v
		switch d.next() {
		case ',':
			d.at++
		case '}':
			d.at++
			return m, nil
		default:
			return nil, d.fail("a , or } is missing")
		}
	}
}

func (d *decoder) list(depth int) (any, error) {
	d.at++
	list := []any{}
	if d.next() == ']' {
		d.at++
		return list, nil
	}
	for {
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		switch d.next() {
		case ',':
			d.at++
		case ']':
			d.at++
			return list, nil
		default:
			return nil, d.fail("a , or ] is missing")
		}
	}
}

func (d *decoder) text() (string, error) {
	start := d.at
	for i := start + 1; i < len(d.data); i++ {
		switch c := d.data[i]; {
		case c == '"':
			d.at = i + 1
			return string(d.data[start+1 : i]), nil
		case c == '\\' || c < ' ' || c >= 0x80:
			return d.unusual(start)
		}
	}
	return "", d.fail("a text is not closed")
}

// unusual leaves texts with escapes to encoding/json.
func (d *decoder) unusual(start int) (string, error) {
	for i := start + 1; i < len(d.data); i++ {
		switch d.data[i] {
		case '\\':
			i++
		case '"':
			var s string
			if err := json.Unmarshal(d.data[start:i+1], &s); err != nil {
				return "", d.fail("a text has a wrong character or escape")
			}
			d.at = i + 1
			return s, nil
		}
	}
	return "", d.fail("a text is not closed")
}

func (d *decoder) number() (any, error) {
	start := d.at
	integer := true
	for ; d.at < len(d.data); d.at++ {
		c := d.data[d.at]
		if c >= '0' && c <= '9' || c == '-' && d.at == start {
			continue
		}
		if c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
			break
		}
		integer = false
	}
	literal := string(d.data[start:d.at])
	digits := strings.TrimPrefix(literal, "-")
	if !json.Valid([]byte(literal)) || digits == "" {
		return nil, d.fail("a number is wrong")
	}
	if !integer {
		f, err := strconv.ParseFloat(literal, 64)
		if err != nil {
			return nil, d.fail("a number is too large")
		}
		return f, nil
	}
	n, err := strconv.Atoi(literal)
	if err != nil {
		return json.Number(literal), nil //nolint:nilerr // it is a number, only beyond 64 bits
	}
	return n, nil
}
