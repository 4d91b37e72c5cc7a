package node

import (
	"context"
	"errors"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// Connect opens the connection that a node names in its field with.connection, for what T can do. Whoever opens closes.
func Connect[T connector.Conn](ctx context.Context, call *Call, name string) (conn T, err error) {
	const field = "with.connection"
	if call.Env.Connections == nil {
		return conn, FieldError("connections_missing", field, "There are no connections here; run the flow on a server.")
	}
	opened, err := call.Env.Connections.Open(ctx, call.Tenant, name)
	if err != nil {
		return conn, At(field, err)
	}
	conn, err = connector.Use[T](opened)
	if offered, ok := opened.(connector.Offered); ok && err == nil && call.Offer != "" && !offered.Offered(call.Offer) {
		err = connector.Unfit()
	}
	if err != nil {
		return conn, At(field, errors.Join(err, opened.Close()))
	}
	return conn, nil
}

// Placed names the field that an error of a connection is about, as far as its code says that. Of several lists of fields by
// codes the first that knows the code counts.
func Placed(err error, places ...map[string]string) error {
	var e *errs.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, p := range places {
		if field, ok := p[e.Code]; ok {
			return At(field, e)
		}
	}
	return err
}

// At names a field in the details of an error that name none.
func At(field string, err error) error {
	const clientClosed = 499
	var e *errs.Error
	if err == nil || !errors.As(err, &e) || e.Status == clientClosed || e.Code == "internal" {
		return err
	}
	out := *e
	out.Details = nil
	for _, d := range e.Details {
		if d.Field == "" || strings.HasPrefix(d.Field, "config.") {
			d.Field = field
		}
		out.Details = append(out.Details, d)
	}
	if len(out.Details) == 0 {
		out.Details = []errs.Detail{e.At(errs.Place{Field: field})}
	}
	return &out
}
