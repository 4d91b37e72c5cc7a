// Package auth knows who asks and what they may do. Principals travel in the context; Service keeps users, sessions and
// tokens.
package auth

import "slices"

// Permission is one thing that a principal may or may not do.
type Permission string

// The permissions of the product.
const (
	FlowRead     Permission = "flow.read"
	FlowWrite    Permission = "flow.write"
	FlowRun      Permission = "flow.run"
	RunRead      Permission = "run.read"
	RunCancel    Permission = "run.cancel"
	RunApprove   Permission = "run.approve"
	RunDelete    Permission = "run.delete"
	ArtifactRead Permission = "artifact.read"
	FileRead     Permission = "file.read"
	FileWrite    Permission = "file.write"
	// EnvironmentAdmin lets code out to hosts, and packages be built from source.
	EnvironmentRead  Permission = "environment.read"
	EnvironmentWrite Permission = "environment.write"
	EnvironmentAdmin Permission = "environment.admin"
	// ConnectionUse looks through a connection: what is there, and the first rows of it.
	ConnectionRead  Permission = "connection.read"
	ConnectionUse   Permission = "connection.use"
	ConnectionWrite Permission = "connection.write"
	TokenManage     Permission = "token.manage"
	UserManage      Permission = "user.manage"
	SystemRead      Permission = "system.read"
)

// What a handler declares when it needs none of the above. They are held by nobody and cannot be given to anybody.
const (
	// Public is for everybody, logged in or not.
	Public Permission = "public"
	// LoggedIn is for every principal, whatever it may do.
	LoggedIn Permission = "logged_in"
)

// Role is a named list of permissions within a tenant.
type Role string

// The roles.
const (
	Administrator Role = "administrator"
	Developer     Role = "developer"
	Operator      Role = "operator"
	Viewer        Role = "viewer"
)

// Permissions lists all permissions, in the order in which people think of them.
func Permissions() []Permission {
	return []Permission{
		FlowRead, FlowWrite, FlowRun, RunRead, RunCancel, RunApprove, RunDelete, ArtifactRead, FileRead, FileWrite, EnvironmentRead, EnvironmentWrite, EnvironmentAdmin,
		ConnectionRead, ConnectionUse, ConnectionWrite, TokenManage, UserManage, SystemRead,
	}
}

// Roles lists all roles, from the most to the least powerful.
func Roles() []Role { return []Role{Administrator, Developer, Operator, Viewer} }

// Permissions gives what the role may do; an unknown role may do nothing.
func (r Role) Permissions() []Permission {
	viewer := []Permission{FlowRead, RunRead, ArtifactRead, FileRead, EnvironmentRead, ConnectionRead}
	switch r {
	case Administrator:
		return Permissions()
	case Developer:
		return append(viewer, FlowWrite, FlowRun, RunCancel, RunApprove, RunDelete, FileWrite, EnvironmentWrite, ConnectionUse, ConnectionWrite, TokenManage, SystemRead)
	case Operator:
		return append(viewer, FlowRun, RunCancel, RunApprove, TokenManage, SystemRead)
	case Viewer:
		return viewer
	}
	return nil
}

// Known says whether p is one of the product's permissions, which can be given to a token.
func (p Permission) Known() bool { return slices.Contains(Permissions(), p) }

// Declared says whether a handler may name p as what it needs.
func (p Permission) Declared() bool { return p == Public || p == LoggedIn || p.Known() }

// union gives the permissions of all roles, each once, in the order of Permissions.
func union(roles []Role) []Permission {
	var out []Permission
	for _, p := range Permissions() {
		if slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(r.Permissions(), p) }) {
			out = append(out, p)
		}
	}
	return out
}
