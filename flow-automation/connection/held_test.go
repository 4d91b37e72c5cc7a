package connection

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/telemetry"
)

// bare is a system that reads and writes tables.
type bare struct{ connector.Tables }

func (bare) Close() error { return nil }

type opens struct{ conn connector.Conn }

func (o opens) Way(context.Context, string, string) (node.Way, error) { return node.Way{}, nil }

func (o opens) Open(context.Context, string, string) (connector.Conn, error) { return o.conn, nil }

// Systems of keys have the methods of databases, but no SQL.
func TestConnectionsFitTheNode(t *testing.T) {
	keys := &connector.Type{Offers: []connector.Offer{connector.OffersKeys}}
	for offer, fits := range map[connector.Offer]bool{connector.OffersKeys: true, connector.OffersSQL: false} {
		left := false
		conn := &held{Conn: bare{}, kind: keys, leave: func() { left = true }}
		_, err := node.Connect[connector.Tables](t.Context(), &node.Call{Env: &node.Env{Connections: opens{conn}}, Offer: offer}, "cache")
		if fits {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, connector.CodeUnfit, errs.From(err).Code, offer)
		require.Equal(t, "with.connection", errs.From(err).Details[0].Field)
		require.True(t, left, "what does not fit is closed")
	}
}

// refusing finds out more about a failure that it knows.
type refusing struct{ connector.Tables }

func (refusing) Write(ctx context.Context, _ connector.WriteRequest) (connector.Written, error) {
	errs.Foretell(ctx, errs.Conflict("taken", "The server says: %s.", "no hunter2-hunter2"))
	return connector.Written{}, ctx.Err()
}

// What is said early of a failure tells no secret either.
func TestForetoldFailuresTellNoSecrets(t *testing.T) {
	secrets := &telemetry.Redactor{}
	defer secrets.Add("hunter2-hunter2")()
	var told *errs.Error
	_, err := (&held{Conn: refusing{}, secrets: secrets}).Write(errs.Listen(t.Context(), func(e *errs.Error) { told = e }), connector.WriteRequest{})
	require.NoError(t, err)
	require.Equal(t, "The server says: no [redacted].", told.Message)
	require.Empty(t, told.Args)
}

// What a server says may hold a secret: it is neither in the message nor in the parts that it was put together of.
func TestSecretsLeaveErrorsWithTheirParts(t *testing.T) {
	var secrets telemetry.Redactor
	defer secrets.Add("hunter2-hunter2")()
	e := errs.From(redacted(errs.Invalid("x", "The server says: %s.", "no hunter2-hunter2").WithHint("Not %s.", "hunter2-hunter2").With(
		errs.At(errs.Place{}, "x", "Said %s.", "hunter2-hunter2"), errs.At(errs.Place{}, "x", "Row %d.", 3)), &secrets))
	require.NotContains(t, fmt.Sprintf("%+v", *e), "hunter2")
	require.Equal(t, errs.Said{Form: "Row {0}.", Args: []string{"3"}}, e.Details[1].Said)
}
