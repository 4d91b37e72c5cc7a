// Package objects is what the nodes of storage have in common: the connection, and the names that come in.
package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/rowtext"
	"dataflow/ide-go-lib/words"
)

// Connection is the field of the connection.
type Connection struct {
	Connection string `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"objects" example:"bucket" doc:"The storage: S3, SFTP or the files folder" doc_zh:"存储连接：S3、SFTP 或文件目录"`
}

// Open connects.
func (c Connection) Open(ctx context.Context, call *node.Call) (connector.Objects, error) {
	return node.Connect[connector.Objects](ctx, call, c.Connection)
}

// ofNames are the codes of errors that are about a name; all others of a connection are about the connection.
var ofNames = []string{connector.CodeObject, connector.CodeObjectName, connector.CodeObjectSize, connector.CodeObjectChanged, "path_outside", "path_missing", "path_is_folder", "path_is_file"}

// Placed names the field that an error of a connection is about: field where it is about a name.
func Placed(err error, field string) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Code == codeDisk {
		return err
	}
	if slices.Contains(ofNames, e.Code) {
		return node.At(field, e)
	}
	return node.At("with.connection", e)
}

// CheckName finds that a fixed name is none of an object. An empty one, and one with expressions, is not known yet.
func CheckName(field, name string) []errs.Detail {
	if name == "" || strings.Contains(name, "{{") {
		return nil
	}
	if _, err := connector.CleanName(strings.TrimSuffix(name, "/")); err != nil {
		return errs.From(node.At(field, errs.From(err))).Details
	}
	return nil
}

// ColumnField is the field of the column with names.
type ColumnField struct {
	Column string `json:"column,omitempty" title:"Column of names" zh:"名称列" widget:"column" default:"name" doc:"Of the table that comes in: where the names are, as List objects gives them" doc_zh:"输入表中存放名称的列，与“列出对象”给出的一致"`
}

// Named are the first fields of nodes that work on objects by their names.
type Named struct {
	Connection
	Name string `json:"name,omitempty" title:"Name" zh:"名称" example:"in/orders.csv" doc:"Of one object; left empty, the names come in" doc_zh:"单个对象的名称；留空则名称来自输入"`
	ColumnField
}

// Each does to each name in turn what f says, and tells how far it is. Field is what errors about a name are about.
func Each(call *node.Call, conn connector.Objects, names []string, field string, f func(i int, name string) error) error {
	for i, name := range names {
		if err := f(i, name); err != nil {
			return Placed(errors.Join(err, conn.Close()), field)
		}
		call.Progress(int64(i+1), int64(len(names)), "objects")
	}
	return conn.Close()
}

// EachUnchanged is like Each, and leaves out what has changed since it was listed: nobody has read what is there now. Where all
// that is there differs, and has versions of another form than those of the list, that is an error: the list is that of another storage.
func EachUnchanged(ctx context.Context, call *node.Call, conn connector.Objects, list []connector.Object, field string, f func(i int, name string) error) (changed int, err error) {
	names := make([]string, len(list))
	for i, o := range list {
		names[i] = o.Name
	}
	ours := false
	err = Each(call, conn, names, field, func(i int, name string) error {
		now, there, err := found(ctx, conn, list[i])
		if err != nil {
			return err
		}
		ours = ours || there && form(now) == form(list[i].Version)
		if !there || now == list[i].Version {
			return f(i, name)
		}
		changed++
		call.Log("warn", fmt.Sprintf("%s has changed since it was listed, and stays where it is.", name))
		return nil
	})
	if err == nil && changed > 0 && !ours {
		return changed, node.FieldError(connector.CodeObjectChanged, field, "The list is that of another connection: not one object that is there has a version like those of the list (%s); all stay where they are", words.Number(changed, "differs", "differ")).
			WithHint("List the objects of this connection; or select only the column with the names, for without versions nothing is compared.")
	}
	return changed, err
}

// TablePort is the input with names.
func TablePort() node.Port {
	return node.Port{Name: "table", Kind: value.Table, Title: node.Text{EN: "Names", ZH: "名称"}}
}

// mostNames is how many names a step takes.
const mostNames = 1_000_000

// Names gives the names that a step is to work on: the one that is written down, or those that come in, each once. Field is
// what errors about a name are about.
func Names(ctx context.Context, call *node.Call, name, column string) (names []string, field string, err error) {
	listed, field, err := Listed(ctx, call, name, column)
	names = make([]string, len(listed))
	for i, o := range listed {
		names[i] = o.Name
	}
	return names, field, err
}

