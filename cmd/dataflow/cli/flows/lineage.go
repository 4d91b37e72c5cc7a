package flows

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/lineage"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
)

func newLineage(w *console.World) *cobra.Command {
	var column string
	var version remote.Version
	cmd := &cobra.Command{
		Use:   "lineage NAME",
		Short: "Tell which data a flow reads and writes, and where its columns come from",
		Long: `Tell which data a flow reads and writes, and of each column that it writes which columns it comes from. Nothing is run:
columns that only a run can tell are those of the last one, and what is not known is said at the end.

With --column it shows, as a tree, what one column is made of, down to the data that the flow reads, and then what is made of
it. A column is written node.column, or node.port.column where the node has several outputs.

` + remote.LoginHelp,
		Example: `  dataflow flows lineage nightly
  dataflow flows lineage nightly --column totals.amount
  dataflow flows lineage nightly --version 3 --json | jq '.datasets[].name'`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&column, "column", "", "only this `node.column`, with all that it is made of")
	version.Flag(cmd, cmd.Flags(), "to tell of")
	remote.Complete(w, cmd, 1, remote.FlowNames)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, names []string) error {
		f, err := c.FindFlow(ctx, names[0])
		if err != nil {
			return err
		}
		number, err := version.Of(f)
		if err != nil {
			return err
		}
		g, err := c.Lineage(ctx, f.ID, number)
		if err != nil {
			return err
		}
		p := lineagePrinter{v, &g}
		if column == "" {
			if v.JSON {
				return v.Print(g)
			}
			p.flow()
			return nil
		}
		at, err := columnOf(&g, column)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(map[string]any{
				"node": at.Node, "port": at.Port, "column": at.Column, "sources": g.Sources(at.Node, at.Port, at.Column), "targets": g.Targets(at.Node, at.Port, at.Column),
				"gaps": g.Gaps, "complete": g.Complete,
			})
		}
		p.column(at)
		return nil
	})
}

// columnOf finds the column that a person means.
func columnOf(g *lineage.Graph, text string) (lineage.Origin, error) {
	id, rest, _ := strings.Cut(text, ".")
	n := g.Node(id)
	if n == nil {
		ids := make([]string, 0, len(g.Nodes))
		for _, n := range g.Nodes {
			ids = append(ids, n.ID)
		}
		return lineage.Origin{}, errs.NotFound("node_unknown", "The flow has no node %q.", id).WithHint("%s", near.Say(id, ids))
	}
	var known []string
	for _, p := range n.Ports {
		for _, c := range p.Columns {
			if rest == c.Name || rest == p.Name+"."+c.Name {
				return lineage.Origin{Node: id, Port: p.Name, Column: c.Name}, nil
			}
			known = append(known, c.Name)
		}
	}
	hint := near.Hint(rest, known)
	if len(known) == 0 {
		hint = "Its columns are not known; run the flow once."
	}
	return lineage.Origin{}, errs.NotFound("column_unknown", "The node %s has no column %q.", id, rest).WithHint("%s", hint)
}

type lineagePrinter struct {
	*remote.Verb
	g *lineage.Graph
}

func (p lineagePrinter) heading(text string) {
	console.Say(p.Stdout, "%s\n", console.Paint(p.Color(), console.Bold, text))
}

// name is how people call a place.
func (p lineagePrinter) name(o lineage.Origin) string {
	name := o.Node
	if d := p.g.Dataset(o.Dataset); d != nil {
		name = d.Name
	} else if n := p.g.Node(o.Node); n != nil && len(n.Ports) > 1 && o.Port != "" {
		name += "." + o.Port
	}
	if o.Column == "" {
		return console.Printable(name)
	}
	return console.Printable(name + "." + o.Column)
}

func ways(how []table.How) string {
	parts := make([]string, len(how))
	for i, h := range how {
		parts[i] = strings.ToLower(strings.ReplaceAll(string(h), "_", " "))
	}
	return strings.Join(parts, ", ")
}

