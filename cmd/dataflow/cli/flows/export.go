package flows

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
)

type exportFlags struct {
	dir     string
	version remote.Version
	force   bool
}

func newExport(w *console.World) *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export [NAME…]",
		Short: "Write flows as YAML files",
		Long: `Write flows as YAML, with their comments. One flow goes to standard output; with --dir each goes into its file there: the one
that holds the flow already, or NAME.yaml. Without names all flows are written.

A file that has another text is left alone, and nothing is written, unless --force is given.

` + remote.LoginHelp,
		Example: `  dataflow flows export nightly > nightly.yaml
  dataflow flows export nightly --version published
  dataflow flows export --dir flows/ --force`,
		Args: cobra.ArbitraryArgs,
	}
	cmd.Flags().StringVar(&f.dir, "dir", "", "`folder` to write into; it is made when it is missing")
	f.version.Flag(cmd, cmd.Flags(), "to write")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace files that have another text")
	remote.Complete(w, cmd, 0, remote.FlowNames)
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, names []string) error {
		if f.dir == "" && len(names) != 1 {
			return console.Usagef("name one flow to print it, or give --dir to write several into a folder")
		}
		texts, err := f.texts(ctx, v, c, names)
		if err != nil {
			return err
		}
		if f.dir == "" {
			if v.JSON {
				return v.Print(texts[0])
			}
			_, err := v.Stdout.Write([]byte(texts[0].YAML))
			return err
		}
		return f.write(v, texts)
	})
}

// exported is one flow as text.
type exported struct {
	Name string `json:"name"`
	File string `json:"file,omitempty"`
	YAML string `json:"yaml,omitempty"`
	// Done is what was done with the file: written or unchanged.
	Done string `json:"done,omitempty"`
}

// texts reads the flows; no names are all of them. Of all, those without the wanted version are passed over.
func (f exportFlags) texts(ctx context.Context, v *remote.Verb, c *client.Client, names []string) ([]exported, error) {
	var list []api.FlowSummary
	var err error
	if len(names) > 0 {
		list, err = find(ctx, c, names)
	} else {
		list, _, err = client.Collect(c.Flows(ctx, "", "name"), 0)
	}
	if err != nil {
		return nil, err
	}
	texts := []exported{}
	for _, one := range list {
		if len(names) == 0 && f.version.Published() && one.PublishedVersion == 0 {
			v.Note("%s has never been published.\n", one.Name)
			continue
		}
		text, err := f.text(ctx, c, one)
		if err != nil {
			return nil, err
		}
		texts = append(texts, exported{Name: one.Name, YAML: text})
	}
	return texts, nil
}

func (f exportFlags) text(ctx context.Context, c *client.Client, one api.FlowSummary) (string, error) {
	number, err := f.version.Of(one)
	if err != nil {
		return "", err
	}
	if number == 0 {
		whole, err := c.Flow(ctx, one.ID)
		return whole.Draft.YAML, err
	}
	version, err := c.Version(ctx, one.ID, number)
	return version.YAML, err
}

// write puts each text into its file, once it is clear that none is in the way.
func (f exportFlags) write(v *remote.Verb, texts []exported) error {
	if err := os.MkdirAll(v.Path(f.dir), 0o750); err != nil {
		return console.Usagef("--dir: %w", err)
	}
	// What is broken there is in nobody's way but its own.
	found, err := collect(v.World, []string{f.dir})
	if err != nil {
		return err
	}
	held := map[string]string{}
	for _, file := range found.files {
		held[file.Doc.Metadata.Name] = file.Name
	}
	inTheWay := 0
	for i := range texts {
		t := &texts[i]
		if t.File = held[t.Name]; t.File == "" {
			t.File = filepath.Join(f.dir, t.Name+".yaml")
		}
		now, err := os.ReadFile(v.Path(t.File))
		switch {
		case err == nil && string(now) == t.YAML:
			t.Done = "unchanged"
		case err == nil && !f.force:
			v.Note("%s has another text.\n", t.File)
			inTheWay++
		case err != nil && !os.IsNotExist(err):
			return console.Usagef("%w", err)
		}
	}
	if inTheWay > 0 {
		return console.WithCode(console.ExitRefused, fmt.Errorf("nothing was written; --force replaces %s", console.Number(inTheWay, "this file", "these files")))
	}
	for i := range texts {
		t := &texts[i]
		if t.Done == "" {
			if err := console.WriteFile(v.Path(t.File), []byte(t.YAML), 0o640); err != nil {
				return err
			}
			t.Done = "written"
		}
		t.YAML = ""
		if !v.JSON {
			console.Say(v.Stdout, "%s  %s\n", console.Pad(t.Done, len("unchanged")), t.File)
		}
	}
	if v.JSON {
		return v.Print(texts)
	}
	return nil
}
