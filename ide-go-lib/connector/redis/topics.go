package redis

import (
	"context"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
)

// channelPrefix begins the topics that are channels, listPrefix those that are lists; the others are streams. Those whose own
// names begin with one of the three have streamPrefix before them.
const (
	channelPrefix = "channel:"
	listPrefix    = "list:"
	streamPrefix  = "stream:"
)

// topicKind is what a topic is.
type topicKind int

const (
	isStream topicKind = iota
	isChannel
	isList
)

// parseTopic gives what a topic is, and its name.
func parseTopic(topic string) (name string, kind topicKind, err error) {
	name = topic
	channel, isA := strings.CutPrefix(topic, channelPrefix)
	list, isOne := strings.CutPrefix(topic, listPrefix)
	stream, named := strings.CutPrefix(topic, streamPrefix)
	switch {
	case isA:
		name, kind = channel, isChannel
	case isOne:
		name, kind = list, isList
	case named && mistaken(stream):
		name = stream
	}
	if name == "" {
		return "", kind, connector.TopicInvalid(topic, "it is empty").WithHint("Name a stream, a channel as channel:NAME, or a list as list:NAME.")
	}
	return name, kind, nil
}

// mistaken says that the name of a stream would be taken for another kind of topic.
func mistaken(stream string) bool {
	rest, named := strings.CutPrefix(stream, streamPrefix)
	return strings.HasPrefix(stream, channelPrefix) || strings.HasPrefix(stream, listPrefix) || named && mistaken(rest)
}

// looked is how many keys a look through the database goes over, and shown how many entries it gives.
const (
	looked = 20_000
	shown  = 1_000
)

// Browse implements connector.Conn: keys with a colon in their names lie in folders, and each key is shown once, by what it is
// used for first: streams and lists as topics, the others as objects. It looks at some of the keys only where there are very many.
func (c *conn) Browse(ctx context.Context, at connector.Path) ([]connector.Entry, error) {
	defer c.guard(ctx)()
	if at.Table != "" {
		return []connector.Entry{}, c.there(ctx, at)
	}
	keys, err := c.scan(ctx, glob(at.Schema)+"*", "")
	if err != nil {
		return nil, err
	}
	if at.Schema != "" && (len(keys) == 0 || !strings.HasSuffix(at.Schema, ":")) {
		return nil, c.noFolder(ctx, at.Schema)
	}
	var folders, own []string
	for _, name := range keys {
		if i := strings.IndexByte(name[len(at.Schema):], ':'); i >= 0 && len(at.Schema)+i+1 < len(name) {
			folders = append(folders, name[:len(at.Schema)+i+1])
			continue
		}
		own = append(own, name)
	}
	types, err := c.types(ctx, own)
	if err != nil {
		return nil, err
	}
	var inFolders, topics, objects []connector.Entry
	for _, name := range slices.Compact(folders) {
		inFolders = append(inFolders, connector.Entry{Kind: "folder", Schema: at.Schema, Name: name})
	}
	for i, name := range own {
		entry := connector.Entry{Kind: "object", Schema: at.Schema, Name: name, Type: types[i]}
		switch {
		case types[i] == "none": // it has gone meanwhile
			continue
		case types[i] == "stream":
			entry.Kind = "topic"
			if mistaken(name) {
				entry.Name = streamPrefix + name
			}
		case types[i] == "list" && !strings.Contains(name, takenSuffix+":"):
			entry.Kind, entry.Name = "topic", listPrefix+name
		}
		if entry.Kind == "topic" {
			topics = append(topics, entry)
		} else {
			objects = append(objects, entry)
		}
	}
	out := slices.Concat(inFolders, topics, objects)
	return out[:min(len(out), shown)], nil
}

// types gives what keys are: string, list, set, zset, hash, stream, or none.
func (c *conn) types(ctx context.Context, names []string) ([]string, error) {
	types := make([]string, 0, len(names))
	for part := range slices.Chunk(names, 500) {
		if err := connector.Ended(ctx); err != nil {
			return nil, err
		}
		pipe := c.client.Pipeline()
		asked := make([]*redis.StatusCmd, len(part))
		for i, name := range part {
			asked[i] = pipe.Type(ctx, name)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return nil, failed(ctx, err, c.cfg)
		}
		for _, one := range asked {
			types = append(types, one.Val())
		}
	}
	return types, nil
}

// there makes sure that a key is there, of whatever kind: nothing lies below it.
func (c *conn) there(ctx context.Context, at connector.Path) error {
	name := at.Schema + at.Table
	typ, err := c.client.Type(ctx, name).Result()
	switch {
	case err != nil:
		return failed(ctx, err, c.cfg)
	case typ != "none", strings.HasPrefix(name, channelPrefix): // channels are nowhere kept
		return nil
	}
	if key, kind, err := parseTopic(name); err == nil && key != name {
		typ, err := c.client.Type(ctx, key).Result()
		if want := map[topicKind]string{isList: "list", isStream: "stream"}[kind]; err != nil || typ == want {
			return failed(ctx, err, c.cfg)
		}
	}
	have, err := c.scan(ctx, "*", "")
	if err != nil {
		return err
	}
	return connector.TopicMissing("stream, list or key", name, have)
}

// noFolder is the error of a beginning of names that no key has, as far as a look goes.
func (c *conn) noFolder(ctx context.Context, name string) error {
	all, err := c.Browse(ctx, connector.Path{})
	if err != nil {
		return err
	}
	var folders []string
	for _, e := range all {
		if e.Kind == "folder" {
			folders = append(folders, e.Name)
		}
	}
	return errs.NotFound(connector.CodeFolder, "No key was found whose name begins with the folder %q.", name).
		WithHint("%s", strings.TrimSpace("The name of a folder ends with a colon, as in user:. "+near.Hint(name, folders)))
}

// scan gives the names of keys in their order, at most as many as a look goes over.
func (c *conn) scan(ctx context.Context, pattern, typ string) ([]string, error) {
	var names []string
	var cursor uint64
	for range looked / 500 {
		page, next, err := c.page(ctx, cursor, pattern, typ, 500)
		if err != nil {
			return nil, err
		}
		names = append(names, page...)
		if cursor = next; cursor == 0 {
			break
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (c *conn) page(ctx context.Context, cursor uint64, pattern, typ string, count int64) ([]string, uint64, error) {
	if err := connector.Ended(ctx); err != nil {
		return nil, 0, err
	}
	cmd := c.client.Scan(ctx, cursor, pattern, count)
	if typ != "" {
		cmd = c.client.ScanType(ctx, cursor, pattern, count, typ)
	}
	page, next, err := cmd.Result()
	return page, next, failed(ctx, err, c.cfg)
}

// glob writes a text so that a pattern finds just it.
func glob(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(text)
}

// stream makes sure that a stream is there.
func (c *conn) stream(ctx context.Context, name string) error {
	typ, err := c.client.Type(ctx, name).Result()
	if err != nil {
		return failed(ctx, err, c.cfg)
	}
	switch typ {
	case "stream":
		return nil
	case "none":
		streams, err := c.scan(ctx, "*", "stream")
		if err != nil {
			return err
		}
		return connector.TopicMissing("stream", name, streams)
	}
	hint := "Choose a stream, or read keys in place of messages."
	if typ == "list" {
		hint = "Choose a stream, or write list:" + name + "."
	}
	return errs.Invalid(connector.CodeTopic, "The key %q is a %s, not a stream.", name, typ).WithHint("%s", hint)
}
