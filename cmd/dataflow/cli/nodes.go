package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	automation "dataflow/flow-automation"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/spec"
)

func newNodes(w *World) *cobra.Command {
	var asJSON, asMarkdown bool
	var language string
	c := &cobra.Command{
		Use:   "nodes [TYPE or FAMILY]",
		Short: "List the types of nodes and triggers, or explain one",
		Long: `List the types of nodes and triggers that flows are made of. With a type, explain it: its ports, the fields of its
configuration and examples. With a family, such as text, list only that.

--json gives what the API answers for node types. --markdown gives the whole reference, as it is in docs/nodes.md.`,
		Example: `  dataflow nodes
  dataflow nodes text.split
  dataflow nodes table.filter --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if language != "en" && language != "zh" {
				return usagef("--language is en or zh, not %q", language)
			}
			if asJSON && asMarkdown {
				return usagef("choose one of --json and --markdown")
			}
			list := catalogue()
			speak := &reference{zh: language == "zh", out: w.Stdout}
			if len(args) == 0 {
				switch {
				case asJSON:
					return writeJSON(w.Stdout, api.Describe(automation.NodeTypes(), automation.TriggerTypes()))
				case asMarkdown:
					return speak.markdown(list)
				}
				speak.list(list)
				return nil
			}
			if asMarkdown {
				return usagef("--markdown gives the whole reference; leave %s out", args[0])
			}
			chosen, one := choose(list, args[0])
			switch {
			case len(chosen) == 0:
				return usagef("there is no node type %q. %s", args[0], near.Hint(args[0], names(list)))
			case asJSON && one:
				return writeJSON(w.Stdout, chosen[0].wire())
			case asJSON:
				wires := make([]api.NodeType, len(chosen))
				for i := range chosen {
					wires[i] = chosen[i].wire()
				}
				return writeJSON(w.Stdout, wires)
			case one:
				return speak.explain(chosen[0])
			}
			speak.list(chosen)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&asMarkdown, "markdown", false, "print the reference as Markdown")
	c.Flags().StringVar(&language, "language", "en", "`language` of titles and texts: en or zh")
	return c
}

// kind is a type of node or of trigger.
type kind struct {
	name     string
	trigger  bool
	doc      node.Doc
	config   *spec.Schema
	node     *node.Type // of a node
	examples []node.Example
}

// family is the group that a kind belongs to.
func (k kind) family() string {
	if k.trigger {
		return triggerFamily
	}
	return k.doc.Family
}

// wire is the kind as the API describes it.
func (k kind) wire() api.NodeType {
	all := api.Describe(automation.NodeTypes(), automation.TriggerTypes())
	in := all.Items
	if k.trigger {
		in = all.Triggers
	}
	return in[slices.IndexFunc(in, func(t api.NodeType) bool { return t.Name == k.name })]
}

const triggerFamily = "trigger"

// families come in the order in which a pipeline mostly uses them, those that are not named here behind.
var families = []string{triggerFamily, "file", "table", "python", "chart", "control", "http", "value", "text", "json", "time"}

// catalogue gives all kinds in the order of their families and names.
func catalogue() []kind {
	triggers, nodes := automation.TriggerTypes().All(), automation.NodeTypes().All()
	list := make([]kind, 0, len(triggers)+len(nodes))
	for _, t := range triggers {
		list = append(list, kind{name: t.Name, trigger: true, doc: t.Doc, config: t.Config, examples: t.Examples})
	}
	for _, t := range nodes {
		list = append(list, kind{name: t.Name, doc: t.Doc, config: t.Config, node: t, examples: t.Examples})
	}
	rank := func(k kind) int {
		if at := slices.Index(families, k.family()); at >= 0 {
			return at
		}
		return len(families)
	}
	slices.SortStableFunc(list, func(a, b kind) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a.family(), b.family())
	})
	return list
}

// choose gives the one kind of that name, or those of that family.
func choose(list []kind, name string) (chosen []kind, one bool) {
	for _, k := range list {
		if k.name == name {
			return []kind{k}, true
		}
		if k.family() == name {
			chosen = append(chosen, k)
		}
	}
	return chosen, false
}

func names(list []kind) []string {
	all := make([]string, len(list))
	for i, k := range list {
		all[i] = k.name
	}
	return all
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
