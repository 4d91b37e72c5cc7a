// Package mongo has the nodes that read from and write to collections of documents, by connections that people have set up.
package mongo

import (
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
)

// Types are the nodes of document databases.
func Types() []node.Type { return []node.Type{readType(), writeType()} }

// Target is the collection that a node works on.
type Target struct {
	Connection string `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"documents" example:"catalog" doc:"The document database" doc_zh:"文档数据库连接"`
	Database   string `json:"database,omitempty" title:"Database" zh:"数据库" more:"true" example:"shop" doc:"Left empty, that of the connection" doc_zh:"留空则为连接中的数据库"`
	Collection string `json:"collection" required:"true" title:"Collection" zh:"集合" example:"orders" doc:"Name of the collection; to read, also of a view" doc_zh:"集合名称；读取时也可为视图"`
}

func (t Target) path() connector.Path { return connector.Path{Schema: t.Database, Table: t.Collection} }

// places are the fields that errors of connections are about.
var places = map[string]string{connector.CodeTable: "with.collection", connector.CodeKeys: "with.keys", connector.CodeNoTransaction: "with.mode"}
