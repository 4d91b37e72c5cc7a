package newer

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
)

// Of is what is read, and by which column; an empty one reads everything.
type Of struct {
	Column, Connection string
	What               []Part // the order stays: it is that of the subjects that are kept
}

// Part is one thing that says what is read.
type Part struct {
	Name  string
	Value any
	// Worked says that the value may be worked out anew in every run.
	Worked bool
	// Later says that the subjects of earlier versions did not have it.
	Later bool
}

// subject is what a mark is of, in parts.
type subject struct {
	parts []Part
	texts []string
}

func newSubject(parts []Part) (subject, error) {
	s := subject{parts, make([]string, len(parts))}
	for i, p := range parts {
		raw, err := json.Marshal(p.Value)
		if err != nil {
			return s, err
		}
		s.texts[i] = string(raw)
	}
	return s, nil
}

func (s subject) text() string { return "[" + strings.Join(s.texts, ",") + "]" }

// subjects gives that of a mark, and how it was written before it said where the connection leads to and what is bound; "" where that
// may have been another one.
func (o Of) subjects(leads string) (now subject, formerly string, err error) {
	around := []Part{{Name: "connection", Value: o.Connection}, {Name: "place that the connection leads to", Value: leads, Later: true}, {Name: "column", Value: o.Column}}
	if now, err = newSubject(slices.Concat(o.What, around)); err != nil {
		return now, "", err
	}
	before := around[:1:1]
	for i, p := range o.What {
		switch {
		case !p.Later:
			before = append(before, p)
		case now.texts[i] != "null" && now.texts[i] != "[]":
			return now, "", nil
		}
	}
	was, err := newSubject(append(before, around[2]))
	return now, was.text(), err
}

// differs says what is read now and was not before, and whether it may be so in every run.
func (s subject) differs(from string) (names []string, worked bool) {
	var before []json.RawMessage
	if err := json.Unmarshal([]byte(from), &before); err != nil || len(before) != len(s.texts) {
		return nil, false // that of an earlier version
	}
	for i, p := range s.parts {
		if string(before[i]) != s.texts[i] {
			names, worked = append(names, p.Name), worked || p.Worked
		}
	}
	return names, worked
}

// anew tells people that everything is read, where the step has read something else before.
func (s subject) anew(ctx context.Context, call *node.Call) error {
	last, err := call.LastSubject(ctx)
	if err != nil || last == "" {
		return err
	}
	names, worked := s.differs(last)
	text := "Nothing is remembered of what is read here now, so that everything is read: "
	switch {
	case len(names) == 0:
		text += "an earlier version had remembered it without the values that are bound in it. The next run goes on from here."
	case worked:
		text += "the last run that counts read with another " + strings.Join(names, ", and another ") + ". Where that changes with every run, as by now(), everything is read each time: " +
			"have the system itself work out the value, such as CURRENT_DATE, or leave out the condition and filter the rows in a step behind this one."
	default:
		text += "the last run that counts read with another " + strings.Join(names, ", and another ") + "."
	}
	call.Log("warn", text)
	return nil
}
