package errs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/errs"
)

func TestStatuses(t *testing.T) {
	for status, make := range map[int]func(string, string, ...any) *errs.Error{
		http.StatusUnprocessableEntity: errs.Invalid, http.StatusNotFound: errs.NotFound, http.StatusConflict: errs.Conflict,
		http.StatusUnauthorized: errs.Unauthorized, http.StatusForbidden: errs.Forbidden, http.StatusServiceUnavailable: errs.Unavailable,
	} {
		require.Equal(t, &errs.Error{
			Code: "x", Status: status, Message: "There are 3 <things>.", Said: errs.Said{Form: "There are {0} {1}.", Args: []string{"3", "<things>"}},
		}, make("x", "There are %d %s.", 3, "<things>"))
	}
}

func TestTheCauseIsForTheLogOnly(t *testing.T) {
	e := errs.Internal(fmt.Errorf("open /etc/secret: %w", io.ErrUnexpectedEOF)).WithHint("Ask %s.", "somebody")
	require.ErrorIs(t, e, io.ErrUnexpectedEOF)
	require.Contains(t, e.Error(), "/etc/secret")
	data, err := json.Marshal(e)
	require.NoError(t, err)
	require.JSONEq(t, `{"code":"internal","status":500,"message":"Something went wrong on the server; its log says more.","hint":"Ask somebody.","hint_form":"Ask {0}.","hint_args":["somebody"]}`, string(data))
}

func TestFrom(t *testing.T) {
	require.Nil(t, errs.From(nil))
	own := errs.Conflict("draft_conflict", "Somebody else saved.")
	require.Same(t, own, errs.From(fmt.Errorf("save: %w", own)))
	other := errs.From(io.ErrClosedPipe)
	require.Equal(t, "internal", other.Code)
	require.ErrorIs(t, other, io.ErrClosedPipe)
	require.Equal(t, io.ErrClosedPipe, errors.Unwrap(errs.Invalid("x", "y").Wrap(io.ErrClosedPipe)))
}

func TestIsComparesCodes(t *testing.T) {
	err := fmt.Errorf("while: %w", errs.NotFound("run_not_found", "There is no run %q.", "x"))
	require.ErrorIs(t, err, &errs.Error{Code: "run_not_found"})
	require.NotErrorIs(t, err, &errs.Error{Code: "flow_not_found"})
	require.NotErrorIs(t, err, errs.NotFound("run_not_found", "Another one."), "with a message it is one error, not a kind")
	require.NotErrorIs(t, err, io.ErrClosedPipe)
}

func TestPlaces(t *testing.T) {
	for want, place := range map[string]errs.Place{
		"":                                  {},
		"node costly, with.where":           {Node: "costly", Field: "with.where"},
		"in.csv, line 3, column 7, row 2":   {File: "in.csv", Line: 3, Column: 7, Row: 2},
		"node a, f, in.csv, line 1, row 12": {Node: "a", Field: "f", File: "in.csv", Line: 1, Row: 12},
	} {
		require.Equal(t, want, place.String())
	}
	require.Equal(t, "line 2: Wrong.", errs.Detail{Message: "Wrong.", Place: errs.Place{Line: 2}}.String())
	require.Equal(t, "Wrong.", errs.Detail{Message: "Wrong."}.String())
	e := errs.Invalid("flow_invalid", "The flow is not valid.").With(errs.Detail{Message: "Wrong.", Place: errs.Place{Node: "a"}}, errs.Detail{Message: "Worse."})
	require.Equal(t, "The flow is not valid.; node a: Wrong.; Worse.", e.Error())
	data, err := json.Marshal(e)
	require.NoError(t, err)
	require.JSONEq(t, `{"code":"flow_invalid","status":422,"message":"The flow is not valid.","details":[{"message":"Wrong.","node":"a"},{"message":"Worse."}]}`, string(data))
}

// An error that a reader gives is not the end of what it reads, whatever caused it.
func TestWrapHidesEnds(t *testing.T) {
	t.Parallel()
	for _, err := range []error{errs.Internal(io.EOF), errs.Unavailable("lost", "Lost.").Wrap(fmt.Errorf("no more packets: %w", io.EOF))} {
		require.NotErrorIs(t, err, io.EOF)
		require.ErrorContains(t, err, "EOF")
	}
}
