package duck

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// codeColumnsUnknown is that of a relation whose columns only data can tell.
const codeColumnsUnknown = "columns_unknown"

// Trace implements table.Engine. DuckDB itself resolves every name in the query, over empty tables of the inputs' columns:
// its plan says of each value by number what it is made of.
func (e *Engine) Trace(ctx context.Context, tenant string, relation table.Relation, inputs map[string]table.Input, past []table.Column) (table.Lineage, error) {
	named := make(map[string]table.Input, len(inputs))
	names, stubs := make([]string, 0, len(inputs)), make([]string, 0, len(inputs))
	for i, port := range slices.Sorted(maps.Keys(inputs)) {
		name := internalPrefix + strconv.Itoa(i+1)
		named[port] = table.Input{Port: port, Name: sqltext.Quote(name), Columns: inputs[port].Columns}
		names = append(names, name)
		stubs = append(stubs, stub(inputs[port].Columns))
	}
	if probing, ok := relation.(table.Probing); ok {
		_, needed, err := probing.Probe(named)
		if err != nil {
			return table.Lineage{}, err
		}
		if needed {
			return told(relation, named, past)
		}
	}
	q, err := relation.Query(named)
	if err == nil {
		q, err = bindable(q)
	}
	if err != nil {
		return table.Lineage{}, err
	}
	checked := q
	q.Text, q.Fields, err = renumber(q, func(n int) string { return literal(q.Args[n-1]) })
	if err != nil {
		return table.Lineage{}, err
	}
	key := strings.Join(stubs, "\x00") + "\x00\x00" + q.Text
	if l, ok := e.traces.get(key); ok {
		return l, nil
	}
	s, err := e.sessionOf(ctx, e.looks.one(), tenant, access{})
	if err != nil {
		return table.Lineage{}, err
	}
	defer s.close()
	if err := e.check(ctx, s, checked, names); err != nil {
		return table.Lineage{}, err
	}
	ports := map[string]string{}
	for i, port := range slices.Sorted(maps.Keys(inputs)) {
		ports[names[i]] = port
	}
	l, err := e.trace(ctx, s, q, names, stubs, ports)
	if err != nil {
		return table.Lineage{}, err
	}
	e.traces.put(key, l)
	return l, nil
}

// told is what a relation says of itself.
func told(relation table.Relation, inputs map[string]table.Input, past []table.Column) (table.Lineage, error) {
	tracing, ok := relation.(table.Tracing)
	if !ok || past == nil {
		return table.Lineage{}, errs.New(http.StatusUnprocessableEntity, codeColumnsUnknown, "The columns are known when there is data.")
	}
	return tracing.Trace(inputs, past), nil
}

func (e *Engine) trace(ctx context.Context, s *session, q table.Query, names, stubs []string, ports map[string]string) (l table.Lineage, err error) {
	prefix := ""
	if len(names) > 0 {
		ctes := make([]string, len(names))
		for i, name := range names {
			ctes[i] = sqltext.Quote(name) + " AS (" + stubs[i] + ")"
		}
		prefix = "WITH " + strings.Join(ctes, ", ") + " "
	}
	columns, err := s.describe(ctx, prefix+"SELECT * FROM (\n"+q.Text+"\n)", nil)
	if err != nil {
		return l, place(shifted(err, len(prefix)+len("SELECT * FROM (\n")), q.Text, q.Fields, nil)
	}
	columns, _ = storable(columns)
	for i, name := range names {
		defer s.drop(ctx, sqltext.Quote(name))
		if _, err := s.exec(ctx, "CREATE OR REPLACE TEMP TABLE "+sqltext.Quote(name)+" AS "+stubs[i], nil); err != nil {
			return l, place(err, "", nil, nil)
		}
	}
	var text string
	err = s.one(ctx, "SELECT json_serialize_plan($1::VARCHAR, optimize := false)::VARCHAR", []any{q.Text}, &text)
	if err != nil {
		return l, place(err, q.Text, q.Fields, nil)
	}
	var plan struct {
		Error bool      `json:"error"`
		Plans []planned `json:"plans"`
	}
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		return l, errs.Internal(fmt.Errorf("plan of a query: %w", err))
	}
	w := tracer{ports: ports, ctes: map[int]flow{}}
	var root flow
	if !plan.Error && len(plan.Plans) == 1 {
		root = w.operator(plan.Plans[0])
	}
	if plan.Error || len(plan.Plans) != 1 || w.lost || len(root.columns) != len(columns) {
		return opaque(columns, ports), nil
	}
	for i, c := range columns {
		l.Columns = append(l.Columns, table.Traced{Column: c, From: root.columns[i].list()})
	}
	l.Rows = root.rows.list()
	return l, nil
}

// opaque has every column come from all that comes in.
func opaque(columns []table.Column, ports map[string]string) table.Lineage {
	l := table.Lineage{Opaque: true}
	from := make([]table.Origin, 0, len(ports))
	for _, port := range slices.Sorted(maps.Values(ports)) {
		from = append(from, table.Origin{Port: port, How: []table.How{table.Transformation}})
	}
	for _, c := range columns {
		l.Columns = append(l.Columns, table.Traced{Column: c, From: from})
	}
	return l
}

// literal writes a bound value as SQL: a plan takes no parameters.
func literal(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return "(" + strconv.FormatInt(v, 10) + ")"
	case *big.Int:
		return "(" + v.String() + ")"
	case float64:
		return "CAST(" + sqltext.Literal(strconv.FormatFloat(v, 'g', -1, 64)) + " AS DOUBLE)"
	case string:
		return sqltext.Literal(v)
	}
	return sqltext.Literal(fmt.Sprint(v))
}
