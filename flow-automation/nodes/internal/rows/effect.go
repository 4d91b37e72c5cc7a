package rows

import (
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/spec"
)

// EffectOf is honest about what a repetition of a write does. How takes the mode out of a configuration, and whether the
// step is remembered.
func EffectOf[C any](schema *spec.Schema, how func(C) (mode connector.Mode, once bool)) func(json.RawMessage) node.Effect {
	return func(config json.RawMessage) node.Effect {
		c, ok := node.Loose[C](schema, config)
		if !ok {
			return node.Unsafe
		}
		mode, once := how(c)
		switch {
		case mode == connector.Append && !once:
			return node.Unsafe
		case mode == connector.Append, mode == connector.Truncate, mode.ByKey(), mode == connector.Replace:
			return node.Idempotent
		}
		return node.Unsafe // the mode is an expression
	}
}
