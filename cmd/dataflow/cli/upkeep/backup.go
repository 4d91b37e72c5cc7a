package upkeep

import (
	"fmt"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/datadir"
	"dataflow/ide-go-lib/backup"
)

func newBackup(w *console.World, version string) *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "backup FILE|FOLDER",
		Short: "Save an installation, also while its server runs",
		Long: `Save all that an installation keeps: flows, runs, users, results and files. A name that ends with .tar or .tar.zst becomes
one archive, any other a folder. The server may run meanwhile: the database is saved as it is at one moment, and what it
refers to then is saved with it.

The backup holds the hash of every file, which restore compares. It also holds the hashes of passwords and all data of the
flows, so keep it where only you can read it.`,
		Example: `  dataflow backup /backups/dataflow-$(date +%F).tar.zst
  dataflow backup /mnt/disk/dataflow --data /var/lib/dataflow`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := console.ApplySettings(w, cmd); err != nil {
				return err
			}
			dir, err := installation(w, data)
			if err != nil {
				return err
			}
			progress := &line{w: w}
			dest := w.Path(args[0])
			m, err := backup.Create(cmd.Context(), backup.Config{
				Dir: dir, Database: datadir.Database, Program: version, Now: w.Clock.Now(),
				Skip: func(name string, _ bool) bool { return datadir.Scratch(name) },
				Progress: func(files int, bytes int64) {
					progress.show(fmt.Sprintf("%s, %s", console.Number(files, "file", "files"), amount(bytes)))
				},
			}, dest)
			progress.clear()
			if err != nil {
				return err
			}
			console.Say(w.Stdout, "Saved %s, %s, to %s\n", console.Number(len(m.Files), "file", "files"), amount(m.Size()), args[0])
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "dataflow-data", "`folder` of the installation")
	return cmd
}
