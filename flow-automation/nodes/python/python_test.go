package python_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/python"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

var typ = python.Types()[0]

// runner answers what the test says and keeps what it was asked.
type runner struct {
	asked  node.PythonRequest
	result node.PythonResult
	err    error
}

func (r *runner) Execute(_ context.Context, req node.PythonRequest) (node.PythonResult, error) {
	r.asked = req
	return r.result, r.err
}

func (r *runner) Inspect(context.Context, string, string, string) (node.PythonSignature, error) {
	return node.PythonSignature{}, nil
}

// reacher is a runner in whose environment "open" code may reach hosts.
type reacher struct{ runner }

func (*reacher) Reaches(_ context.Context, _, environment string) bool { return environment == "open" }

// What is said of repeating counts; where nothing is said it is what the code may reach.
func TestEffect(t *testing.T) {
	for config, want := range map[string]node.Effect{
		`{}`:                                           node.Pure,
		`{"environment":"closed"}`:                     node.Pure,
		`{"environment":"open"}`:                       node.Unsafe,
		`{"environment":"open","effect":""}`:           node.Unsafe,
		`{"environment":"open","effect":"pure"}`:       node.Pure,
		`{"environment":"open","effect":"idempotent"}`: node.Idempotent,
		`{"environment":"closed","effect":"unsafe"}`:   node.Unsafe,
		`{"effect":"{{ params.effect }}"}`:             node.Unsafe,
	} {
		got := typ.EffectFor(json.RawMessage(config))
		if ask := typ.EffectIn(json.RawMessage(config)); ask != nil {
			got = ask(&node.Env{Python: &reacher{}}, "default")
		}
		if got != want {
			t.Errorf("%s is %s, want %s", config, got, want)
		}
	}
	if got := typ.EffectIn(json.RawMessage(`{"environment":"open"}`))(&node.Env{Python: &runner{}}, "default"); got != node.Pure {
		t.Error(got)
	}
}

func (*reacher) Packages(_ context.Context, tenant, environment string) (string, error) {
	return tenant + " " + environment, nil
}

// A kept outcome is that of the packages it was computed with.
func TestKeyIsOfTheEnvironment(t *testing.T) {
	for config, want := range map[string]string{`{"environment":"open"}`: "acme open", `{}`: "acme "} {
		c := &node.Call{Tenant: "acme", Config: json.RawMessage(config), Env: &node.Env{Python: &reacher{}}}
		if got, err := typ.Key(t.Context(), c); got != want || err != nil {
			t.Errorf("%s has the key %q and %v, want %q", config, got, err, want)
		}
	}
}

const code = `"code":"def main(**k): return k"`

func call(t *testing.T, r *runner, config string, inputs map[string][]value.Value) (value.Outputs, *node.Call, error) {
	t.Helper()
	store, err := local.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := &node.Call{Tenant: "default", RunID: "run", NodeID: "n", Config: json.RawMessage(config), Inputs: inputs, Env: &node.Env{Artifacts: store}, Detail: func(string, any) {}}
	if r != nil {
		c.Env.Python = r
	}
	out, err := typ.Run(t.Context(), c)
	return out, c, err
}

func TestInputsAndArgumentsBecomeParameters(t *testing.T) {
	r := &runner{result: node.PythonResult{Outputs: map[string]node.PythonOutput{"result": {Kind: value.JSON, JSON: json.RawMessage("1")}}}}
	in := map[string][]value.Value{"rows": {{Kind: value.JSON, Data: json.RawMessage(`[1]`)}}, "nothing": nil}
	out, _, err := call(t, r, `{`+code+`,"args":{"big":12345678901234567890,"x":null},"env":{"MODE":"test","N":3},"timeout":"1m30s","memory_mib":64}`, in)
	if err != nil || string(out["result"].Data) != "1" {
		t.Fatal(err, out)
	}
	if a := r.asked; len(a.Args) != 3 || string(a.Args["rows"].JSON) != "[1]" || string(a.Args["big"].JSON) != "12345678901234567890" || a.TimeoutSeconds != 90 || a.MemoryMiB != 64 || a.Env["MODE"] != "test" || a.Env["N"] != "3" {
		t.Fatalf("%+v", a)
	}
	_, _, err = call(t, r, `{`+code+`,"args":{"rows":1}}`, in)
	if e := errs.From(err); e == nil || e.Code != "argument_twice" || e.Details[0].Field != "with.args.rows" {
		t.Fatal(err)
	}
}

func TestErrorsStandInTheCode(t *testing.T) {
	r := &runner{err: errs.Invalid("python_error", "ValueError: x").With(errs.Detail{Message: "raise", Place: errs.Place{Line: 3}})}
	_, _, err := call(t, r, `{`+code+`}`, nil)
	if e := errs.From(err); e.Details[0].Field != "with.code" || e.Details[0].Line != 3 {
		t.Fatalf("%+v", e)
	}
	_, _, err = call(t, nil, `{`+code+`}`, nil)
	if !errors.Is(err, &errs.Error{Code: "python_unavailable"}) {
		t.Fatal(err)
	}
}

func TestOutputsAreKeptAndClosed(t *testing.T) {
	dir := t.TempDir()
	path, closed := filepath.Join(dir, "out.txt"), false
	if err := os.WriteFile(path, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &runner{result: node.PythonResult{Close: func() { closed = true }, Outputs: map[string]node.PythonOutput{
		"result": {Kind: value.File, Path: path, Name: "out.txt", MediaType: "text/plain"},
		"birds":  {Kind: value.Table, Path: path, Table: &table.Meta{Rows: 2}},
	}}}
	out, c, err := call(t, r, `{`+code+`}`, nil)
	if err != nil || !closed {
		t.Fatal(err, closed)
	}
	content, err := c.Env.Artifacts.Open(t.Context(), "default", out["result"].Artifact.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = content.Close() }()
	text, _ := io.ReadAll(content)
	if string(text) != "hello" || out["result"].File.Name != "out.txt" || out["birds"].Table.Rows != 2 || out["birds"].Artifact.MediaType != table.MediaType {
		t.Fatalf("%s, %+v", text, out)
	}
}

// What lies in the sandbox's folder was made by a stranger.
func TestOutputThatIsNotAPlainFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink("/etc/passwd", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, dir} {
		r := &runner{result: node.PythonResult{Outputs: map[string]node.PythonOutput{"result": {Kind: value.File, Path: path, Name: "x"}}}}
		if out, _, err := call(t, r, `{`+code+`}`, nil); err == nil {
			t.Errorf("%s was taken: %+v", path, out)
		}
	}
}

func TestCheck(t *testing.T) {
	for config, field := range map[string]string{
		`{"code":"x = 1"}`:                    "with.code",
		`{"code":"# def main():\n"}`:          "with.code",
		`{` + code + `,"timeout":"5"}`:        "with.timeout",
		`{` + code + `,"args":{"a b":1}}`:     "with.args.a b",
		`{` + code + `,"env":{"a b":1}}`:      "with.env.a b",
		`{"code":"async def main(): pass"}`:   "",
		`{"code":"def main(\n  a):\n  pass"}`: "",
	} {
		got := ""
		if d := typ.Check(json.RawMessage(config)); len(d) > 0 {
			got = d[0].Field
		}
		if got != field {
			t.Errorf("%s: %q", config, got)
		}
	}
}
