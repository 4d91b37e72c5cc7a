package put

import (
	"context"
	"path"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
)

// clear removes what the new objects of a table in parts have replaced.
func (c Config) clear(ctx context.Context, call *node.Call, conn connector.Objects, placed []string) (removed int, err error) {
	if len(c.PartitionBy) == 0 {
		return 0, nil
	}
	folder := c.folder()
	stays, parts := map[string]bool{}, map[string]bool{}
	for _, name := range placed {
		stays[name], parts[path.Dir(name)] = true, true
	}
	goes := map[string]func(name string) bool{
		// An earlier attempt at this step may have written more files.
		"keep":          func(name string) bool { return strings.HasPrefix(path.Base(name), c.begin(call)) },
		"replace_parts": func(name string) bool { return parts[path.Dir(name)] },
		"replace":       func(string) bool { return true },
	}[c.Existing]
	var old []string
	err = conn.List(ctx, folder, func(o connector.Object) error {
		if !stays[o.Name] && goes(o.Name) {
			old = append(old, o.Name)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for i, name := range old {
		if err := conn.Delete(ctx, name); err != nil {
			return i, err
		}
	}
	return len(old), nil
}
