package exampletest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Refuses makes sure that a call fails with this code, and that the error names this field; "" is an error that names none.
func (b *Bench) Refuses(typ node.Type, with map[string]any, in map[string][]value.Value, code, field string) {
	b.T.Helper()
	_, err := typ.Run(b.T.Context(), b.Call(with, in))
	e := errs.From(err)
	require.NotNil(b.T, e, "%s %v", typ.Name, with)
	require.Equal(b.T, code, e.Code, "%s %v: %v", typ.Name, with, err)
	if field != "" {
		require.NotEmpty(b.T, e.Details, "%s %v", typ.Name, with)
		require.Equal(b.T, field, e.Details[0].Field, "%s %v: %v", typ.Name, with, err)
	}
}

// Marks remember what one step proposes, as if its run had succeeded at once.
type Marks struct {
	Value, Subject string // of the last one
	others         map[string]string
}

// Mark implements node.Marks.
func (m *Marks) Mark(_ context.Context, _, _, _, subject, formerly string) (*string, error) {
	if formerly != "" && m.Subject == formerly {
		m.Subject = subject
	}
	if other, known := m.others[subject]; known && subject != m.Subject {
		return &other, nil
	}
	if m.Value == "" || subject != m.Subject {
		return nil, nil
	}
	return &m.Value, nil
}

// LastSubject implements node.Marks.
func (m *Marks) LastSubject(context.Context, string, string, string) (string, error) {
	return m.Subject, nil
}

// Propose implements node.Marks.
func (m *Marks) Propose(_ context.Context, _, _, _, subject, _, value string, _ time.Time) error {
	if m.Subject != subject && m.Subject != "" {
		if m.others == nil {
			m.others = map[string]string{}
		}
		m.others[m.Subject] = m.Value
	}
	m.Value, m.Subject = value, subject
	return nil
}
