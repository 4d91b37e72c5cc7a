package duck

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// MaxPage bounds the rows of one page.
const MaxPage = 10_000

// Page implements table.Engine.
func (e *Engine) Page(ctx context.Context, tenant string, ref artifact.Ref, req table.PageRequest) (table.Page, error) {
	s, path, meta, done, err := e.open(ctx, e.looks.one(), tenant, ref)
	if err != nil {
		return table.Page{}, err
	}
	defer done()
	q, err := pageOf(path, meta, req)
	if err != nil {
		return table.Page{}, err
	}
	page := table.Page{Columns: meta.Columns, Offset: req.Offset, Total: meta.Rows}
	if q.count != "" {
		if err := s.one(ctx, q.count, q.args, &page.Total); err != nil {
			return table.Page{}, filterError(err)
		}
	}
	if req.Limit == 0 || req.Offset >= page.Total {
		page.Rows = []json.RawMessage{}
		return page, nil
	}
	page.Rows, err = s.rows(ctx, "SELECT "+strings.Join(cells(meta.Columns), ", ")+" FROM ("+q.rows+")", q.args, meta.Columns)
	if err != nil {
		return table.Page{}, filterError(err)
	}
	return page, nil
}

// pageQuery asks for the rows of a page and, where that is not known, how many there are in all.
type pageQuery struct {
	rows, count string
	args        []any
}

func pageOf(path string, meta table.Meta, req table.PageRequest) (q pageQuery, err error) {
	if req.Limit < 0 || req.Limit > MaxPage || req.Offset < 0 {
		return q, errs.Invalid("page_invalid", "Ask for at most %d rows from an offset of 0 or more.", MaxPage)
	}
	where, args, err := conditions(meta.Columns, req.Filter)
	if err != nil {
		return q, err
	}
	from := parquet(path)
	q = pageQuery{args: args}
	if where != "" {
		q.count = "SELECT count(*) FROM " + from + where
	}
	if len(req.Sort) > 0 {
		number := rowNumber
		if has(meta.Columns, number) { // beside such a column the file's own number cannot be had
			for has(meta.Columns, number) {
				number += "_"
			}
			from = "(SELECT *, row_number() OVER () AS " + sqltext.Quote(number) + " FROM " + from + ")"
		} else {
			from = numbered(path)
		}
		order, err := ordering(meta.Columns, req.Sort, number)
		if err != nil {
			return q, err
		}
		q.rows = "SELECT * EXCLUDE (" + sqltext.Quote(number) + ") FROM " + from + where + order + limitOffset(req.Limit, req.Offset)
		return q, nil
	}
	if !has(meta.Columns, rowNumber) && where == "" && req.Offset > 0 { // row groups before the page are not read
		q.rows = fmt.Sprintf("SELECT * EXCLUDE (%s) FROM %s WHERE %[1]s >= %[3]d AND %[1]s < %[4]d", rowNumber, numbered(path), req.Offset, req.Offset+req.Limit)
		return q, nil
	}
	q.rows = "SELECT * FROM " + from + where + limitOffset(req.Limit, req.Offset)
	return q, nil
}

// rowNumber is the column that DuckDB numbers the rows of a Parquet file in.
const rowNumber = "file_row_number"

func numbered(path string) string {
	return "read_parquet(" + sqltext.Literal(path) + ", " + rowNumber + " = true, " + noParts + ")"
}

func filterError(err error) error {
	f, ok := err.(*failure) //nolint:errorlint // just made by session
	if !ok {
		return err
	}
	e := f.public(nil)
	if f.kind == "Conversion" {
		e.Code, e.Hint = "filter_invalid", "Give a value of the column's type."
	}
	return e
}

func limitOffset(limit, offset int64) string {
	if offset == 0 {
		return fmt.Sprintf(" LIMIT %d", limit)
	}
	return fmt.Sprintf(" LIMIT %d OFFSET %d", limit, offset)
}

func find(columns []table.Column, name string) (table.Column, error) {
	names := make([]string, len(columns))
	for i, c := range columns {
		if strings.EqualFold(c.Name, name) {
			return c, nil
		}
		names[i] = c.Name
	}
	return table.Column{}, errs.Invalid("column_unknown", "There is no column %q.", name).WithHint("%s", near.Say(name, names))
}

func has(columns []table.Column, name string) bool {
	_, err := find(columns, name)
	return err == nil
}

// ordering ends with the row's own number, so that pages of equal keys do not overlap.
func ordering(columns []table.Column, keys []table.SortKey, number string) (string, error) {
	parts := make([]string, len(keys))
	for i, k := range keys {
		c, err := find(columns, k.Column)
		if err != nil {
			return "", err
		}
		parts[i] = sqltext.Quote(c.Name) + " ASC NULLS LAST"
		if k.Desc {
			parts[i] = sqltext.Quote(c.Name) + " DESC NULLS LAST"
		}
	}
	return " ORDER BY " + strings.Join(parts, ", ") + ", " + sqltext.Quote(number), nil
}

var comparisons = map[string]string{"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

func conditions(columns []table.Column, filter []table.Condition) (string, []any, error) {
	var parts []string
	var args []any
	for _, f := range filter {
		c, err := find(columns, f.Column)
		if err != nil {
			return "", nil, err
		}
		name := sqltext.Quote(c.Name)
		switch op, compare := comparisons[f.Op]; {
		case compare:
			args = append(args, f.Value)
			parts = append(parts, fmt.Sprintf("%s %s CAST($%d::VARCHAR AS %s)", name, op, len(args), c.Type))
		case f.Op == "contains":
			args = append(args, f.Value)
			parts = append(parts, fmt.Sprintf("contains(lower(CAST(%s AS VARCHAR)), lower($%d::VARCHAR))", name, len(args)))
		case f.Op == "is_null":
			parts = append(parts, name+" IS NULL")
		case f.Op == "not_null":
			parts = append(parts, name+" IS NOT NULL")
		default:
			return "", nil, errs.Invalid("filter_invalid", "There is no comparison %q; use one of =, !=, <, <=, >, >=, contains, is_null, not_null.", f.Op)
		}
	}
	if parts == nil {
		return "", nil, nil
	}
	return " WHERE " + strings.Join(parts, " AND "), args, nil
}
