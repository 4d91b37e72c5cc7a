// Package python has the node that runs a person's own Python code in the sandbox.
package python

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
)

// Config is the configuration of python.
type Config struct {
	Code        string         `json:"code" required:"true" title:"Code" zh:"代码" doc:"Defines main(), whose parameters are the inputs and arguments by name" doc_zh:"定义 main()，其参数按名称对应输入和参数" widget:"python" example:"def main(table):\n    return table"`
	Args        map[string]any `json:"args,omitempty" title:"Arguments" zh:"参数" doc:"Further parameters of main(); values may be {{ expressions }}" doc_zh:"main() 的其他参数；值可以是 {{ 表达式 }}" widget:"keyvalue"`
	Environment string         `json:"environment,omitempty" title:"Environment" zh:"环境" doc:"Whose packages the code imports: a name for the version in use, or name@3 for that version; empty is the default environment" doc_zh:"代码导入哪个环境的软件包：名称表示当前使用的版本，名称@3 表示指定版本；为空则使用默认环境" widget:"environment" example:"default"`
	Env         map[string]any `json:"env,omitempty" title:"Environment variables" zh:"环境变量" more:"true" doc:"Read by os.environ in the code; values may be {{ expressions }}" doc_zh:"代码中通过 os.environ 读取；值可以是 {{ 表达式 }}" widget:"keyvalue"`
	Timeout     string         `json:"timeout,omitempty" title:"Timeout" zh:"超时" more:"true" doc:"Of the code itself, such as 90s; empty is what the service allows" doc_zh:"代码本身的时限，如 90s；为空则使用服务默认值" example:"90s"`
	Effect      string         `json:"effect,omitempty" title:"May be repeated" zh:"可否重复" more:"true" enum:"pure,idempotent,unsafe" doc:"Whether the code may run again after an interruption: pure computes only; idempotent reaches out, but twice is like once; unsafe is never repeated by itself. Empty is unsafe where the environment allows hosts, else pure" doc_zh:"中断后代码可否再次运行：pure 仅计算；idempotent 会访问外部，但执行两次与一次相同；unsafe 不会自动重复。为空时，若环境允许访问主机则为 unsafe，否则为 pure"`
	MemoryMiB   int            `json:"memory_mib,omitempty" title:"Memory (MiB)" zh:"内存（MiB）" more:"true" minimum:"16" maximum:"65536" doc:"Most that the code may use; empty is what the service allows" doc_zh:"代码可使用的最大内存；为空则使用服务默认值"`
}

