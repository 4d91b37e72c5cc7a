package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// defaultLimit is the size of a page when nothing else is said.
const defaultLimit = 50

// position is where a page of flows ended: the value sorted by, and the id among equals.
type position struct {
	Value any    `json:"v"`
	ID    string `json:"id"`
}

func (p position) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // a text or a number always marshals
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parsePosition(cursor string) (p position, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		d := json.NewDecoder(strings.NewReader(string(b)))
		d.UseNumber()
		err = d.Decode(&p)
	}
	if err != nil {
		return p, errs.Invalid("cursor_invalid", "The cursor is not one that this list has given; leave it out to begin at the start.").
			With(errs.Detail{Message: "not a cursor of this list", Place: errs.Place{Field: "query.cursor"}})
	}
	if n, ok := p.Value.(json.Number); ok {
		if p.Value, err = n.Int64(); err != nil {
			p.Value = n.String()
		}
	}
	return p, nil
}

// List gives one page of flows without their documents, and the cursor of the next page ("" at the end).
func (s *Store) List(ctx context.Context, tenant string, f Filter) (page []Flow, next string, err error) {
	column, descending := strings.CutPrefix(f.Sort, "-")
	if f.Sort == "" {
		column, descending = "updated_at", true
	}
	value, ok := map[string]func(Flow) any{
		"name":       func(f Flow) any { return f.Name },
		"title":      func(f Flow) any { return f.Title },
		"created_at": func(f Flow) any { return f.CreatedAt.UnixMilli() },
		"updated_at": func(f Flow) any { return f.UpdatedAt.UnixMilli() },
	}[column]
	if !ok {
		return nil, "", errs.Invalid("sort_invalid", "Flows cannot be sorted by %q; use name, title, created_at or updated_at.", column)
	}
	order, beyond := "ASC", ">"
	if descending {
		order, beyond = "DESC", "<"
	}
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}

	where, args := []string{"f.tenant = ?"}, []any{tenant}
	if f.Query != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(f.Query)) + "%"
		where = append(where, `(LOWER(f.name) LIKE ? ESCAPE '\' OR LOWER(f.title) LIKE ? ESCAPE '\' OR LOWER(f.description) LIKE ? ESCAPE '\')`)
		args = append(args, like, like, like)
	}
	if f.Cursor != "" {
		p, err := parsePosition(f.Cursor)
		if err != nil {
			return nil, "", err
		}
		where = append(where, fmt.Sprintf("(f.%[1]s %[2]s ? OR (f.%[1]s = ? AND f.id %[2]s ?))", column, beyond))
		args = append(args, p.Value, p.Value, p.ID)
	}
	rows, err := s.db.Read.QueryContext(ctx, fmt.Sprintf(`SELECT %s FROM automation_flows f WHERE %s ORDER BY f.%s %s, f.id %s LIMIT ?`,
		columns, strings.Join(where, " AND "), column, order, order), append(args, limit+1)...)
	if err != nil {
		return nil, "", fmt.Errorf("list flows: %w", err)
	}
	defer func() { _ = rows.Close() }()
	page = []Flow{}
	for rows.Next() {
		flow, err := scanFlow(rows)
		if err != nil {
			return nil, "", fmt.Errorf("list flows: %w", err)
		}
		page = append(page, flow)
	}
	if err := rows.Err(); err != nil {
		return nil, "", fmt.Errorf("list flows: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		last := page[limit-1]
		next = position{Value: value(last), ID: last.ID}.String()
	}
	return page, next, nil
}
