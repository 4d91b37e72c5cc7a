// Package connections is the commands about the connections of a server: list, create, update, test, browse, delete, and rotate, which works on a data folder.
package connections

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/connection"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// New gives `dataflow connections`.
func New(w *console.World) *cobra.Command {
	return remote.Group("connections", "Look after connections: ways to other systems",
		`Look after the connections of a server: named ways to other systems, which the nodes of flows use. Their secrets are sealed
and shown to nobody.

`+remote.LoginHelp,
		`  dataflow connections create warehouse postgres host=db.example.org database=shop user=dataflow
  dataflow connections update warehouse max_connections=8
  dataflow connections test warehouse
  dataflow connections browse warehouse public.orders --rows 10
  dataflow connections delete warehouse`,
		newList(w), newCreate(w), newUpdate(w), newTest(w), newBrowse(w), newDelete(w), newRotate(w))
}

// names completes the names of connections.
func names(ctx context.Context, c *client.Client, _ string) ([]string, error) {
	list, err := c.Connections(ctx)
	found := make([]string, 0, len(list))
	for _, one := range list {
		found = append(found, one.Name+"\t"+one.Target)
	}
	return found, err
}

func newList(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List connections", Long: remote.LoginHelp, Args: cobra.NoArgs,
		Example: `  dataflow connections list
  dataflow connections list --json`,
	}
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, _ []string) error {
		list, err := c.Connections(ctx)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(list)
		}
		t := console.Table{Header: []string{"NAME", "KIND", "TARGET", "LAST TEST"}}
		for _, one := range list {
			t.Add(console.Text(one.Name), console.Text(one.Kind), console.Text(one.Target), state(one.LastTest))
		}
		t.Write(v.Stdout, v.Color())
		return nil
	})
}

func state(t *connection.Test) console.Cell {
	switch {
	case t == nil:
		return console.Cell{Text: "never", Style: console.Dim}
	case t.Outdated && t.OK:
		return console.Cell{Text: "changed since; worked before", Style: console.Dim}
	case t.Outdated:
		return console.Cell{Text: "changed since; failed before", Style: console.Dim}
	case t.OK:
		return console.Cell{Text: "works: " + t.Message, Style: console.Green}
	}
	return console.Cell{Text: "fails: " + t.Message, Style: console.Red}
}

func newTest(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use: "test NAME", Short: "Try a connection", Args: cobra.ExactArgs(1),
		Long:    "Try a connection: connect, and ask what answers. When that fails the exit code is 4.\n\n" + remote.LoginHelp,
		Example: "  dataflow connections test warehouse",
	}
	remote.Complete(w, cmd, 1, names)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		return try(ctx, v, c, args[0])
	})
}

// try tests a connection; the error of one that does not work says why.
func try(ctx context.Context, v *remote.Verb, c *client.Client, name string) error {
	result, err := c.TestConnection(ctx, name)
	if err != nil {
		return err
	}
	if v.JSON {
		if err := v.Print(result); err != nil {
			return err
		}
	} else if result.OK {
		console.Say(v.Stdout, "%s works: %s\n", name, result.Message)
	}
	if result.OK {
		return nil
	}
	e := errs.Invalid(result.Code, "%s does not work: %s", name, result.Message)
	if result.Hint != "" {
		e = e.WithHint("%s", result.Hint)
	}
	return console.WithCode(console.ExitFailed, e)
}

func newBrowse(w *console.World) *cobra.Command {
	var rows int
	cmd := &cobra.Command{
		Use: "browse NAME [SCHEMA[.TABLE] | FOLDER | OBJECT | TOPIC]", Short: "List schemas, tables or columns, or folders and objects; or show first rows", Args: cobra.RangeArgs(1, 2),
		Long: "List what there is: schemas, the tables of one, or the columns of a table. Where there are no schemas, name a table as .TABLE. Of storage, list folders and objects, and with --rows the first rows of an object. Of messages, list topics, and with --rows the last messages of one. A path that is not there is refused.\n\n" + remote.LoginHelp,
		Example: `  dataflow connections browse warehouse
  dataflow connections browse warehouse public
  dataflow connections browse warehouse public.orders --rows 10
  dataflow connections browse bucket in/orders.csv --rows 10`,
	}
	cmd.Flags().IntVar(&rows, "rows", 0, "show the first rows of the table in place of its columns, at most 200")
	remote.Complete(w, cmd, 1, names)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		var path connector.Path
		if len(args) == 2 {
			offered, err := offers(ctx, c, args[0])
			if err != nil {
				return err
			}
			path = pathOf(args[1], offered, rows > 0)
		}
		if rows > 0 {
			if path.Table == "" {
				return console.Usagef("--rows needs a table or an object: SCHEMA.TABLE, .TABLE where there are no schemas, or FOLDER/OBJECT")
			}
			return sample(ctx, v, c, args[0], path, rows)
		}
		entries, err := c.BrowseConnection(ctx, args[0], path)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(entries)
		}
		if len(entries) == 0 {
			offered, err := offers(ctx, c, args[0])
			if err != nil {
				return err
			}
			v.Note("%s\n", nothing(args[0], offered))
			return nil
		}
		t := console.Table{Header: []string{"NAME", "KIND", "TYPE", "KEY", "ROWS", "SIZE"}}
		for _, e := range entries {
			key, count, size := "", "", ""
			if e.Key {
				key = "key"
			}
			if e.Rows != nil {
				count = "about " + strconv.FormatInt(*e.Rows, 10)
			}
			if e.Size != nil {
				size = console.Bytes(*e.Size)
			}
			t.Add(console.Text(e.Name), console.Text(e.Kind), console.Text(e.Type), console.Text(key), console.Text(count), console.Text(size))
		}
		t.Write(v.Stdout, v.Color())
		return nil
	})
}

