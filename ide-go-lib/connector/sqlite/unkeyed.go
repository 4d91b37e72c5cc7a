package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"dataflow/ide-go-lib/connector/internal/relation"
	"dataflow/ide-go-lib/pattern"
)

// SQLite drops no column that is part of a key. A table whose text says nothing but names, types, defaults and keys can be made
// again from what the database tells of it, without the key. What else a text may say is known by a word of it, or of a name in it,
// and then SQLite refuses to drop the column as it does.
var (
	plainly   = pattern.Of(`(?is)\)\s*$`)
	intricate = pattern.Of(`(?i)\b(CHECK|COLLATE|CONFLICT|GENERATED|AS|DESC|REFERENCES)\b|--|/\*`)
	numbering = pattern.Of(`(?i)\bAUTOINCREMENT\b`)
	// typed is a type that needs no quotes.
	typed = pattern.Of(`^[\w ]*(\([\d ,+-]*\))?$`)
)

// keys are those of a table's own text.
type keys struct {
	kept     []string // as that text would say them
	numbered string   // the column of the primary key that stays and gives numbers
	lost     []string // for people, with columns that do not come in
}

// keys tells which stay.
func (w *writing) keys(ctx context.Context) (out keys, err error) {
	type key struct {
		primary bool
		column  string
		index   string
	}
	parts, err := relation.Query(ctx, w.tx, func(rows *sql.Rows, k *key) error { return rows.Scan(&k.primary, &k.column, &k.index) },
		`SELECT * FROM (SELECT true, name, '' FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk)
		UNION ALL SELECT * FROM (SELECT false, i.name, l.name FROM pragma_index_list(?1) l, pragma_index_info(l.name) i WHERE l.origin = 'u' ORDER BY l.seq DESC, i.seqno)`, w.target.Name)
	if err != nil {
		return out, w.fail(ctx, err)
	}
	drop, _ := w.target.Change(w.req.Columns)
	for len(parts) > 0 {
		first, names, goes := parts[0], []string(nil), false
		for len(parts) > 0 && parts[0].index == first.index {
			names = append(names, parts[0].column)
			for _, c := range drop {
				goes = goes || strings.EqualFold(c.Name, parts[0].column)
			}
			parts = parts[1:]
		}
		said, told := "UNIQUE ", "the unique key "
		if first.primary {
			said, told = "PRIMARY KEY ", "the primary key "
		}
		switch {
		case goes:
			out.lost = append(out.lost, told+"("+strings.Join(names, ", ")+")")
		case first.primary && numbering.MatchString(w.target.text):
			out.numbered = names[0]
		default:
			out.kept = append(out.kept, said+"("+columnList(names)+")")
		}
	}
	return out, nil
}

// column is one that stays, as SQLite tells of it.
type column struct {
	name, typ string
	needed    bool
	otherwise sql.NullString
}

// unkeyed puts a table in the place of the old one that has the columns which come, and of its keys those that k says.
func (w *writing) unkeyed(ctx context.Context, final string, k keys) error {
	drop, add := w.target.Change(w.req.Columns)
	have, err := relation.Query(ctx, w.tx, func(rows *sql.Rows, c *column) error { return rows.Scan(&c.name, &c.typ, &c.needed, &c.otherwise) },
		`SELECT name, type, "notnull", dflt_value FROM pragma_table_info(?) ORDER BY cid`, w.target.Name)
	if err != nil {
		return w.fail(ctx, err)
	}
	gone := map[string]bool{}
	for _, c := range drop {
		gone[c.Name] = true
		indexes, err := w.over(ctx, c.Name)
		if err != nil {
			return err
		}
		for _, i := range indexes {
			if err := w.exec(ctx, "DROP INDEX "+quote(i.name)); err != nil {
				return err
			}
			w.out.Lost = append(w.out.Lost, i.lost()...)
		}
	}
	var parts []string
	for _, c := range have {
		if gone[c.name] {
			continue
		}
		if !typed.MatchString(c.typ) {
			return w.target.Bound("the type "+c.typ, nil)
		}
		text := strings.TrimSpace(quote(c.name) + " " + c.typ)
		if c.name == k.numbered {
			text += " PRIMARY KEY AUTOINCREMENT"
		}
		if c.needed {
			text += " NOT NULL"
		}
		if c.otherwise.Valid {
			text += " DEFAULT (" + c.otherwise.String + ")"
		}
		parts = append(parts, text)
	}
	for _, c := range add {
		parts = append(parts, quote(c.Name)+" "+toSQLite(c.Type))
	}
	definition := " (" + strings.Join(append(parts, k.kept...), ", ") + ")"
	w.out.Lost = append(k.lost, w.out.Lost...)
	err = w.fill(ctx, final, func(staged string) error { return w.exec(ctx, "CREATE TABLE "+staged+definition) })
	var said *driver.Error
	if errors.As(err, &said) && said.Code() == lib.SQLITE_ERROR {
		return w.target.Bound(plain(said), said)
	}
	if err == nil {
		w.out.Ran("CREATE TABLE " + final + definition)
	}
	return err
}
