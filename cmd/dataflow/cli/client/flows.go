package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"dataflow/flow-automation/api"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/flow-automation/quality"
	"dataflow/ide-go-lib/errs"
)

const yamlType = "application/yaml"

// Flows lists flows; query is part of a name, title or description.
func (c *Client) Flows(ctx context.Context, query, sort string) iter.Seq2[api.FlowSummary, error] {
	q := url.Values{"q": {query}}
	if sort != "" {
		q.Set("sort", sort)
	}
	return pages[api.FlowSummary](ctx, c, at("flows"), q)
}

// Flow gives a flow with its draft.
func (c *Client) Flow(ctx context.Context, id string) (f api.Flow, err error) {
	err = c.call(ctx, http.MethodGet, at("flows", id), nil, &f)
	return f, err
}

// FindFlow gives the flow of a name or an id.
func (c *Client) FindFlow(ctx context.Context, name string) (api.FlowSummary, error) {
	for f, err := range c.Flows(ctx, name, "name") {
		if err != nil {
			return api.FlowSummary{}, err
		}
		if f.Name == name {
			return f, nil
		}
	}
	var names []string
	for f, err := range c.Flows(ctx, "", "name") {
		if err != nil {
			return api.FlowSummary{}, err
		}
		if f.ID == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	hint := "`dataflow flows list` shows all."
	if near := flow.DidYouMean(name, names); near != "" {
		hint = "D" + strings.TrimPrefix(near, "; d")
	}
	return api.FlowSummary{}, errs.NotFound("flow_not_found", "The server has no flow %q.", name).WithHint("%s", hint)
}

// NameOf gives the name of a flow for people: its id when it is gone, or cannot be asked for.
func (c *Client) NameOf(ctx context.Context, id string) string {
	f, err := c.Flow(ctx, id)
	if err != nil {
		return id
	}
	return f.Name
}

// Names gives the names of all flows, in order.
func (c *Client) Names(ctx context.Context) ([]string, error) {
	var names []string
	for f, err := range c.Flows(ctx, "", "name") {
		if err != nil {
			return nil, err
		}
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names, nil
}

// ValidateText checks a document as the server sees it, without storing it.
func (c *Client) ValidateText(ctx context.Context, text string) (a api.Analysis, err error) {
	err = c.exchange(ctx, request{method: http.MethodPost, path: at("validate"), contentType: yamlType, body: strings.NewReader(text)}, &a)
	return a, err
}

// CreateFlow makes a flow of a text, which is kept with its comments.
func (c *Client) CreateFlow(ctx context.Context, text string) (f api.Flow, err error) {
	err = c.exchange(ctx, request{method: http.MethodPost, path: at("flows"), contentType: yamlType, body: strings.NewReader(text)}, &f)
	return f, err
}

// SaveDraft replaces the draft that is still at revision.
func (c *Client) SaveDraft(ctx context.Context, id string, revision int64, text string) (d api.Draft, err error) {
	err = c.exchange(ctx, request{
		method: http.MethodPut, path: at("flows", id, "draft"), contentType: yamlType,
		header: map[string]string{"If-Match": fmt.Sprintf("%q", fmt.Sprint(revision))}, body: strings.NewReader(text),
	}, &d)
	return d, err
}

// Publish makes the draft a new version.
func (c *Client) Publish(ctx context.Context, id string, how api.PublishBody) (v api.FlowVersion, err error) {
	err = c.call(ctx, http.MethodPost, at("flows", id, "publish"), how, &v)
	return v, err
}

// Versions lists what has been published of a flow, the newest first.
func (c *Client) Versions(ctx context.Context, id string) iter.Seq2[api.FlowVersion, error] {
	return pages[api.FlowVersion](ctx, c, at("flows", id, "versions"), nil)
}

// Lineage tells where the columns of a flow come from; version 0 is the draft.
func (c *Client) Lineage(ctx context.Context, id string, version int) (g lineage.Graph, err error) {
	err = c.call(ctx, http.MethodGet, at("flows", id, "lineage")+"?version="+fmt.Sprint(version), nil, &g)
	return g, err
}

// Version gives one published version with its text.
func (c *Client) Version(ctx context.Context, id string, version int) (v api.FlowVersionDetail, err error) {
	err = c.call(ctx, http.MethodGet, at("flows", id, "versions", fmt.Sprint(version)), nil, &v)
	return v, err
}

// Document gives the document of a published version, or of the draft for version 0.
func (c *Client) Document(ctx context.Context, id string, version int) (*flow.Document, error) {
	if version > 0 {
		v, err := c.Version(ctx, id, version)
		return v.Document, err
	}
	f, err := c.Flow(ctx, id)
	return f.Draft.Document, err
}

// DeleteFlow removes a flow with its versions and webhooks; its runs stay.
func (c *Client) DeleteFlow(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, at("flows", id), nil, nil)
}

// Marks lists how far the incremental reads of a flow have come.
func (c *Client) Marks(ctx context.Context, id string) ([]api.Mark, error) {
	var list api.List[api.Mark]
	err := c.call(ctx, http.MethodGet, at("flows", id, "marks"), nil, &list)
	return list.Items, err
}

// ForgetMarks lets them begin anew, or only that of one step.
func (c *Client) ForgetMarks(ctx context.Context, id, step string) error {
	return c.call(ctx, http.MethodDelete, at("flows", id, "marks")+"?step="+url.QueryEscape(step), nil, nil)
}

// Quality says how the quality of a flow's data goes, over the last runs.
func (c *Client) Quality(ctx context.Context, id string, runs int) (t quality.Trend, err error) {
	err = c.call(ctx, http.MethodGet, at("flows", id, "quality")+"?runs="+strconv.Itoa(runs), nil, &t)
	return t, err
}
