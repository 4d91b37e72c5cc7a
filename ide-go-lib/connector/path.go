package connector

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
)

// CodePath is the code of a path that nothing lies below, for the system is not built so.
const CodePath = "path_unfit"

// Named is the whole path in one text.
func (p Path) Named() string { return strings.Trim(p.Schema+"."+p.Table, ".") }

// Flat refuses a path where there is nothing to look through; what the system has is said for people.
func Flat(at Path, what string) error {
	if at == (Path{}) {
		return nil
	}
	return errs.Invalid(CodePath, "Nothing lies below %q: %s.", at.Named(), what).WithHint("Leave the path out.")
}

// InTopics gives what lies below a path of a system that has topics alone: below nothing all of them, below one nothing.
func InTopics(at Path, all []Entry) ([]Entry, error) {
	switch {
	case at == (Path{}):
		return all, nil
	case at.Schema != "":
		return nil, errs.Invalid(CodePath, "Nothing lies below %q: there are topics alone, and nothing above them.", at.Schema).
			WithHint("Leave the path out to list the topics.")
	}
	var have []string
	for _, e := range all {
		if e.Name == at.Table {
			return []Entry{}, nil // messages have no names
		}
		have = append(have, e.Name)
	}
	return nil, TopicMissing("topic", at.Table, have)
}

// SchemaMissing is the error of a schema that is not there; what is the system's word for one, have are those that are.
func SchemaMissing(what, name string, have []string) *errs.Error {
	return errs.NotFound(CodeTable, "There is no %s %q.", what, name).WithHint("%s", near.Say(name, have))
}

// FolderMissing is the error of a folder of objects that is not there, or that is none.
func FolderMissing(ctx context.Context, conn Objects, at Path) error {
	name := cmp.Or(at.Table, at.Schema)
	if _, err := conn.Stat(ctx, name); err == nil {
		return errs.Invalid(CodeFolder, "%q is an object, not a folder.", name).WithHint("Look at its first rows, or at the folder that it is in.")
	} else if e := errs.From(err); e.Code != CodeObject {
		return err
	}
	beside, err := Beside(ctx, conn, name)
	if err != nil {
		return err
	}
	var folders []string
	for _, o := range beside {
		for f := FolderOf(o); f != "" && !slices.Contains(folders, f); f = FolderOf(f) {
			folders = append(folders, f)
		}
	}
	e := errs.NotFound(CodeFolder, "There is no folder %q.", name)
	if hint := near.Say(name, folders); hint.String() != "" {
		return e.WithHint("%s", hint)
	}
	return e.WithHint("Leave the path out to see which folders there are.")
}
