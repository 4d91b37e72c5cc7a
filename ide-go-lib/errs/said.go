package errs

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/pattern"
)

// Said is how a message was put together: the form that it has in the code, with {0}, {1} and so on where its parts stand,
// and these parts. By it a message is said in another language. Both are left out where the message is its own form.
type Said struct {
	Form string   `json:"form,omitempty" doc:"The message with {0}, {1} … in the place of its parts, by which it is found in another language; absent when the message has none"`
	Args []string `json:"args,omitempty" doc:"The parts of the message, in the order of the form's numbers"`
	// Labels are those of the parts that are labels, by what they are in the message.
	Labels map[string]string `json:"labels,omitempty" doc:"What parts that are labels, such as of fields, are in Chinese"`
}

// Label is a part of a message that people know by another word in Chinese, such as the title of a field.
type Label struct{ EN, ZH string }

func (l Label) String() string { return l.EN }

// Text is a sentence that knows how it was put together, for a message or hint that is it: WithHint("%s", text).
type Text struct {
	text string
	said Said
}

// Textf makes a text as fmt.Sprintf does.
func Textf(format string, args ...any) Text {
	text, said := say(format, args)
	return Text{text, said}
}

func (t Text) String() string { return t.text }

// verb is one of fmt's, with its flags, width and precision, and the number of its argument where it names one.
var verb = pattern.Of(`%([-+# 0]*(?:\d+)?(?:\.\d+)?)(?:\[(\d+)\])?([a-zA-Z%])`)

// Form gives the form of a format: {0} for the first argument and so on. It is "" for a format that has no arguments, is
// nothing but one, or gives widths as arguments.
func Form(format string) string {
	if format == "%s" || strings.Contains(format, "*") && strings.Contains(verb.ReplaceAllString(format, ""), "%") {
		return ""
	}
	form, numbers := parts(format, nil)
	if numbers == 0 {
		return ""
	}
	return form
}

// parts takes a format apart; show is called with each verb and the number of its argument.
func parts(format string, show func(verb string, n int)) (form string, count int) {
	next := 0
	form = verb.ReplaceAllStringFunc(format, func(found string) string {
		m := verb.FindStringSubmatch(found)
		if m[3] == "%" {
			return "%"
		}
		if m[2] != "" {
			if named, err := strconv.Atoi(m[2]); err == nil {
				next = named - 1
			}
		}
		if show != nil {
			show("%"+m[1]+m[3], next)
		}
		next++
		count = max(count, next)
		return "{" + strconv.Itoa(next-1) + "}"
	})
	return form, count
}

// say puts a message together, and keeps how.
func say(format string, args []any) (string, Said) {
	if len(args) == 1 && format == "%s" {
		switch whole := args[0].(type) {
		case Text:
			return whole.text, whole.said
		case *Text:
			return whole.text, whole.said
		}
	}
	text := fmt.Sprintf(format, args...)
	form := Form(format)
	if form == "" || len(args) == 0 {
		return text, Said{}
	}
	said := Said{Form: form, Args: make([]string, len(args))}
	parts(format, func(verb string, n int) {
		if n < len(args) {
			said.Args[n] = fmt.Sprintf(verb, args[n])
			if l, ok := args[n].(Label); ok && l.ZH != "" {
				if said.Labels == nil {
					said.Labels = map[string]string{}
				}
				said.Labels[said.Args[n]] = l.ZH
			}
		}
	})
	return text, said.of(text)
}

var placeholder = pattern.Of(`\{(\d+)\}`)

// of gives what was said if that still makes the message, and nothing when the message was changed since: what was taken
// out of it, such as a secret, does not go out by the parts.
func (s Said) of(message string) Said {
	if s.Form == "" {
		return Said{}
	}
	again := placeholder.ReplaceAllStringFunc(s.Form, func(found string) string {
		if n, err := strconv.Atoi(found[1 : len(found)-1]); err == nil && n < len(s.Args) {
			return s.Args[n]
		}
		return found
	})
	if again != message {
		return Said{}
	}
	return s
}

// At is one problem at a place, with a message as fmt.Sprintf makes it.
func At(place Place, code, format string, args ...any) Detail {
	message, said := say(format, args)
	return Detail{Code: code, Message: message, Said: said, Place: place}
}

// At is what the error says as a problem at a place.
func (e *Error) At(place Place) Detail {
	return Detail{Code: e.Code, Message: e.Message, Said: e.Said, Place: place}
}

// Told gives how the message and the hint were put together, where nothing has changed them since.
func (e *Error) Told() (message, hint Said) {
	return e.of(e.Message), Said{Form: e.HintForm, Args: e.HintArgs}.of(e.Hint)
}

// Told gives how the message was put together, where nothing has changed it since.
func (d Detail) Told() Said { return d.of(d.Message) }

// MarshalJSON leaves out how the message was put together where it was changed since.
func (e *Error) MarshalJSON() ([]byte, error) {
	type plain Error
	out := plain(*e)
	message, hint := e.Told()
	out.Said, out.HintForm, out.HintArgs = message, hint.Form, hint.Args
	return json.Marshal(out)
}

// MarshalJSON is as that of Error.
func (d Detail) MarshalJSON() ([]byte, error) {
	type plain Detail
	d.Said = d.Told()
	return json.Marshal(plain(d))
}
