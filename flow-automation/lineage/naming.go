package lineage

import (
	"fmt"
	"strconv"
	"strings"

	"dataflow/flow-automation/node"
)

// defaultSchema is where the tables of a system are that are named without a schema.
var defaultSchema = map[string]string{"postgres": "public"}

// TableName names a table as OpenLineage does: the server is the namespace, database, schema and table the name. Config is
// the connection's, without its secrets.
func TableName(kind string, config map[string]any, connection, schema, table string) (namespace, name string) {
	text := func(key string) string {
		if v := config[key]; v != nil {
			return fmt.Sprint(v)
		}
		return ""
	}
	if schema == "" {
		schema = defaultSchema[kind]
	}
	host, database := text("host"), text("database")
	switch {
	case kind == "sqlite":
		return "sqlite:" + text("path"), table
	case host == "":
		return kind + "://" + connection, joined(schema, table)
	case kind == "mysql" && schema != "": // its schemas are databases
		database, schema = schema, ""
	}
	if port, err := strconv.Atoi(text("port")); err == nil && port > 0 {
		if strings.Contains(host, ":") { // an address of IPv6
			host = "[" + host + "]"
		}
		host += ":" + strconv.Itoa(port)
	}
	return kind + "://" + host, joined(database, schema, table)
}

func joined(parts ...string) string {
	var named []string
	for _, p := range parts {
		if p != "" {
			named = append(named, p)
		}
	}
	return strings.Join(named, ".")
}

// PlainName names what needs no connection to be known. Of an address it keeps nothing that may be secret.
func PlainName(d node.Dataset) (namespace, name string) {
	switch d.Kind {
	case node.DatasetURL, node.DatasetFile:
		if d.Connection != "" { // an object, or a path of a web service
			name, _, _ = strings.Cut(d.Name, "?")
			return "connection://" + d.Connection, name
		}
		if scheme, rest, ok := strings.Cut(d.Name, "://"); ok { // https://host/path?query, s3://bucket/key
			host, path, _ := strings.Cut(rest, "/")
			host = host[strings.LastIndexByte(host, '@')+1:]
			if d.Kind == node.DatasetURL {
				host, _, _ = strings.Cut(host, "?")
				path, _, _ = strings.Cut(path, "?")
				path, _, _ = strings.Cut(path, "#")
			}
			return scheme + "://" + host, path
		}
		return "file", d.Name
	case node.DatasetQuery:
		return "connection://" + d.Connection, "query"
	}
	return "connection://" + d.Connection, joined(d.Schema, d.Name)
}
