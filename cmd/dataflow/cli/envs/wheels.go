package envs

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
)

func newUpload(w *console.World) *cobra.Command {
	cmd := &cobra.Command{
		Use: "upload WHEEL…", Short: "Upload packages that are in no index", Args: cobra.MinimumNArgs(1),
		Long:    "Upload wheels. Environments that ask for their packages are then built from them. One that is refused does not keep the others from being uploaded.\n\n" + remote.LoginHelp,
		Example: "  dataflow env upload dist/*.whl",
	}
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		var last error // told by whoever called
		refused := 0
		for _, name := range args {
			err := upload(ctx, v, c, name)
			if err == nil {
				continue
			}
			if last != nil {
				v.Note("%s\n", console.Printable(last.Error()))
			}
			last = err
			if refused++; ctx.Err() != nil {
				break
			}
		}
		if last != nil && len(args) > 1 {
			v.Note("%d of %d are uploaded.\n", len(args)-refused, len(args))
		}
		return last
	})
}

func upload(ctx context.Context, v *remote.Verb, c *client.Client, name string) error {
	content, err := os.ReadFile(v.Path(name))
	if err != nil {
		return console.Usagef("read the wheel: %w", err)
	}
	kept, err := c.PutWheel(ctx, filepath.Base(name), bytes.NewReader(content))
	if err != nil {
		return err
	}
	if kept.Replaced {
		v.Note("%s is uploaded and has replaced one with other content.\n", kept.Name)
		return nil
	}
	v.Note("%s is uploaded.\n", kept.Name)
	return nil
}

func newWheels(w *console.World) *cobra.Command {
	var remove []string
	cmd := &cobra.Command{
		Use: "wheels", Short: "List or delete uploaded packages", Args: cobra.NoArgs, Long: remote.LoginHelp,
		Example: `  dataflow env wheels
  dataflow env wheels --delete acme_rates-1.2-py3-none-any.whl`,
	}
	cmd.Flags().StringSliceVar(&remove, "delete", nil, "delete this `file`; may be repeated")
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, _ []string) error {
		for _, name := range remove {
			if err := c.DeleteWheel(ctx, name); err != nil {
				return err
			}
			v.Note("%s is deleted.\n", name)
		}
		if len(remove) > 0 {
			return nil
		}
		list, err := c.Wheels(ctx)
		if err != nil {
			return err
		}
		if v.JSON {
			return v.Print(list)
		}
		t := console.Table{Header: []string{"FILE", "SIZE", "UPLOADED", "BY"}}
		for _, one := range list {
			t.Add(console.Text(one.Name), console.Text(console.Bytes(one.SizeBytes)), console.Text(one.CreatedAt.Local().Format("2006-01-02 15:04")), console.Text(one.CreatedBy))
		}
		t.Write(v.Stdout, v.Color())
		return nil
	})
}
