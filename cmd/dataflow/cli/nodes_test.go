package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	automation "dataflow/flow-automation"
)

func TestNodesAreListed(t *testing.T) {
	m := newTerminal(t)
	require.Equal(t, exitOK, m.run("nodes"), m.err.String())
	for _, name := range append(automation.NodeTypes().Names(), automation.TriggerTypes().Names()...) {
		require.Contains(t, m.out.String(), "  "+name+" ")
	}

	family := newTerminal(t)
	require.Equal(t, exitOK, family.run("nodes", "time"), family.err.String())
	require.Contains(t, family.out.String(), "time.now")
	require.NotContains(t, family.out.String(), "text.split")

	chinese := newTerminal(t)
	require.Equal(t, exitOK, chinese.run("nodes", "text", "--language", "zh"), chinese.err.String())
	require.Contains(t, chinese.out.String(), "把文本切成列表。")
}

// Every type can be explained, with each of its fields and examples.
func TestNodesAreExplained(t *testing.T) {
	for _, k := range catalogue() {
		m := newTerminal(t)
		require.Equal(t, exitOK, m.run("nodes", k.name), m.err.String())
		for _, f := range k.config.Fields() {
			require.Contains(t, m.out.String(), "  "+f.Path+"  ", k.name)
			require.Contains(t, m.out.String(), f.Doc, k.name)
		}
		for _, ex := range k.examples {
			require.Contains(t, m.out.String(), ex.Title, k.name)
		}
	}
	m := newTerminal(t)
	require.Equal(t, exitOK, m.run("nodes", "text.split"))
	require.Contains(t, m.out.String(), `separator  string, default ","`)
	require.Contains(t, m.out.String(), `# out  value = ["red","green","blue"]`)

	kinds := newTerminal(t)
	require.Equal(t, exitOK, kinds.run("nodes", "quality.check"))
	require.Contains(t, kinds.out.String(), "rules[].pattern  string, only with check: pattern\n")
	kinds = newTerminal(t)
	require.Equal(t, exitOK, kinds.run("nodes", "quality.check", "--language", "zh"))
	require.Contains(t, kinds.out.String(), "rules[].tolerance  number，仅用于 severity：fail\n")
}

func TestNodesAsJSONAreThoseOfTheAPI(t *testing.T) {
	m := newTerminal(t)
	require.Equal(t, exitOK, m.run("nodes", "--json"), m.err.String())
	var all struct{ Items, Triggers []struct{ Name string } }
	require.NoError(t, json.Unmarshal([]byte(m.out.String()), &all))
	require.Len(t, all.Items, len(automation.NodeTypes().Names()))
	require.Len(t, all.Triggers, len(automation.TriggerTypes().Names()))

	one := newTerminal(t)
	require.Equal(t, exitOK, one.run("nodes", "json.get", "--json"))
	var typ struct {
		Name   string
		Config struct{ Properties map[string]any }
	}
	require.NoError(t, json.Unmarshal([]byte(one.out.String()), &typ))
	require.Equal(t, "json.get", typ.Name)
	require.Contains(t, typ.Config.Properties, "path")

	several := newTerminal(t)
	require.Equal(t, exitOK, several.run("nodes", "trigger", "--json"))
	var list []struct{ Name string }
	require.NoError(t, json.Unmarshal([]byte(several.out.String()), &list))
	require.Len(t, list, len(all.Triggers))
}

func TestNodesWrongly(t *testing.T) {
	for name, c := range map[string]struct {
		args  []string
		wants string
	}{
		"unknown":    {[]string{"text.splt"}, `Did you mean "text.split"`},
		"two":        {[]string{"a", "b"}, `dataflow nodes takes [TYPE or FAMILY], and was given "a" "b"`},
		"both":       {[]string{"--json", "--markdown"}, "choose one"},
		"one page":   {[]string{"text", "--markdown"}, "whole reference"},
		"a language": {[]string{"--language", "fr"}, "en or zh"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newTerminal(t)
			require.Equal(t, exitUsage, m.run(append([]string{"nodes"}, c.args...)...), m.err.String())
			require.Contains(t, m.err.String(), c.wants)
		})
	}
}

// The reference in docs is what the types say today, in both languages; every link in it leads somewhere.
func TestTheReferenceIsFresh(t *testing.T) {
	for language, file := range map[string]string{"en": "../../../docs/nodes.md", "zh": "../../../docs/nodes_zh.md"} {
		m := newTerminal(t)
		require.Equal(t, exitOK, m.run("nodes", "--markdown", "--language", language), m.err.String())
		kept, err := os.ReadFile(file)
		require.NoError(t, err)
		require.True(t, string(kept) == m.out.String(), "%s is stale: run make generate and commit it", file)
		for _, k := range catalogue() {
			require.Equal(t, 1, strings.Count(m.out.String(), `<a id="`+anchor(k)+`"></a>`), k.name)
			require.Contains(t, m.out.String(), "["+k.name+"](#"+anchor(k)+")")
		}
	}
}