var (
	mainFunction    = pattern.Of(`(?m)^(async[ \t]+)?def[ \t]+main[ \t]*\(`)
	environmentName = pattern.Of(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(@[1-9][0-9]*)?$`)
	identifier      = pattern.Of(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// Check finds what can be seen without running the code.
func (c Config) Check() []errs.Detail {
	var details []errs.Detail
	refuse := func(field, format string, args ...any) {
		details = append(details, errs.At(errs.Place{Field: "with." + field}, node.CodeConfigInvalid, format, args...))
	}
	if c.Code != "" && !mainFunction.MatchString(c.Code) {
		refuse("code", "The code needs a function main(), such as: def main(table): return table")
	}
	if _, err := flow.Duration(c.Timeout).Parse(); err != nil {
		refuse("timeout", "%v", err)
	}
	if c.Environment != "" && !environmentName.MatchString(c.Environment) && !strings.Contains(c.Environment, "{{") {
		refuse("environment", "%q cannot be an environment; write its name, or its name with a version, such as reports@3", c.Environment)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		if !identifier.MatchString(name) {
			refuse("env."+name, "%q cannot be the name of a variable; use letters, digits and _", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Args)) {
		if !identifier.MatchString(name) {
			refuse("args."+name, "%q cannot be a parameter of main(); use letters, digits and _", name)
		}
	}
	return details
}

// Types are the node types of this family.
func Types() []node.Type {
	return []node.Type{node.Define(node.Type{
		Name: "python",
		Doc: node.Doc{
			Title:   node.Text{EN: "Python", ZH: "Python"},
			Summary: node.Text{EN: "Runs your own Python code in a sandbox.", ZH: "在沙箱中运行自己的 Python 代码。"},
			Details: node.Text{
				EN: "Define `main()`. Each input becomes the parameter of its name: a table is a pandas DataFrame, a value is what its JSON says, a file is a path. `args` gives further parameters. What `main()` returns goes out at `result`: a DataFrame as a table, anything that JSON can hold as a value; a dict of DataFrames gives one output for each. `print()` goes to the log. The code sees no files but its own, and no network but the hosts that its environment allows.",
				ZH: "定义 `main()`。每个输入成为同名参数：表是 pandas DataFrame，值是其 JSON 内容，文件是路径。`args` 提供更多参数。`main()` 的返回值从 `result` 输出：DataFrame 作为表，可用 JSON 表示的内容作为值；由 DataFrame 组成的字典则每项对应一个输出。`print()` 写入日志。代码看不到其他文件，也只能访问其环境允许的主机。",
			},
			Family: "python", Icon: "brand-python", Keywords: []string{"code", "script", "pandas", "function"},
		},
		NamedInputs: true, OpenOutputs: true,
		Outputs: []node.Port{{Name: "result", Title: node.Text{EN: "Result", ZH: "结果"}}},
		Effect:  node.Pure, EffectOf: effectOf, EffectIn: effectIn, Code: codeOf, Key: packages, Pool: node.Python,
		Examples: []node.Example{
			{
				Title:  "A value of values",
				With:   map[string]any{"code": "def main(numbers, factor):\n    return {\"total\": sum(numbers) * factor}\n", "args": map[string]any{"factor": "{{ params.factor }}"}},
				Params: map[string]any{"factor": 2}, Inputs: map[string]json.RawMessage{"numbers": json.RawMessage(`[1, 2, 3]`)},
				Want: map[string]json.RawMessage{"result": json.RawMessage(`{"total": 12}`)},
			},
			{
				Title: "Without inputs", With: map[string]any{"code": "def main():\n    return \"done\"\n"},
				Want: map[string]json.RawMessage{"result": json.RawMessage(`"done"`)},
			},
		},
	}, run)}
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if call.Env.Python == nil {
		return nil, errs.Unavailable("python_unavailable", "The Python service is not there; start it, or tell the server where its interpreter is")
	}
	args, release, err := arguments(ctx, call, c.Args)
	defer release()
	if err != nil {
		return nil, err
	}
	result, err := call.Env.Python.Execute(ctx, node.PythonRequest{
		Environment: c.Environment, Effect: node.Effect(c.Effect),
		Tenant: call.Tenant, RunID: call.RunID, NodeID: call.NodeID, Code: c.Code, Args: args,
		Env: variables(c.Env), TimeoutSeconds: flow.Duration(c.Timeout).Std(0).Truncate(time.Millisecond).Seconds(), MemoryMiB: c.MemoryMiB, OnLog: call.Log,
	})
	if result.Close != nil {
		defer result.Close()
	}
	if err != nil {
		return nil, inCode(err)
	}
	call.Detail("usage", result.Usage)
	if result.Environment != "" {
		call.Detail("environment", result.Environment)
	}
	outputs := value.Outputs{}
	for port, o := range result.Outputs {
		v, err := output(ctx, call, o)
		if err != nil {
			return nil, err
		}
		outputs[port] = v
	}
	return outputs, nil
}

// effectOf is what the configuration says of repeating; an expression is not known yet and taken for the safest. Where
// nothing is said, effectIn has the last word.
func effectOf(config json.RawMessage) node.Effect {
	var c struct{ Effect any }
	if err := json.Unmarshal(config, &c); err != nil || c.Effect == nil || c.Effect == "" {
		return node.Pure
	}
	switch effect := node.Effect(fmt.Sprint(c.Effect)); effect {
	case node.Pure, node.Idempotent:
		return effect
	}
	return node.Unsafe
}

// effectIn is for code of which nothing is said: as long as it reaches nobody, nobody minds a repetition.
func effectIn(config json.RawMessage) func(*node.Env, string) node.Effect {
	var c struct {
		Effect      any
		Environment string
	}
	if err := json.Unmarshal(config, &c); err != nil || (c.Effect != nil && c.Effect != "") {
		return nil
	}
	return func(env *node.Env, tenant string) node.Effect {
		python, knows := env.Python.(node.Reacher)
		if knows && python.Reaches(context.Background(), tenant, c.Environment) {
			return node.Unsafe
		}
		return node.Pure
	}
}

// packages are what an outcome depends on beside the code.
func packages(ctx context.Context, call *node.Call) (string, error) {
	var c struct{ Environment string }
	if err := json.Unmarshal(call.Config, &c); err != nil {
		return "", errs.Internal(err)
	}
	python, knows := call.Env.Python.(node.Packager)
	if !knows {
		return "", nil
	}
	return python.Packages(ctx, call.Tenant, c.Environment)
}

// codeOf is the code as it is written: no expression is resolved in it.
func codeOf(config json.RawMessage) node.Program {
	var c struct{ Code, Environment string }
	if json.Unmarshal(config, &c) != nil || !mainFunction.MatchString(c.Code) {
		return node.Program{} // Check says so
	}
	return node.Program{Code: c.Code, Field: "with.code", Environment: c.Environment}
}

// variables makes texts of values, as a shell would have them.
func variables(given map[string]any) map[string]string {
	texts := make(map[string]string, len(given))
	for name, v := range given {
		text, ok := v.(string)
		if !ok && v != nil {
			if data, err := json.Marshal(v); err == nil {
				text = string(data)
			}
		}
		texts[name] = text
	}
	return texts
}

// arguments brings inputs and args together under the names of main()'s parameters.
func arguments(ctx context.Context, call *node.Call, given map[string]any) (args map[string]node.PythonArg, release func(), err error) {
	var releases []func()
	release = func() {
		for _, f := range releases {
			f()
		}
	}
	args = make(map[string]node.PythonArg, len(given)+len(call.Inputs))
	for _, name := range slices.Sorted(maps.Keys(call.Inputs)) {
		if len(call.Inputs[name]) == 0 {
			continue
		}
		v := call.Inputs[name][0]
		arg := node.PythonArg{Kind: v.Kind}
		if v.File != nil {
			arg.Name = v.File.Name
		}
		if v.Kind == value.JSON {
			if arg.JSON, err = call.JSON(ctx, v); err != nil {
				return nil, release, err
			}
		} else {
			path, done, err := local(ctx, call, v.Artifact)
			if err != nil {
				return nil, release, err
			}
			releases = append(releases, done)
			arg.Path = path
		}
		args[name] = arg
	}
	// The raw configuration keeps large integers as they are written.
	var raw struct {
		Args map[string]json.RawMessage `json:"args"`
	}
	if err := json.Unmarshal(call.Config, &raw); err != nil {
		return nil, release, errs.Internal(err)
	}
	for name, data := range raw.Args {
		if _, taken := args[name]; taken {
			d := errs.At(errs.Place{Field: "with.args." + name}, "argument_twice", "%s is an input already; give the argument another name", name)
			return nil, release, errs.Invalid("argument_twice", "The parameter %s is given twice", name).With(d)
		}
		args[name] = node.PythonArg{Kind: value.JSON, JSON: data}
	}
	return args, release, nil
}

func local(ctx context.Context, call *node.Call, ref *artifact.Ref) (string, func(), error) {
	if ref == nil {
		return "", nil, errs.Internal(errors.New("a table or file without an artifact came in"))
	}
	return call.Env.Artifacts.Path(ctx, call.Tenant, ref.ID)
}

func output(ctx context.Context, call *node.Call, o node.PythonOutput) (value.Value, error) {
	if o.Kind == value.JSON {
		return value.Value{Kind: value.JSON, MediaType: o.MediaType, Data: o.JSON}, nil
	}
	if o.Kind == value.Table && o.Table == nil {
		t, err := call.Env.Tables.Import(ctx, call.Tenant, o.Path, table.ImportOptions{Format: "parquet"}, nil)
		if err != nil {
			return value.Value{}, err
		}
		return value.Value{Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}, nil
	}
	media := o.MediaType
	if o.Kind == value.Table {
		media = table.MediaType
	}
	f, err := open(o.Path)
	if err != nil {
		return value.Value{}, err
	}
	defer func() { _ = f.Close() }()
	ref, err := call.Env.Artifacts.Put(ctx, call.Tenant, f, media)
	if err != nil {
		return value.Value{}, err
	}
	v := value.Value{Kind: o.Kind, Artifact: &ref, Table: o.Table}
	if o.Kind == value.File {
		v.File = &value.FileMeta{Name: o.Name, MediaType: media}
	}
	return v, nil
}

// open opens what the sandbox has left behind, which may be anything: only a plain file is taken, and no link followed.
func open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0) //nolint:gosec // the runner has checked the folder
	if err != nil {
		return nil, errs.Internal(err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, errs.Invalid("bad_result", "main() returned a file that is not a plain file")
	}
	return f, nil
}

// inCode puts an error that knows its line where the code is edited.
func inCode(err error) error {
	var e *errs.Error
	if !errors.As(err, &e) {
		return err
	}
	placed := *e
	placed.Details = slices.Clone(e.Details)
	for i := range placed.Details {
		if d := &placed.Details[i]; d.Line > 0 && d.Field == "" {
			d.Field = "with.code"
		}
	}
	return &placed
}
