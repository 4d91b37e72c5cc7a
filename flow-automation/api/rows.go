package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/httpd"
	"dataflow/ide-go-lib/table"
)

// givesRows is an operation that answers a page of a table, as JSON or, to whoever accepts it, as a stream of Arrow.
func givesRows(r huma.Registry, _ *httpd.Op, doc *huma.Operation) {
	if doc != nil {
		doc.Responses["200"] = &huma.Response{
			Description: http.StatusText(http.StatusOK),
			Headers: map[string]*huma.Param{
				totalHeader: {Description: "With Arrow: how many rows there are in all", Schema: &huma.Schema{Type: huma.TypeInteger}},
			},
			Content: map[string]*huma.MediaType{
				"application/json":   {Schema: r.Schema(reflect.TypeFor[table.Page](), true, "")},
				table.ArrowMediaType: {Schema: binary()},
			},
		}
	}
}

// totalHeader says beside a stream of Arrow what the JSON has in it.
const totalHeader = "X-Total-Rows"

func (in *rowsInput) request() (req table.PageRequest, err error) {
	req = table.PageRequest{Offset: in.Offset, Limit: in.Limit}
	if req.Sort, err = sortKeys(in.Sort); err != nil {
		return req, err
	}
	if in.Filter != "" {
		if err := json.Unmarshal([]byte(in.Filter), &req.Filter); err != nil {
			return req, queryProblem("filter", `a JSON list of conditions, such as [{"column":"cost","op":">","value":"5"}]`)
		}
	}
	return req, nil
}

func (a *API) listRows(ctx context.Context, in *rowsInput) (*huma.StreamResponse, error) {
	req, err := in.request()
	if err != nil {
		return nil, err
	}
	if err := a.needTable(ctx, in.ID); err != nil {
		return nil, err
	}
	if prefersArrow(in.Accept) {
		return a.arrowRows(ctx, in, req)
	}
	page, err := a.deps.Tables.Page(ctx, tenantOf(ctx), in.table(), req)
	if err != nil {
		return nil, err
	}
	page.Rows, page.Columns = orEmpty(page.Rows), orEmpty(page.Columns)
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetHeader("Vary", "Accept")
		e := json.NewEncoder(ctx.BodyWriter())
		e.SetEscapeHTML(false)
		_ = e.Encode(page) // to whoever is still there
	}}, nil
}

// prefersArrow says whether an Accept header asks for Arrow by its name.
func prefersArrow(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(part)
		if q, bad := strconv.ParseFloat(params["q"], 64); err == nil && media == table.ArrowMediaType && (bad != nil || q > 0) {
			return true
		}
	}
	return false
}

// arrowRows gives a page in record batches.
func (a *API) arrowRows(ctx context.Context, in *rowsInput, req table.PageRequest) (*huma.StreamResponse, error) {
	var content bytes.Buffer // a page is bounded
	page, err := a.deps.Tables.WriteArrow(ctx, tenantOf(ctx), in.table(), &req, &content)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", table.ArrowMediaType)
		ctx.SetHeader("Vary", "Accept")
		ctx.SetHeader("X-Content-Type-Options", "nosniff")
		ctx.SetHeader(totalHeader, strconv.FormatInt(page.Total, 10))
		_, _ = ctx.BodyWriter().Write(content.Bytes()) // to whoever is still there
	}}, nil
}

// exportArrow writes a whole table to a new file.
func (a *API) exportArrow(ctx context.Context, in *downloadInput, file string) error {
	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // in our own scratch directory
	if err != nil {
		return err
	}
	_, err = a.deps.Tables.WriteArrow(ctx, tenantOf(ctx), in.table(), nil, out)
	return errors.Join(err, out.Close())
}

// sortKeys reads "a,-b", or a JSON list of keys for columns whose names hold commas.
func sortKeys(text string) (keys []table.SortKey, err error) {
	if strings.HasPrefix(text, "[") {
		if err := json.Unmarshal([]byte(text), &keys); err != nil {
			return nil, queryProblem("sort", `columns with commas between, or a JSON list such as [{"column":"a","desc":true}]`)
		}
		return keys, nil
	}
	for _, part := range strings.Split(text, ",") {
		if name, desc := strings.CutPrefix(part, "-"); name != "" {
			keys = append(keys, table.SortKey{Column: name, Desc: desc})
		}
	}
	return keys, nil
}

func queryProblem(name, want string) error {
	return errs.Invalid("query_invalid", "The query parameter %s must be %s.", name, want).
		With(errs.Detail{Message: "cannot be read", Place: errs.Place{Field: "query." + name}})
}
