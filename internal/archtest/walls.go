// Package archtest holds the walls of the house: which package may know which. The rules are data; a test reads the
// imports of every file and says which one climbs a wall. golangci-lint holds the same walls while one types.
package archtest

import "strings"

// Module is the path that all packages of this repository begin with.
const Module = "dataflow/"

// Wall forbids imports to the packages below From, but for those below Except.
type Wall struct {
	Name   string
	From   []string // packages or, with /..., everything below
	Except []string
	// Deny lists what may not be imported; Allow takes back parts of it.
	Deny, Allow []string
	Why         string
}

// pure packages know neither files, nor the network, nor a clock.
var pure = []string{
	"flow-automation/flow", "flow-automation/run", "flow-automation/value", "flow-automation/lineage", "ide-go-lib/expr", "ide-go-lib/spec", "ide-go-lib/errs", "ide-go-lib/near", "ide-go-lib/words",
}

// Pure lists the packages in which time.Now may not be called either.
func Pure() []string { return append([]string{}, pure...) }

// Walls are those of docs/architecture.md.
func Walls() []Wall {
	return []Wall{
		{
			Name: "pure packages have no outside", From: pure,
			Deny: []string{"os", "os/...", "net", "net/...", "database/sql", "io/ioutil", "syscall", "log", "log/slog"},
			// errs names HTTP statuses; it opens no connection. Nor does who takes an address apart.
			Allow: []string{"net/http", "net/url"},
			Why:   "they are functions of what they are given, so that tests and replays always see the same",
		},
		{
			Name: "pure packages open no connection", From: pure, Except: []string{"ide-go-lib/errs"},
			Deny: []string{"net/http"},
			Why:  "only errs needs the names of the HTTP statuses",
		},
		{
			Name: "ide-go-lib has no business words", From: []string{"ide-go-lib/..."},
			Deny: []string{"dataflow/flow-automation/...", "dataflow/coderunner/...", "dataflow/dia-flow-web/...", "dataflow/cmd/...", "dataflow/ecron/...", "dataflow/flow-stream-data-pipeline/...", "dataflow/examples/..."},
			Why:  "shared mechanisms know nothing of the services that use them",
		},
		{
			Name: "the domain knows no machinery", From: []string{"flow-automation/flow", "flow-automation/value"},
			Deny: []string{"dataflow/flow-automation/engine/...", "dataflow/flow-automation/store/...", "dataflow/flow-automation/api/...", "dataflow/flow-automation/nodes/...", "dataflow/flow-automation/node/..."},
			Why:  "documents mean the same whoever runs or stores them",
		},
		{
			Name: "the state machine knows no driver", From: []string{"flow-automation/run"},
			Deny: []string{"dataflow/flow-automation/engine/...", "dataflow/flow-automation/store/...", "dataflow/flow-automation/api/...", "dataflow/flow-automation/nodes/..."},
			Why:  "every driver feeds the same machine",
		},
		{
			Name: "nodes and triggers know the kit only", From: []string{"flow-automation/node", "flow-automation/nodes/...", "flow-automation/trigger/..."},
			Deny: []string{"dataflow/flow-automation/engine/...", "dataflow/flow-automation/run/...", "dataflow/flow-automation/store/...", "dataflow/flow-automation/api/...", "dataflow/coderunner/...", "dataflow/cmd/..."},
			Why:  "a node is one folder that says what it does, never when or where it runs",
		},
		{
			Name: "DuckDB has one room", From: []string{"..."}, Except: []string{"ide-go-lib/table/duck/...", "bench/..."},
			Deny: []string{"github.com/duckdb/..."},
			Why:  "table.Engine is how tables are computed; its limits are set in one place",
		},
		{
			Name: "the API stands on contracts", From: []string{"flow-automation/api/...", "flow-automation/store/..."},
			Deny: []string{"dataflow/flow-automation/engine/local/...", "dataflow/flow-automation/engine/step/...", "dataflow/flow-automation/nodes/...", "dataflow/ide-go-lib/table/duck/...", "dataflow/coderunner/..."},
			Why:  "drivers and services are put together in one place, the façade",
		},
		{
			Name: "services meet only in cmd/dataflow", From: []string{"flow-automation/..."},
			Deny: []string{"dataflow/coderunner/...", "dataflow/ecron/...", "dataflow/flow-stream-data-pipeline/...", "dataflow/dia-flow-web/...", "dataflow/cmd/..."},
			Why:  "they meet through small interfaces that cmd/dataflow fills",
		},
		{
			Name: "services meet only in cmd/dataflow (coderunner)", From: []string{"coderunner/..."},
			// The contract of the Python runner is declared by its user, package node.
			Deny:  []string{"dataflow/flow-automation/...", "dataflow/ecron/...", "dataflow/flow-stream-data-pipeline/...", "dataflow/dia-flow-web/...", "dataflow/cmd/..."},
			Allow: []string{"dataflow/flow-automation/node", "dataflow/flow-automation/value"},
			Why:   "they meet through small interfaces that cmd/dataflow fills",
		},
	}
}

// Forbids says whether the wall forbids package pkg (without the module's path) to import imported.
func (w Wall) Forbids(pkg, imported string) bool {
	return matchAny(w.From, pkg) && !matchAny(w.Except, pkg) && matchAny(w.Deny, imported) && !matchAny(w.Allow, imported)
}

func matchAny(patterns []string, pkg string) bool {
	for _, p := range patterns {
		if match(p, pkg) {
			return true
		}
	}
	return false
}

func match(pattern, pkg string) bool {
	if pattern == "..." {
		return true
	}
	if base, deep := strings.CutSuffix(pattern, "/..."); deep {
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	}
	return pkg == pattern
}

// Family gives the folder of a node below nodes, such as table/filter; "" for any other package. Folders of one family
// share what lies in the family's own folder.
func Family(pkg string) string {
	const nodes = "flow-automation/nodes/"
	rest, ok := strings.CutPrefix(pkg, nodes)
	if !ok {
		return ""
	}
	return rest
}

// Neighbours says whether a package of one family of nodes imports one of another. What lies in internal is for all.
func Neighbours(pkg, imported string) bool {
	mine, theirs := Family(pkg), Family(strings.TrimPrefix(imported, Module))
	if mine == "" || theirs == "" || first(theirs) == "internal" {
		return false
	}
	return first(mine) != first(theirs)
}

func first(path string) string {
	family, _, _ := strings.Cut(path, "/")
	return family
}
