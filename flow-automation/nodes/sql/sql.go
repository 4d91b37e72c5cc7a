// Package sql has the nodes that read from and write to databases, by connections that people have set up.
package sql

import (
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
)

// Types are the nodes of databases.
func Types() []node.Type { return []node.Type{readType(), writeType()} }

// Target is the table that a node works on.
type Target struct {
	Schema string `json:"schema,omitempty" title:"Schema" zh:"模式" widget:"stored" of:"schema" example:"public" doc:"In which the table lies; left empty, the database decides. Of MySQL it is the database" doc_zh:"表所在的模式；留空由数据库决定。MySQL 中为数据库名"`
	Table  string `json:"table,omitempty" title:"Table" zh:"表" widget:"stored" of:"table" example:"orders" doc:"Name of the table or view" doc_zh:"表或视图的名称"`
}

func (t Target) path() connector.Path { return connector.Path{Schema: t.Schema, Table: t.Table} }

// places are the fields that errors of connections are about.
var places = map[string]string{
	connector.CodeTable: "with.table", connector.CodeKeys: "with.keys", connector.CodeNoTransaction: "with.mode", connector.CodeDependents: "with.mode",
	connector.CodeSQL: "with.query",
}
