package node

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
)

// Checker is a configuration that knows more about itself than its schema. Check sees it before expressions are
// resolved: a field of another type than text that holds an expression has its default there. The Field of each detail
// is relative to the node, such as with.where.
type Checker interface {
	Check() []errs.Detail
}

// CodeConfigInvalid is the code of a configuration that does not fit its node type.
const CodeConfigInvalid = "config_invalid"

// Define completes t as an action: Config, Check and Run come from the configuration struct C and from run.
func Define[C any](t Type, run func(ctx context.Context, call *Call, config C) (value.Outputs, error)) Type {
	complete[C](&t)
	schema := t.Config
	t.Run = func(ctx context.Context, call *Call) (value.Outputs, error) {
		config, problems := spec.Decode[C](schema, call.Config)
		if len(problems) > 0 {
			return nil, Invalid(problems)
		}
		return run(ctx, call, config)
	}
	return t
}

// DefineTable completes t as a relation: the configuration struct C itself is the relation. Version, Effect, Pool and
// Outputs are set when t leaves them out: 1, pure, sql and one table called table.
func DefineTable[C table.Relation](t Type) Type {
	complete[C](&t)
	if t.Effect == "" {
		t.Effect = Pure
	}
	if t.Pool == "" {
		t.Pool = SQL
	}
	if t.Outputs == nil && t.OutputsOf == nil {
		t.Outputs = []Port{{Name: "table", Kind: value.Table, Title: Text{EN: "Table", ZH: "表"}}}
	}
	var relation C
	_, t.Probes = any(relation).(table.Probing)
	schema := t.Config
	t.Relation = func(config json.RawMessage) (table.Relation, error) {
		relation, problems := spec.Decode[C](schema, config)
		if len(problems) > 0 {
			return nil, Invalid(problems)
		}
		return relation, nil
	}
	return t
}

// DefineSuspended completes t as a step that waits for something outside.
func DefineSuspended[C any](t Type, suspend func(ctx context.Context, call *Call, config C) (Suspension, error)) Type {
	complete[C](&t)
	schema := t.Config
	t.Suspend = func(ctx context.Context, call *Call) (Suspension, error) {
		config, problems := spec.Decode[C](schema, call.Config)
		if len(problems) > 0 {
			return Suspension{}, Invalid(problems)
		}
		return suspend(ctx, call, config)
	}
	return t
}

// DefineContainer completes t as a node that holds others.
func DefineContainer[C any](t Type, c Container) Type {
	complete[C](&t)
	t.Container = &c
	return t
}

// Config decodes the configuration of a call.
func Config[C any](call *Call, schema *spec.Schema) (C, error) {
	config, problems := spec.Decode[C](schema, call.Config)
	if len(problems) > 0 {
		return config, Invalid(problems)
	}
	return config, nil
}

// Invalid is the error of a configuration with problems.
func Invalid(problems []errs.Detail) *errs.Error {
	return errs.Invalid(CodeConfigInvalid, "The configuration of the node is not valid").With(problems...)
}

// Refuse is what a check finds when it is about one field, such as with.table.
func Refuse(field, message string) []errs.Detail {
	return []errs.Detail{{Code: CodeConfigInvalid, Message: message, Place: errs.Place{Field: field}}}
}

// FieldError is the error of one field, such as with.where or in.table.
func FieldError(code, field, format string, args ...any) *errs.Error {
	e := errs.Invalid(code, format, args...)
	return e.With(e.At(errs.Place{Field: field}))
}

func complete[C any](t *Type) {
	if t.Version == 0 {
		t.Version = 1
	}
	if t.Config == nil {
		t.Config = spec.For[C]()
	}
	var zero C
	if _, ok := any(zero).(Checker); ok && t.Check == nil {
		schema := t.Config
		t.Check = func(config json.RawMessage) []errs.Detail {
			c, ok := Loose[C](schema, config)
			if !ok {
				return nil
			}
			return any(c).(Checker).Check()
		}
	}
	needing[C](t)
}

// Loose decodes a configuration whose expressions are not resolved yet: fields that do not fit their type, such as a
// number given as an expression, keep their defaults. It is false when nothing sensible can be read.
func Loose[C any](schema *spec.Schema, config json.RawMessage) (C, bool) {
	var c C
	if defaults, err := json.Marshal(schema.Defaults()); err == nil && !loosely(defaults, &c) {
		return c, false
	}
	if len(config) == 0 {
		return c, true
	}
	return c, loosely(config, &c)
}

// loosely relies on encoding/json going on after a type error and leaving that field alone.
func loosely(data []byte, into any) bool {
	err := json.Unmarshal(data, into)
	var mismatch *json.UnmarshalTypeError
	return err == nil || errors.As(err, &mismatch)
}

// InputMissing is the error of a required input that nothing came through.
func InputMissing(port string) *errs.Error {
	return errs.New(http.StatusUnprocessableEntity, CodeInputMissing, "Nothing came in at the input %q; connect it to a node that gives something", port)
}
