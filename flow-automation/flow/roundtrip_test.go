package flow_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"dataflow/flow-automation/flow"
)

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"", "null", "true", "~", "1", "1.5", "1e3", "2026-01-01", "<<", "=", "- a", "a: b", "#x", " lead", "trail ", "\t", "a\nb", "a\n", "\na", " a\nb", "a \nb\n\n", "a\r\nb", "|", "> x", "'", "\"", "{{ params.x }}", "def main(t):\n    return t\n", "0x1F", "1_000", "yes", "é中", "\u2028x\n", "\ufeffa\nb", "a\n\tb\n", "# c\nb"}),
	)
}

func anyValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		top := 7
		if depth <= 0 {
			top = 5
		}
		switch rapid.IntRange(0, top).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return rapid.Int64().Draw(t, "int")
		case 3:
			return json.Number(rapid.StringMatching(`-?[1-9][0-9]{20,40}`).Draw(t, "big"))
		case 4:
			return rapid.Float64Range(-1e300, 1e300).Draw(t, "float")
		case 5:
			return anyText().Draw(t, "text")
		case 6:
			return rapid.SliceOfN(anyValue(depth-1), 0, 3).Draw(t, "list")
		default:
			return rapid.MapOfN(anyText(), anyValue(depth-1), 0, 3).Draw(t, "map")
		}
	})
}

func anyMap() *rapid.Generator[map[string]any] { return rapid.MapOfN(anyText(), anyValue(2), 0, 4) }

func anyNode(depth int) *rapid.Generator[flow.Node] {
	return rapid.Custom(func(t *rapid.T) flow.Node {
		n := flow.Node{
			ID: anyText().Draw(t, "id"), Type: anyText().Draw(t, "type"), Title: anyText().Draw(t, "title"),
			Version: rapid.IntRange(0, 3).Draw(t, "version"), Join: rapid.SampledFrom([]string{"", "any"}).Draw(t, "join"),
			With: anyMap().Draw(t, "with"), Timeout: flow.Duration(rapid.SampledFrom([]string{"", "5m", "1d"}).Draw(t, "timeout")),
			After: rapid.SliceOfN(anyText(), 0, 2).Draw(t, "after"),
			In:    rapid.MapOfN(anyText(), rapid.Map(rapid.SliceOfN(anyText(), 0, 3), func(s []string) flow.Sources { return s }), 0, 2).Draw(t, "in"),
		}
		if rapid.Bool().Draw(t, "retry") {
			n.Retry = &flow.Retry{Attempts: rapid.IntRange(0, 5).Draw(t, "attempts"), Backoff: &flow.Backoff{Initial: "1s", Factor: rapid.Float64Range(1, 3).Draw(t, "factor")}}
		}
		if depth > 0 {
			n.Nodes = rapid.SliceOfN(anyNode(depth-1), 0, 2).Draw(t, "nodes")
			n.Catch = rapid.SliceOfN(anyNode(depth-1), 0, 1).Draw(t, "catch")
			n.Finally = rapid.SliceOfN(anyNode(depth-1), 0, 1).Draw(t, "finally")
			n.Pin = anyMap().Draw(t, "pin")
			n.Deadline = flow.Duration(rapid.SampledFrom([]string{"", "1h"}).Draw(t, "deadline"))
			if rapid.Bool().Draw(t, "cache") {
				n.Cache = &flow.Cache{For: flow.Duration(rapid.SampledFrom([]string{"", "1h"}).Draw(t, "for"))}
			}
		}
		return n
	})
}

func anyDocument() *rapid.Generator[*flow.Document] {
	return rapid.Custom(func(t *rapid.T) *flow.Document {
		doc := &flow.Document{APIVersion: flow.APIVersion, Kind: flow.Kind}
		doc.Metadata.Name = anyText().Draw(t, "name")
		doc.Metadata.Description = anyText().Draw(t, "description")
		doc.Metadata.Labels = rapid.MapOfN(anyText(), anyText(), 0, 2).Draw(t, "labels")
		for _, name := range rapid.SliceOfNDistinct(anyText(), 0, 3, rapid.ID).Draw(t, "params") {
			raw, _ := json.Marshal(anyValue(1).Draw(t, "default"))
			doc.Spec.Params = append(doc.Spec.Params, flow.Param{Name: name, Type: "string", Default: raw})
		}
		doc.Spec.Vars = anyMap().Draw(t, "vars")
		doc.Spec.Nodes = rapid.SliceOfN(anyNode(1), 0, 3).Draw(t, "nodes")
		if rapid.Bool().Draw(t, "limits") {
			doc.Spec.SLA, doc.Spec.Priority = "5m", rapid.IntRange(-3, 3).Draw(t, "priority")
			doc.Spec.Concurrency = &flow.Concurrency{Limit: rapid.IntRange(0, 3).Draw(t, "limit"), Key: anyText().Draw(t, "key"), OnLimit: "skip"}
			doc.Spec.Rate = &flow.Rate{Limit: 3, Per: "1m"}
			doc.Spec.Retention = &flow.Retention{Age: "30d", Runs: rapid.IntRange(0, 9).Draw(t, "runs")}
		}
		doc.Spec.Layout = rapid.MapOfN(anyText(), rapid.SliceOfN(rapid.Float64Range(-1e4, 1e4), 2, 2), 0, 2).Draw(t, "layout")
		return doc
	})
}

// throughJSON is the document as the model keeps it, which normalises what has the same meaning.
func throughJSON(t rapid.TB, doc *flow.Document) *flow.Document {
	t.Helper()
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	back, err := flow.ParseJSON(data)
	if err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return back
}

func TestEveryDocumentSurvivesYAMLAndJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := throughJSON(t, anyDocument().Draw(t, "doc"))
		text, err := flow.Encode(doc)
		if err != nil {
			t.Fatal(err)
		}
		back, places, err := flow.Parse(text)
		if err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		if !reflect.DeepEqual(doc, back) {
			t.Fatalf("%#v\nbecame\n%#v\nby\n%s", doc, back, text)
		}
		if again := throughJSON(t, back); !reflect.DeepEqual(doc, again) {
			t.Fatalf("JSON changed %#v into %#v", doc, again)
		}
		if line, _ := places.Of("spec.nodes"); line == 0 {
			t.Fatal("no place for spec.nodes")
		}
		flow.Validate(back, places)
	})
}

func TestPatchMeansTheNewDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := throughJSON(t, anyDocument().Draw(t, "before")), throughJSON(t, anyDocument().Draw(t, "after"))
		source, err := flow.Encode(before)
		if err != nil {
			t.Fatal(err)
		}
		patched, err := flow.Patch(source, after)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := flow.Parse(patched)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, after) {
			t.Fatalf("the patched text means something else:\n%s", patched)
		}
	})
}