// nothing says why nothing is listed, and how to come to what there is.
func nothing(name string, offered []connector.Offer) string {
	switch {
	case slices.Equal(offered, []connector.Offer{connector.OffersHTTP}):
		return name + " leads to a web service, which has no list of tables. Read it in a flow: as a table, page by page, with the node http.read, or by single requests with http.request."
	case slices.Equal(offered, []connector.Offer{connector.OffersOutbox}):
		return name + " leads to a server that sends mail, which has nothing to look through. Send with the node mail.send."
	}
	return "There is nothing here that this user may see."
}

// pathOf takes apart what a person names, as the system of the connection is built.
func pathOf(text string, offered []connector.Offer, rows bool) connector.Path {
	does := func(offer connector.Offer) bool { return slices.Contains(offered, offer) }
	switch {
	case does(connector.OffersObjects) && !rows:
		return connector.Path{Schema: strings.TrimSuffix(text, "/")}
	case does(connector.OffersInbox), does(connector.OffersKeys) && strings.HasSuffix(text, ":"): // folders
		return connector.Path{Schema: text}
	case does(connector.OffersObjects), does(connector.OffersMessages), does(connector.OffersKeys): // their names have dots
		if does(connector.OffersSQL) || does(connector.OffersDocuments) { // also without a schema in front
			text = strings.TrimPrefix(text, ".")
		}
		return connector.Path{Table: text}
	}
	schema, table, _ := strings.Cut(text, ".")
	return connector.Path{Schema: schema, Table: table}
}

// offers gives what can be done with a connection; nothing with one that is not there, which the next question says better.
func offers(ctx context.Context, c *client.Client, name string) ([]connector.Offer, error) {
	all, err := c.Connections(ctx)
	if err != nil {
		return nil, err
	}
	kinds, err := c.ConnectionKinds(ctx)
	if err != nil {
		return nil, err
	}
	for _, each := range all {
		for _, kind := range kinds {
			if each.Name == name && kind.Name == each.Kind {
				return kind.Offers, nil
			}
		}
	}
	return nil, nil
}

func sample(ctx context.Context, v *remote.Verb, c *client.Client, name string, path connector.Path, rows int) error {
	page, err := c.SampleConnection(ctx, name, path, rows)
	if err != nil {
		return err
	}
	if v.JSON {
		return v.Print(page)
	}
	t := console.Table{}
	for _, column := range page.Columns {
		t.Header = append(t.Header, column.Name)
	}
	for _, raw := range page.Rows {
		var cells []json.RawMessage
		if err := json.Unmarshal(raw, &cells); err != nil {
			return fmt.Errorf("the server's answer is not a row: %w", err)
		}
		shown := make([]console.Cell, len(cells))
		for i, cell := range cells {
			shown[i] = shownCell(cell)
		}
		t.Add(shown...)
	}
	t.Write(v.Stdout, v.Color())
	return nil
}

const widestCell = 40

func shownCell(raw json.RawMessage) console.Cell {
	var text string
	switch {
	case string(raw) == "null":
		return console.Cell{Text: "null", Style: console.Dim}
	case json.Unmarshal(raw, &text) == nil:
		return console.Text(console.Shorten(text, widestCell))
	}
	return console.Text(console.Shorten(string(raw), widestCell))
}

func newDelete(w *console.World) *cobra.Command {
	var yes, force bool
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Delete a connection", Args: cobra.ExactArgs(1),
		Long:    "Delete a connection. One that flows use is refused with their names, unless --force is given: they then fail until they name another one.\n\n" + remote.LoginHelp,
		Example: "  dataflow connections delete warehouse --yes",
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&force, "force", false, "also when flows use it")
	remote.Complete(w, cmd, 1, names)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		if err := v.Confirm(yes, fmt.Sprintf("Delete the connection %s?", args[0])); err != nil {
			return err
		}
		if err := c.DeleteConnection(ctx, args[0], force); err != nil {
			return err
		}
		v.Note("%s is deleted.\n", args[0])
		return nil
	})
}
