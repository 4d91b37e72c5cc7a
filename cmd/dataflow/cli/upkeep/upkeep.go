// Package upkeep is the commands that look after a data folder: backup, restore and doctor.
package upkeep

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/datadir"
)

// New gives the commands. version is the program's.
func New(w *console.World, version string) []*cobra.Command {
	return []*cobra.Command{newBackup(w, version), newRestore(w), newDoctor(w)}
}

// installation makes sure that the folder holds one.
func installation(w *console.World, data string) (string, error) {
	dir := w.Path(data)
	if !datadir.Installed(dir) {
		return "", console.Usagef("there is no installation in %s; --data names its folder", data)
	}
	return dir, nil
}

// amount is a number of bytes for people.
func amount(n int64) string {
	for _, unit := range []string{"bytes", "KiB", "MiB", "GiB"} {
		if n < 10*1024 || unit == "GiB" {
			return fmt.Sprintf("%d %s", n, unit)
		}
		n /= 1024
	}
	return ""
}

// line is one that is written again and again on a terminal; elsewhere it is not written at all.
type line struct {
	w    *console.World
	long int
}

func (l *line) show(text string) {
	if !l.w.Terminal {
		return
	}
	console.Say(l.w.Stderr, "\r%s%s", text, strings.Repeat(" ", max(0, l.long-len(text))))
	l.long = len(text)
}

func (l *line) clear() {
	if l.long > 0 {
		l.show("")
		console.Say(l.w.Stderr, "\r")
	}
}