// flow tells of the whole flow.
func (p lineagePrinter) flow() {
	if len(p.g.Datasets) == 0 {
		console.Say(p.Stdout, "The flow reads and writes no data outside of itself.\n")
	} else {
		t := console.Table{Header: []string{"DATA", "KIND", "READ BY", "WRITTEN BY", "WHERE"}}
		for _, d := range p.g.Datasets {
			t.Add(console.Text(d.Name), console.Text(d.Kind), console.Text(dash(d.Reads)), console.Text(dash(d.Writes)), console.Cell{Text: d.Namespace, Style: console.Dim})
		}
		t.Write(p.Stdout, p.Color())
	}
	for _, d := range p.g.Datasets {
		if len(d.Writes) == 0 {
			continue
		}
		console.Say(p.Stdout, "\n")
		p.heading(console.Printable(d.Name))
		t := console.Table{Header: []string{"COLUMN", "COMES FROM", "HOW"}}
		for _, c := range d.Columns {
			p.sources(&t, c.Name, valued(p.g.SourcesOf(d.ID, c.Name)))
		}
		if len(d.Columns) == 0 {
			p.sources(&t, "(all)", p.g.SourcesOf(d.ID, ""))
		}
		p.sources(&t, "(rows)", p.g.Decides(d.ID))
		t.Write(p.Stdout, p.Color())
	}
	p.given()
	p.gaps()
}

// valued leaves out what only decides about rows, which is shown by itself.
func valued(from []lineage.Origin) (out []lineage.Origin) {
	for _, o := range from {
		o.How = slices.DeleteFunc(slices.Clone(o.How), table.How.OfRows)
		if len(o.How) > 0 {
			out = append(out, o)
		}
	}
	return out
}

func (p lineagePrinter) sources(t *console.Table, name string, from []lineage.Origin) {
	if len(from) == 0 && name != "(rows)" {
		t.Add(console.Text(name), console.Cell{Text: "nothing that comes in", Style: console.Dim}, console.Text(""))
	}
	for _, o := range from {
		t.Add(console.Text(name), console.Text(p.name(o)), console.Text(ways(o.How)))
		name = ""
	}
}

func (p lineagePrinter) given() {
	if len(p.g.Inputs) == 0 {
		return
	}
	console.Say(p.Stdout, "\n")
	t := console.Table{Header: []string{"GIVEN", "USED BY"}}
	for _, in := range p.g.Inputs {
		name := in.Kind
		if in.Name != "" {
			name += " " + in.Name
		}
		t.Add(console.Text(name), console.Text(strings.Join(in.Nodes, ", ")))
	}
	t.Write(p.Stdout, p.Color())
}

// gaps says that the lineage is incomplete, where and why.
func (p lineagePrinter) gaps() {
	said := false
	for _, gap := range p.g.Gaps {
		if gap.Code == lineage.InputsUnknown && len(p.g.Gaps) > 1 { // follows from another
			continue
		}
		if !said {
			said = true
			p.Note("The lineage is incomplete:\n")
		}
		where := gap.Node
		if where == "" {
			where = "the flow"
		}
		p.Note("  %s: %s\n", console.Printable(where), console.Printable(gap.Message))
	}
}

func dash(list []string) string {
	if len(list) == 0 {
		return "–"
	}
	return strings.Join(list, ", ")
}

// column shows what one column is made of, and what is made of it.
func (p lineagePrinter) column(at lineage.Origin) {
	p.heading(p.name(at))
	p.tree(at, "", map[string]bool{})
	targets := p.g.Targets(at.Node, at.Port, at.Column)
	if len(targets) > 0 {
		console.Say(p.Stdout, "\n")
		t := console.Table{Header: []string{"GOES INTO", "HOW"}}
		for _, o := range targets {
			t.Add(console.Text(p.name(o)), console.Text(ways(o.How)))
		}
		t.Write(p.Stdout, p.Color())
	}
	p.gaps()
}

// tree prints what a place comes from; what has been shown already is not taken apart again.
func (p lineagePrinter) tree(at lineage.Origin, indent string, shown map[string]bool) {
	next := p.g.Step(at)
	for i, o := range next {
		branch, further := "├─ ", "│  "
		if i == len(next)-1 {
			branch, further = "└─ ", "   "
		}
		key := o.Dataset + "\x00" + o.Node + "\x00" + o.Port + "\x00" + o.Column
		again := shown[key] && len(p.g.Step(o)) > 0
		mark := ""
		if again {
			mark = console.Paint(p.Color(), console.Dim, " (above)")
		}
		console.Say(p.Stdout, "%s%s%s  %s%s\n", indent, branch, p.name(o), console.Paint(p.Color(), console.Dim, ways(o.How)), mark)
		if !again {
			shown[key] = true
			p.tree(o, indent+further, shown)
		}
	}
}
