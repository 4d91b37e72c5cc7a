package auth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/auth"
)

func TestRoles(t *testing.T) {
	for role, want := range map[auth.Role][]auth.Permission{
		auth.Administrator: auth.Permissions(),
		auth.Developer: {auth.FlowRead, auth.RunRead, auth.ArtifactRead, auth.FileRead, auth.EnvironmentRead, auth.ConnectionRead, auth.FlowWrite, auth.FlowRun, auth.RunCancel, auth.RunApprove, auth.RunDelete,
			auth.FileWrite, auth.EnvironmentWrite, auth.ConnectionUse, auth.ConnectionWrite, auth.TokenManage, auth.SystemRead},
		auth.Operator: {auth.FlowRead, auth.RunRead, auth.ArtifactRead, auth.FileRead, auth.EnvironmentRead, auth.ConnectionRead, auth.FlowRun, auth.RunCancel, auth.RunApprove, auth.TokenManage, auth.SystemRead},
		auth.Viewer:   {auth.FlowRead, auth.RunRead, auth.ArtifactRead, auth.FileRead, auth.EnvironmentRead, auth.ConnectionRead},
		"emperor":     nil,
	} {
		require.Equal(t, want, role.Permissions(), role)
	}
	for _, p := range auth.Permissions() {
		require.True(t, p.Known())
		require.True(t, p.Declared())
	}
	require.False(t, auth.Public.Known())
	require.True(t, auth.Public.Declared())
	require.False(t, auth.Permission("").Declared())
	require.Len(t, auth.Roles(), 4)
}

func TestCan(t *testing.T) {
	nobody := t.Context()
	someone := auth.With(nobody, auth.Principal{ID: "1", Name: "ann", Permissions: []auth.Permission{auth.FlowRead}})
	// A list that names what nobody can be given is no key either.
	forged := auth.With(nobody, auth.Principal{Permissions: auth.Permissions()})
	for _, c := range []struct {
		name   string
		ctx    context.Context
		needed auth.Permission
		want   bool
	}{
		{"nobody, public", nobody, auth.Public, true},
		{"nobody, logged in", nobody, auth.LoggedIn, false},
		{"nobody, permission", nobody, auth.FlowRead, false},
		{"someone, public", someone, auth.Public, true},
		{"someone, logged in", someone, auth.LoggedIn, true},
		{"someone, held", someone, auth.FlowRead, true},
		{"someone, not held", someone, auth.FlowWrite, false},
		{"someone, nothing named", someone, "", false},
		{"permissions without a person", forged, auth.FlowRead, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, auth.Can(c.ctx, c.needed))
			require.Equal(t, c.want, auth.Require(c.ctx, c.needed) == nil)
		})
	}
	requireCode(t, auth.Require(nobody, auth.FlowRead), 401, "login_required")
	requireCode(t, auth.Require(someone, auth.FlowWrite), 403, "permission_denied")
}
