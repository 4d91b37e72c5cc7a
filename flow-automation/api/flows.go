package api

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/store"
	"dataflow/flow-automation/trigger/webhook"
	"dataflow/ide-go-lib/errs"
)

func (a *API) listFlows(ctx context.Context, in *listFlowsInput) (*body[flowList], error) {
	tenant := tenantOf(ctx)
	page, next, err := a.deps.Flows.List(ctx, tenant, store.Filter{Query: in.Query, Sort: in.Sort, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	items := make([]FlowSummary, len(page))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, f := range page {
		g.Go(func() (err error) {
			items[i], err = a.summary(gctx, tenant, f)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return &body[flowList]{flowList{Items: items, Next: next}}, nil
}

// summary is the flow as lists show it, with its last run.
func (a *API) summary(ctx context.Context, tenant string, f store.Flow) (FlowSummary, error) {
	s := FlowSummary{
		ID: f.ID, Name: f.Name, Title: f.Title, Description: f.Description, Labels: f.Labels, NodeCount: f.NodeCount,
		CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt, UpdatedBy: f.UpdatedBy,
		PublishedVersion: f.PublishedVersion, DraftChanged: f.DraftChanged,
	}
	runs, _, err := a.deps.Engine.Runs(ctx, tenant, engine.RunFilter{FlowID: f.ID, Limit: 1})
	if err != nil {
		return FlowSummary{}, err
	}
	if len(runs) > 0 {
		r := runs[0]
		s.LastRun = &RunRef{ID: r.ID, Status: r.Status, CreatedAt: r.CreatedAt, EndedAt: r.EndedAt}
	}
	return s, nil
}

// whole is the flow with its draft and what is known of that.
func (a *API) whole(ctx context.Context, tenant string, f store.Flow) (Flow, error) {
	s, err := a.summary(ctx, tenant, f)
	if err != nil {
		return Flow{}, err
	}
	d, err := a.draft(ctx, tenant, f)
	return Flow{FlowSummary: s, Draft: d}, err
}

func (a *API) draft(ctx context.Context, tenant string, f store.Flow) (Draft, error) {
	src, err := storedSource(f.Document, f.YAML)
	if err != nil {
		return Draft{}, err
	}
	return Draft{Revision: f.Revision, Document: src.doc, YAML: f.YAML, Analysis: a.foresee(ctx, tenant, src, f)}, nil
}

func (a *API) analyze(ctx context.Context, tenant string, src source) Analysis {
	out := a.deps.Analyzer.Analyze(ctx, tenant, src.doc, src.places)
	if out.Problems == nil {
		out.Problems = []flow.Problem{}
	}
	if out.Nodes == nil {
		out.Nodes = map[string]NodeAnalysis{}
	}
	return out
}

// foresee is analyze for those who do not run the flow at once, with what is likely to be wrong then. The source is to be a draft of f.
func (a *API) foresee(ctx context.Context, tenant string, src source, f store.Flow) Analysis {
	out := a.analyze(ctx, tenant, src)
	out.Problems = flow.Merge(out.Problems, a.deps.Analyzer.Foresee(ctx, tenant, src.doc, a.published(ctx, tenant, f), src.places))
	return out
}

// published is the document of f that is published, or nil. One that cannot be read, such as of a later version of Dataflow, is as
// none: it only excuses what it had already, and a draft that mends it must open.
func (a *API) published(ctx context.Context, tenant string, f store.Flow) *flow.Document {
	if f.PublishedVersion == 0 {
		return nil
	}
	v, err := a.deps.Flows.Version(ctx, tenant, f.ID, f.PublishedVersion)
	if err == nil {
		var doc *flow.Document
		if doc, err = flow.ParseJSON(v.Document); err == nil {
			return doc
		}
	}
	a.deps.Log.WarnContext(ctx, "the published version of a flow cannot be read: its draft is checked as if there were none", "tenant", tenant, "flow", f.Name, "version", f.PublishedVersion, "error", err)
	return nil
}

func (a *API) createFlow(ctx context.Context, in *DocumentInput) (*created[Flow], error) {
	src, err := in.source("")
	if err != nil {
		return nil, err
	}
	return a.create(ctx, src)
}

func (a *API) create(ctx context.Context, src source) (*created[Flow], error) {
	// A name is needed from the beginning; anything else of a draft may still be wrong.
	for _, p := range flow.Validate(src.doc, src.places) {
		if p.Field == "metadata.name" {
			return nil, errs.Invalid(p.Code, "%s.", p.Message).With(p.Detail())
		}
	}
	c, err := store.ContentOf(src.doc, src.yaml)
	if err != nil {
		return nil, err
	}
	f, err := a.deps.Flows.Create(ctx, tenantOf(ctx), c, a.change(ctx))
	if err != nil {
		return nil, err
	}
	out, err := a.whole(ctx, tenantOf(ctx), f)
	return &created[Flow]{Location: prefix + "/flows/" + f.ID, Body: out}, err
}

func (a *API) getFlow(ctx context.Context, in *idInput) (*revised[Flow], error) {
	f, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out, err := a.whole(ctx, tenantOf(ctx), f)
	return &revised[Flow]{ETag: etag(f.Revision), Body: out}, err
}

func (a *API) deleteFlow(ctx context.Context, in *idInput) (*struct{}, error) {
	f, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.deps.Flows.Delete(ctx, tenantOf(ctx), in.ID); err != nil || a.deps.Connections == nil {
		return nil, err
	}
	return nil, a.deps.Connections.Forget(ctx, tenantOf(ctx), f.Name, "", true) // another flow of its name begins anew
}

func (a *API) duplicateFlow(ctx context.Context, in *duplicateInput) (*created[Flow], error) {
	f, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	src, err := storedSource(f.Document, f.YAML)
	if err != nil {
		return nil, err
	}
	name := in.Body.Name
	if name == "" {
		if name, err = a.deps.Flows.FreeName(ctx, tenantOf(ctx), f.Name); err != nil {
			return nil, err
		}
	}
	src.doc.Metadata.Name = name
	if in.Body.Title != "" {
		src.doc.Metadata.Title = in.Body.Title
	}
	if src, err = patched(src.doc, f.YAML); err != nil {
		return nil, err
	}
	return a.create(ctx, src)
}

func (a *API) saveDraft(ctx context.Context, in *saveDraftInput) (*revised[Draft], error) {
	revision, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(in.IfMatch, "W/"), `"`), 10, 64)
	if err != nil {
		return nil, errs.Invalid("revision_invalid", "If-Match must be the revision of the draft that the change is based on, such as 3.").
			With(errs.Detail{Message: "not a revision", Place: errs.Place{Field: "header.If-Match"}})
	}
	now, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	src, err := in.source(now.YAML)
	if err != nil {
		return nil, err
	}
	return a.replaceDraft(ctx, in.ID, revision, src)
}

func (a *API) replaceDraft(ctx context.Context, id string, revision int64, src source) (*revised[Draft], error) {
	c, err := store.ContentOf(src.doc, src.yaml)
	if err != nil {
		return nil, err
	}
	f, err := a.deps.Flows.SaveDraft(ctx, tenantOf(ctx), id, revision, c, a.change(ctx))
	if err != nil {
		return nil, err
	}
	d, err := a.draft(ctx, tenantOf(ctx), f)
	return &revised[Draft]{ETag: etag(f.Revision), Body: d}, err
}

func (a *API) validate(ctx context.Context, in *DocumentInput) (*body[Analysis], error) {
	src, err := in.source("")
	if err != nil {
		return nil, err
	}
	f, err := a.deps.Flows.ByName(ctx, tenantOf(ctx), src.doc.Metadata.Name)
	if err != nil && !errors.Is(err, store.ErrFlowNotFound) {
		return nil, err
	}
	return &body[Analysis]{a.foresee(ctx, tenantOf(ctx), src, f)}, nil
}

func (a *API) publish(ctx context.Context, in *publishInput) (*created[FlowVersion], error) {
	f, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	if in.Body.Revision > 0 && in.Body.Revision != f.Revision {
		return nil, store.UnseenDraft(f.Revision)
	}
	src, err := storedSource(f.Document, f.YAML)
	if err != nil {
		return nil, err
	}
	if err := flow.Unpublishable(a.foresee(ctx, tenantOf(ctx), src, f).Problems, in.Body.Force); err != nil {
		return nil, err
	}
	hooks, err := webhooksOf(src.doc)
	if err != nil {
		return nil, err
	}
	v, err := a.deps.Flows.Publish(ctx, tenantOf(ctx), in.ID, f.Revision, in.Body.Note, hooks, a.change(ctx))
	if err != nil {
		return nil, err
	}
	return &created[FlowVersion]{
		Location: prefix + "/flows/" + in.ID + "/versions/" + strconv.Itoa(v.Version),
		Body:     versionOf(v),
	}, nil
}

func versionOf(v store.Version) FlowVersion {
	return FlowVersion{Version: v.Version, Note: v.Note, CreatedAt: v.CreatedAt, CreatedBy: v.CreatedBy}
}

func (a *API) listVersions(ctx context.Context, in *listVersionsInput) (*body[versionList], error) {
	page, next, err := a.deps.Flows.Versions(ctx, tenantOf(ctx), in.ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := versionList{Items: make([]FlowVersion, len(page)), Next: next}
	for i, v := range page {
		out.Items[i] = versionOf(v)
	}
	return &body[versionList]{out}, nil
}

func (a *API) getVersion(ctx context.Context, in *versionInput) (*body[FlowVersionDetail], error) {
	v, err := a.deps.Flows.Version(ctx, tenantOf(ctx), in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	src, err := storedSource(v.Document, v.YAML)
	if err != nil {
		return nil, err
	}
	return &body[FlowVersionDetail]{FlowVersionDetail{FlowVersion: versionOf(v), Document: src.doc, YAML: v.YAML}}, nil
}

func (a *API) restoreVersion(ctx context.Context, in *versionInput) (*revised[Draft], error) {
	f, err := a.deps.Flows.Get(ctx, tenantOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	v, err := a.deps.Flows.Version(ctx, tenantOf(ctx), in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	src, err := storedSource(v.Document, v.YAML)
	if err != nil {
		return nil, err
	}
	return a.replaceDraft(ctx, in.ID, f.Revision, src)
}

func etag(revision int64) string { return strconv.Quote(strconv.FormatInt(revision, 10)) }

func webhooksOf(doc *flow.Document) ([]store.Webhook, error) {
	var hooks []store.Webhook
	for _, t := range doc.Spec.Triggers {
		if t.Type != webhook.Name || (t.Enabled != nil && !*t.Enabled) {
			continue
		}
		config, err := json.Marshal(t.With)
		if err != nil {
			return nil, err
		}
		path, _ := t.With["path"].(string)
		hooks = append(hooks, store.Webhook{Path: strings.Trim(path, "/"), TriggerID: t.ID, Config: config})
	}
	return hooks, nil
}
