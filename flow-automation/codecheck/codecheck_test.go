package codecheck_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"dataflow/flow-automation/codecheck"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/python"
	"dataflow/ide-go-lib/errs"
)

// sandbox refuses code with the word bad in it, and counts how often it is asked.
type sandbox struct {
	asked int
	err   error
	wait  bool
}

func (s *sandbox) Inspect(ctx context.Context, tenant, environment, code string) (node.PythonSignature, error) {
	s.asked++
	if s.wait {
		<-ctx.Done()
		return node.PythonSignature{}, ctx.Err()
	}
	var out node.PythonSignature
	if strings.Contains(code, "bad") && tenant == "strict" {
		out.Findings = []node.PythonFinding{
			{Severity: flow.Error, Code: "policy", Message: "bad is not allowed; use good.", Line: 2},
			{Severity: flow.Warning, Code: "style", Message: "long", Line: 1},
		}
	}
	if environment != "" {
		out.Findings = append(out.Findings, node.PythonFinding{Severity: flow.Warning, Code: node.FindingImportMissing, Message: "no x in " + environment, Line: 1})
	}
	return out, s.err
}

const text = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: f}
spec:
  nodes:
    - id: each
      type: control.map
      with: {items: "{{ [1] }}"}
      nodes:
        - id: inner
          type: python
          with:
            code: |
              def main():
                  return bad
    - {id: fine, type: python, with: {code: "def main(): return 1"}}
    - {id: other, type: value.set}
`

func checker(t *testing.T, s *sandbox) (*codecheck.Checker, *flow.Document, *flow.Places) {
	t.Helper()
	doc, places, err := flow.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return codecheck.New(node.NewRegistry(python.Types()), s, slog.New(slog.DiscardHandler)), doc, places
}

func TestCodeIsCheckedAtAllDepthsAndOnce(t *testing.T) {
	s := &sandbox{}
	c, doc, places := checker(t, s)
	for range 2 {
		got := c.Problems(t.Context(), "strict", doc, places)
		if len(got) != 1 {
			t.Fatalf("%+v", got)
		}
		p := got[0]
		if p.Node != "inner" || p.Field != "with.code" || p.Severity != flow.Error || p.Line != 13 || p.Message != "Line 2 of the code: bad is not allowed; use good." {
			t.Errorf("%+v", p)
		}
	}
	if s.asked != 2 {
		t.Errorf("asked %d times for two programs", s.asked)
	}
	if got := c.Problems(t.Context(), "loose", doc, nil); len(got) != 0 || s.asked != 4 {
		t.Errorf("the answer for one tenant was given to another: %+v, asked %d times", got, s.asked)
	}
}

func TestASandboxThatIsNotThereKeepsNobodyFromSaving(t *testing.T) {
	for why, s := range map[string]*sandbox{
		"The code was not checked: Nobody is there. ":              {err: errs.Unavailable("away", "Nobody is there").Wrap(errors.New("secret"))},
		"The code was not checked: Something went wrong on":        {err: errors.New("secret")},
		"The code was not checked: the Python service did not ans": {wait: true},
	} {
		c, doc, places := checker(t, s)
		got := c.Problems(t.Context(), "strict", doc, places)
		if len(got) != 2 {
			t.Fatalf("%+v", got)
		}
		if p := got[0]; p.Severity != flow.Warning || p.Code != "code_unchecked" || p.Node != "inner" || p.Line != 13 ||
			!strings.HasPrefix(p.Message, why) || strings.Contains(p.Message, "secret") {
			t.Errorf("%+v", p)
		}
		s.err, s.wait = nil, false
		if got := c.Problems(t.Context(), "strict", doc, places); len(got) != 1 {
			t.Errorf("no answer was taken for an answer: %+v", got)
		}
	}
}

// What an environment has not is asked again and again, since it may have it by now.
func TestImportsThatAreMissing(t *testing.T) {
	s := &sandbox{}
	c, doc, places := checker(t, s)
	doc.Spec.Find("fine").With["environment"] = "reports"
	for range 2 {
		got := c.Problems(t.Context(), "loose", doc, places)
		if len(got) != 1 || got[0].Severity != flow.Warning || got[0].Code != "import_missing" || got[0].Message != "Line 1 of the code: no x in reports" {
			t.Errorf("%+v", got)
		}
	}
	if s.asked != 3 {
		t.Errorf("asked %d times", s.asked)
	}
}

// policed is a sandbox whose tenants may change their policy.
type policed struct {
	sandbox
	policy string
}

func (p *policed) PolicyOf(string) string { return p.policy }

func TestAnAnswerIsOfItsPolicy(t *testing.T) {
	s := &policed{}
	_, doc, _ := checker(t, &s.sandbox)
	c := codecheck.New(node.NewRegistry(python.Types()), s, slog.New(slog.DiscardHandler))
	for _, s.policy = range []string{"restricted", "isolated", "restricted"} {
		c.Problems(t.Context(), "strict", doc, nil)
	}
	if s.asked != 4 {
		t.Errorf("asked %d times for two programs under two policies", s.asked)
	}
}

// signed has a parameter that must be given, and one that need not.
type signed struct{}

func (signed) Inspect(context.Context, string, string, string) (node.PythonSignature, error) {
	return node.PythonSignature{Params: []byte(`{"type": "object", "properties": {"rows": {}, "least": {}}, "required": ["rows"]}`)}, nil
}

func TestParametersThatNothingIsGivenFor(t *testing.T) {
	for given, want := range map[string]string{
		"":                                   "with.args: main() has the parameter rows, which nothing is given for",
		", in: {row: a}":                     "with.args: main()",
		", in: {rows: a}":                    "",
		`, with: {args: {rows: 1}}`:          "",
		`, with: {args: "{{ params.all }}"}`: "",
	} {
		doc, places, err := flow.Parse([]byte("apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: f}\nspec:\n  nodes:\n    - {id: p, type: python" + given + "}\n"))
		if err != nil {
			t.Fatal(err)
		}
		n := doc.Spec.Find("p")
		if n.With == nil {
			n.With = map[string]any{}
		}
		n.With["code"] = "def main(rows, least=1): return rows"
		said := ""
		for _, p := range codecheck.New(node.NewRegistry(python.Types()), signed{}, slog.New(slog.DiscardHandler)).Problems(t.Context(), "default", doc, places) {
			said += p.Field + ": " + p.Message
			if p.Severity != flow.Error || p.Code != node.CodeInputMissing || p.Line != 6 || !strings.Contains(p.MessageZH, "rows") {
				t.Errorf("%+v", p)
			}
		}
		if !strings.HasPrefix(said, want) || want == "" && said != "" {
			t.Errorf("%q: %q, want %q", given, said, want)
		}
	}
}
