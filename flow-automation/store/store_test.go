package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit/dbtest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(minutes int) store.Change {
	return store.Change{By: "ada", At: noon.Add(time.Duration(minutes) * time.Minute)}
}

func open(t *testing.T) *store.Store {
	t.Helper()
	d := dbtest.Temp(t)
	s, err := store.New(t.Context(), d)
	require.NoError(t, err)
	return s
}

func content(t *testing.T, name string, nodes ...string) store.Content {
	t.Helper()
	doc := &flow.Document{APIVersion: flow.APIVersion, Kind: flow.Kind, Metadata: flow.Metadata{Name: name, Title: "Title of " + name, Labels: map[string]string{"team": "x"}}}
	for _, id := range nodes {
		doc.Spec.Nodes = append(doc.Spec.Nodes, flow.Node{ID: id, Type: "value.set"})
	}
	c, err := store.ContentOf(doc, "# kept\nname: "+name+"\n")
	require.NoError(t, err)
	return c
}

func code(t *testing.T, err error, want string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, errs.From(err).Code, err)
}

func TestCreateAndGet(t *testing.T) {
	s, ctx := open(t), t.Context()
	made, err := s.Create(ctx, "a", content(t, "one", "x", "y"), at(0))
	require.NoError(t, err)
	got, err := s.Get(ctx, "a", made.ID)
	require.NoError(t, err)
	require.Equal(t, made, got)
	require.Len(t, got.ID, 26)
	require.Equal(t, "one", got.Name)
	require.Equal(t, 2, got.NodeCount)
	require.Equal(t, map[string]string{"team": "x"}, got.Labels)
	require.Equal(t, "# kept\nname: one\n", got.YAML)
	require.Equal(t, int64(1), got.Revision)
	require.True(t, got.DraftChanged, "nothing is published yet")
	require.Equal(t, noon, got.CreatedAt)
	byName, err := s.ByName(ctx, "a", "one")
	require.NoError(t, err)
	require.Equal(t, got, byName)

	_, err = s.Create(ctx, "a", content(t, "one"), at(1))
	code(t, err, "flow_name_taken")
	free, err := s.FreeName(ctx, "a", "one")
	require.NoError(t, err)
	require.Equal(t, "one-2", free)
}

func TestSaveDraft(t *testing.T) {
	s, ctx := open(t), t.Context()
	f, err := s.Create(ctx, "a", content(t, "one"), at(0))
	require.NoError(t, err)
	other, err := s.Create(ctx, "a", content(t, "other"), at(0))
	require.NoError(t, err)

	saved, err := s.SaveDraft(ctx, "a", f.ID, 1, content(t, "renamed", "x"), at(5))
	require.NoError(t, err)
	require.Equal(t, int64(2), saved.Revision)
	require.Equal(t, "renamed", saved.Name)
	require.Equal(t, noon.Add(5*time.Minute), saved.UpdatedAt)
	require.Equal(t, noon, saved.CreatedAt)

	_, err = s.SaveDraft(ctx, "a", f.ID, 1, content(t, "late"), at(6))
	code(t, err, "draft_conflict")
	_, err = s.SaveDraft(ctx, "a", other.ID, 1, content(t, "renamed"), at(6))
	code(t, err, "flow_name_taken")
	nameless, err := s.SaveDraft(ctx, "a", f.ID, 2, content(t, ""), at(6))
	require.NoError(t, err)
	require.Equal(t, "renamed", nameless.Name, "an unfinished document leaves the name")
}

func TestPublishAndVersions(t *testing.T) {
	s, ctx := open(t), t.Context()
	f, err := s.Create(ctx, "a", content(t, "one"), at(0))
	require.NoError(t, err)
	hook := func(path string) []store.Webhook {
		return []store.Webhook{{Path: path, TriggerID: "hook", Config: []byte(`{"path":"` + path + `"}`)}}
	}
	_, err = s.Publish(ctx, "a", f.ID, 7, "", nil, at(1))
	code(t, err, "draft_conflict")
	v, err := s.Publish(ctx, "a", f.ID, 1, "first", hook("in/one"), at(1))
	require.NoError(t, err)
	require.Equal(t, 1, v.Version)
	f, err = s.Get(ctx, "a", f.ID)
	require.NoError(t, err)
	require.False(t, f.DraftChanged)
	require.Equal(t, 1, f.PublishedVersion)

	f, err = s.SaveDraft(ctx, "a", f.ID, 1, content(t, "one", "added"), at(2))
	require.NoError(t, err)
	require.True(t, f.DraftChanged)
	old, err := s.Version(ctx, "a", f.ID, 1)
	require.NoError(t, err)
	require.NotContains(t, string(old.Document), "added", "a version never changes")

	v, err = s.Publish(ctx, "a", f.ID, 2, "second", hook("in/two"), at(3))
	require.NoError(t, err)
	require.Equal(t, 2, v.Version)
	h, err := s.Webhook(ctx, "in/two")
	require.NoError(t, err)
	require.Equal(t, store.Webhook{Path: "in/two", Tenant: "a", FlowID: f.ID, Version: 2, TriggerID: "hook", Config: []byte(`{"path":"in/two"}`)}, h)
	_, err = s.Webhook(ctx, "in/one")
	code(t, err, "webhook_not_found")

	page, next, err := s.Versions(ctx, "a", f.ID, "", 1)
	require.NoError(t, err)
	require.Len(t, page, 1)
	require.Equal(t, "second", page[0].Note)
	page, next, err = s.Versions(ctx, "a", f.ID, next, 1)
	require.NoError(t, err)
	require.Equal(t, "first", page[0].Note)
	require.Empty(t, next)
	_, err = s.Version(ctx, "a", f.ID, 3)
	code(t, err, "version_not_found")
	_, _, err = s.Versions(ctx, "a", f.ID, "x", 1)
	code(t, err, "cursor_invalid")
}

