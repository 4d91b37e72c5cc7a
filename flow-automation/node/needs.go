package node

import "encoding/json"

// Needing is a configuration that needs more to come in than the ports that are required in any case, such as a rule that
// looks values up in a table. Needs sees it before expressions are resolved, as Checker.Check does.
type Needing interface {
	// Needs is asked which of the inputs are connected.
	Needs(connected func(port string) bool) []Need
}

// Need is something that nothing leads to. Field is where that can be changed, such as in.reference.
type Need struct {
	Field   string
	Message Text
}

// CodeInputMissing is the code of an input that nothing is connected to, or that nothing came through.
const CodeInputMissing = "input_missing"

// needing completes a type whose configuration is Needing.
func needing[C any](t *Type) {
	var zero C
	if _, ok := any(zero).(Needing); !ok || t.Needs != nil {
		return
	}
	schema := t.Config
	t.Needs = func(config json.RawMessage, connected func(string) bool) []Need {
		c, ok := Loose[C](schema, config)
		if !ok {
			return nil
		}
		return any(c).(Needing).Needs(connected)
	}
}
