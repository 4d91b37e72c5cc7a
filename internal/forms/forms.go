// Package forms knows the messages of the code by their forms, as errors carry them, so that what is written of them in
// other languages can be held against it.
package forms

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/pattern"
)

// Code is what users are told by the source.
type Code struct {
	// told are the forms of messages and hints, with where the first of each stands.
	told map[string]string
	// parts are the forms of what the source itself puts into messages, such as the word for a kind of thing, by where
	// it goes.
	parts map[part][]string
	// inside are the forms of all parts.
	inside map[string]bool
}

// part is the place {N} in a form.
type part struct {
	Form string
	N    int
}

// Message is one that users are told, and where it stands.
type Message struct{ Form, Where string }

// Read reads the Go files below a folder. Tests, what only they use, and what is no part of the product are left out:
// nobody is told anything by it.
func Read(root string) (*Code, error) {
	s, err := parse(root)
	if err != nil {
		return nil, err
	}
	s.follow()
	return s.found, nil
}

var placeholder = pattern.Of(`\{(\d+)(!?)\}`)

// Check gives what is wrong with texts by form: forms that users are not told any more, texts with parts that their form
// has not, and parts marked by ! that the source fills with words that have no text.
func (c *Code) Check(texts map[string]string) (wrong []string) {
	for form, text := range texts {
		quoted := strconv.Quote(form)
		if _, told := c.told[form]; !told && !c.inside[form] {
			wrong = append(wrong, quoted+" is no message of the code: write it as it stands there, or leave it out")
		}
		if strings.TrimSpace(text) == "" {
			wrong = append(wrong, quoted+" has no text")
		}
		for _, found := range placeholder.Regexp().FindAllStringSubmatch(text, -1) {
			if !strings.Contains(form, "{"+found[1]+"}") {
				wrong = append(wrong, fmt.Sprintf("%s has no part %s, which its text names", quoted, found[1]))
			}
			n, err := strconv.Atoi(found[1])
			if err != nil || found[2] == "" {
				continue
			}
			for _, word := range c.parts[part{form, n}] {
				if _, there := texts[word]; !there {
					wrong = append(wrong, fmt.Sprintf("%s has no text; it is a part of %s", strconv.Quote(word), quoted))
				}
			}
		}
	}
	slices.Sort(wrong)
	return slices.Compact(wrong)
}

// Missing gives the messages that no text is there for.
func (c *Code) Missing(texts map[string]string) (missing []Message) {
	for form, where := range c.told {
		if _, there := texts[form]; !there {
			missing = append(missing, Message{form, where})
		}
	}
	slices.SortFunc(missing, func(a, b Message) int { return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Form, b.Form)) })
	return missing
}
