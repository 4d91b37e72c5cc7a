package lineage

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/pattern"
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
	case host == "", kind == "imap", kind == "smtp": // whose mail it is only the connection says
		return kind + "://" + connection, joined(schema, table)
	case (kind == "mysql" || kind == "mongodb") && schema != "": // their schemas are databases
		database, schema = schema, ""
	}
	if port, err := strconv.Atoi(text("port")); err == nil && port > 0 && text("srv") != "true" {
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
	case node.DatasetURL:
		if d.Connection != "" && !strings.Contains(d.Name, "://") { // a path of a web service
			return "connection://" + d.Connection, pathName(cmp.Or(d.Template, d.Name))
		}
		return addressName(d.Name, cmp.Or(d.Template, d.Name))
	case node.DatasetFile:
		if d.Connection != "" { // an object
			name, _, _ = strings.Cut(d.Name, "?")
			return "connection://" + d.Connection, name
		}
		scheme, rest, ok := strings.Cut(d.Name, "://")
		switch {
		case !ok:
			return "file", d.Name
		case strings.EqualFold(scheme, "http"), strings.EqualFold(scheme, "https"):
			return addressName(d.Name, d.Name)
		}
		bucket, key, _ := strings.Cut(rest, "/") // s3://bucket/key
		if before, query, ok := strings.Cut(key, "?"); ok && strings.Contains(query, "=") {
			key = before
		}
		return scheme + "://" + bucket[strings.LastIndexByte(bucket, '@')+1:], key
	case node.DatasetQuery: // two queries are two datasets; their texts may hold anything
		h := sha256.Sum256([]byte(d.Name))
		return "connection://" + d.Connection, "query-" + hex.EncodeToString(h[:6])
	}
	return "connection://" + d.Connection, joined(d.Schema, d.Name)
}

// Sited has a name that means something in this place alone say which place: of two installations or tenants, neither the
// same file nor a connection of the same name is the same data.
func Sited(site, namespace, connection string) string {
	switch scheme, rest, _ := strings.Cut(namespace, ":"); {
	case namespace == "file":
		return "file://" + site
	case scheme == "sqlite":
		return "sqlite://" + site + "/" + rest
	case connection != "" && rest == "//"+connection:
		return scheme + "://" + site + "/" + connection
	}
	return namespace
}

var (
	expressions = pattern.Of(`(?s)\{\{.*?\}\}`)
	// plain is a part of a path that is surely a word: many services have a key there that is as good as a password.
	plain = pattern.Of(`^(v[0-9]{1,2}|([A-Za-z][a-z]+|[a-z]+)([A-Z_.-][a-z]+){0,3})$`)
)

// addressName names what is behind an address: the host, and of the path as it is written the words. Whatever an
// expression gives, and whatever may be a key, is a star.
func addressName(address, template string) (namespace, name string) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.Contains(u.Host, "{") {
		return "url", "*"
	}
	written, err := url.Parse(expressions.ReplaceAllString(template, "*"))
	if err != nil || written.Host == "" { // the expression gives more than a part of the path
		return u.Scheme + "://" + u.Host, "*"
	}
	return u.Scheme + "://" + u.Host, words(written.Path)
}

// pathName names a path as it is written.
func pathName(template string) string {
	u, err := url.Parse(expressions.ReplaceAllString(template, "*"))
	if err != nil {
		return "*"
	}
	return words(u.Path)
}

// words are the parts of a path that are plain, and a star for each other.
func words(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, p := range parts {
		if p != "" && (!plain.MatchString(p) || len(p) > longestWord) {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// longestWord is the length beyond which a part of a path is taken for a key.
const longestWord = 30