// Listed is like Names, and gives the versions as well where what comes in is a table as List objects makes it.
func Listed(ctx context.Context, call *node.Call, name, column string) (list []connector.Object, field string, err error) {
	in := call.Inputs["table"]
	switch {
	case name != "" && len(in) > 0:
		return nil, "", node.FieldError(node.CodeConfigInvalid, "with.name", "Names come in as a table; leave the name empty, or take the table away")
	case name != "":
		return []connector.Object{{Name: name}}, "with.name", nil
	case len(in) == 0 || in[0].Artifact == nil || in[0].Table == nil:
		return nil, "", node.FieldError(node.CodeConfigInvalid, "with.name", "Name an object, or connect a table of names")
	}
	list, err = read(ctx, call, in[0], column)
	return list, "in.table", err
}

// found gives the version that an object has now, and whether it is there; without one in the list nothing is looked at.
func found(ctx context.Context, conn connector.Objects, o connector.Object) (version string, there bool, err error) {
	if o.Version == "" {
		return "", true, nil
	}
	now, err := conn.Stat(ctx, o.Name)
	if e := errs.From(err); e != nil && e.Code == connector.CodeObject {
		return "", false, nil
	}
	return now.Version, true, err
}

// form tells versions of storages of several kinds apart: an ETag, or a size behind a time, which is that of a second or finer.
func form(version string) string {
	at, size, two := strings.Cut(version, "-")
	switch {
	case !two || strings.Trim(at+size, "0123456789") != "":
		return "etag"
	case len(at) > 11:
		return "fine"
	}
	return "second"
}

// Columns are those of the table that List objects makes.
func Columns() []table.Column {
	return []table.Column{{Name: "name", Type: "VARCHAR"}, {Name: "size", Type: "BIGINT"}, {Name: "modified", Type: "TIMESTAMP WITH TIME ZONE"}, {Name: "version", Type: "VARCHAR"}}
}

// asListed says whether a table is one that List objects made, perhaps with more columns.
func asListed(have []table.Column) bool {
	for _, want := range Columns() {
		if !slices.ContainsFunc(have, func(c table.Column) bool { return c.Name == want.Name && c.Type == want.Type }) {
			return false
		}
	}
	return true
}

func read(ctx context.Context, call *node.Call, in value.Value, column string) (list []connector.Object, err error) {
	at := slices.IndexFunc(in.Table.Columns, func(c table.Column) bool { return c.Name == column })
	if at < 0 {
		have := make([]string, len(in.Table.Columns))
		for i, c := range in.Table.Columns {
			have[i] = c.Name
		}
		e := node.FieldError(connector.CodeColumn, "with.column", "The table that comes in has no column %q", column)
		return nil, e.WithHint("%s", near.Say(column, have))
	}
	if in.Table.Rows > mostNames {
		return nil, node.FieldError("too_many_names", "in.table", "%d names come in; a step takes at most %d", in.Table.Rows, mostNames)
	}
	seen := map[string]bool{}
	columns := []table.StreamColumn{{Column: in.Table.Columns[at]}}
	if column == "name" && asListed(in.Table.Columns) {
		columns = append(columns, table.StreamColumn{Column: table.Column{Name: "version", Type: "VARCHAR"}})
	}
	_, err = call.Env.Tables.Give(ctx, call.Tenant, *in.Artifact, columns, func(_ context.Context, r io.Reader) error {
		for row, rows := int64(1), rowtext.NewReader(r); ; row++ {
			fields, err := rows.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if fields[0].Null {
				return node.FieldError(connector.CodeObjectName, "in.table", "Row %d has no name", row)
			}
			if name := string(fields[0].Text); !seen[name] {
				seen[name] = true
				o := connector.Object{Name: name}
				if len(fields) > 1 && !fields[1].Null {
					o.Version = string(fields[1].Text)
				}
				list = append(list, o)
			}
		}
	})
	return list, err
}

// Rows makes the table of a step's outcome. Feed is to give up when its context ends.
func Rows(ctx context.Context, call *node.Call, columns []table.Column, feed func(ctx context.Context, w *rowtext.Writer) error) (value.Value, error) {
	stream := make([]table.StreamColumn, len(columns))
	names := make([]string, len(columns))
	for i, c := range columns {
		stream[i], names[i] = table.StreamColumn{Column: c}, c.Name
	}
	t, err := call.Env.Tables.Take(ctx, call.Tenant, stream, func(ctx context.Context, w io.Writer) error {
		rows := rowtext.NewWriter(w, names)
		return errors.Join(feed(ctx, rows), rows.Close())
	}, nil)
	if err != nil {
		return value.Value{}, err
	}
	return value.Value{Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}, nil
}