func TestWebhookPathOfAnotherFlow(t *testing.T) {
	s, ctx := open(t), t.Context()
	for i, tenant := range []string{"a", "b"} {
		f, err := s.Create(ctx, tenant, content(t, "one"), at(0))
		require.NoError(t, err)
		_, err = s.Publish(ctx, tenant, f.ID, 1, "", []store.Webhook{{Path: "p", TriggerID: "t", Config: []byte(`{}`)}}, at(1))
		if i == 0 {
			require.NoError(t, err)
			continue
		}
		code(t, err, "webhook_path_taken")
		f, err = s.Get(ctx, tenant, f.ID)
		require.NoError(t, err)
		require.Zero(t, f.PublishedVersion, "nothing half-published")
	}
}

func TestDeleteTakesEverythingAlong(t *testing.T) {
	s, ctx := open(t), t.Context()
	f, err := s.Create(ctx, "a", content(t, "one"), at(0))
	require.NoError(t, err)
	_, err = s.Publish(ctx, "a", f.ID, 1, "", []store.Webhook{{Path: "p", TriggerID: "t", Config: []byte(`{}`)}}, at(1))
	require.NoError(t, err)
	require.NoError(t, s.Delete(ctx, "a", f.ID))
	code(t, s.Delete(ctx, "a", f.ID), "flow_not_found")
	_, err = s.Version(ctx, "a", f.ID, 1)
	code(t, err, "version_not_found")
	_, err = s.Webhook(ctx, "p")
	code(t, err, "webhook_not_found")
}

func TestForeignTenantSeesNothing(t *testing.T) {
	s, ctx := open(t), t.Context()
	f, err := s.Create(ctx, "a", content(t, "one"), at(0))
	require.NoError(t, err)
	_, err = s.Publish(ctx, "a", f.ID, 1, "", nil, at(1))
	require.NoError(t, err)
	for name, call := range map[string]func() error{
		"get":      func() error { _, err := s.Get(ctx, "b", f.ID); return err },
		"by name":  func() error { _, err := s.ByName(ctx, "b", "one"); return err },
		"save":     func() error { _, err := s.SaveDraft(ctx, "b", f.ID, 1, content(t, "x"), at(2)); return err },
		"delete":   func() error { return s.Delete(ctx, "b", f.ID) },
		"publish":  func() error { _, err := s.Publish(ctx, "b", f.ID, 1, "", nil, at(2)); return err },
		"versions": func() error { _, _, err := s.Versions(ctx, "b", f.ID, "", 0); return err },
	} {
		t.Run(name, func(t *testing.T) { code(t, call(), "flow_not_found") })
	}
	_, err = s.Version(ctx, "b", f.ID, 1)
	code(t, err, "version_not_found")
	page, _, err := s.List(ctx, "b", store.Filter{})
	require.NoError(t, err)
	require.Empty(t, page)
	_, err = s.Create(ctx, "b", content(t, "one"), at(3))
	require.NoError(t, err, "names of different tenants do not meet")
	still, err := s.Get(ctx, "a", f.ID)
	require.NoError(t, err)
	require.Equal(t, int64(1), still.Revision)
}

func TestListSortsFiltersAndPages(t *testing.T) {
	s, ctx := open(t), t.Context()
	for i := range 7 {
		_, err := s.Create(ctx, "a", content(t, fmt.Sprintf("flow-%d", i)), at(i/2))
		require.NoError(t, err)
	}
	_, err := s.Create(ctx, "a", content(t, "100%_sure"), at(9))
	require.NoError(t, err)

	for sort, want := range map[string][2]string{
		"name":        {"100%_sure", "flow-6"},
		"-title":      {"flow-6", "100%_sure"},
		"created_at":  {"flow-0", "100%_sure"},
		"-updated_at": {"100%_sure", "flow-0"},
	} {
		t.Run(sort, func(t *testing.T) {
			var names []string
			for cursor := ""; ; {
				page, next, err := s.List(ctx, "a", store.Filter{Sort: sort, Cursor: cursor, Limit: 3})
				require.NoError(t, err)
				for _, f := range page {
					names = append(names, f.Name)
				}
				if cursor = next; next == "" {
					break
				}
			}
			require.Len(t, names, 8)
			require.ElementsMatch(t, []string{"flow-0", "flow-1", "flow-2", "flow-3", "flow-4", "flow-5", "flow-6", "100%_sure"}, names)
			require.Equal(t, want[0], names[0])
			if sort != "-updated_at" { // equal times are ordered by id
				require.Equal(t, want[1], names[7])
			}
		})
	}
	for query, want := range map[string]int{"FLOW-": 7, "%_": 1, "_": 1, "of flow-3": 1, "nothing": 0} {
		page, _, err := s.List(ctx, "a", store.Filter{Query: query})
		require.NoError(t, err)
		require.Len(t, page, want, query)
	}
	_, _, err = s.List(ctx, "a", store.Filter{Sort: "document"})
	code(t, err, "sort_invalid")
	_, _, err = s.List(ctx, "a", store.Filter{Cursor: "!"})
	code(t, err, "cursor_invalid")
}
