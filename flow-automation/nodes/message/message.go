// Package message has the nodes that read and send messages, by connections that people have set up.
package message

import (
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
)

// Types are the nodes of messages.
func Types() []node.Type { return []node.Type{readType(), sendType()} }

// Format is how bodies of messages are read and written.
type Format string

// The formats.
const (
	JSON   Format = "json"
	Text   Format = "text"
	Binary Format = "binary" // as base64
)

// places are the fields that errors of connections are about.
var places = map[string]string{
	connector.CodeTopic: "with.topic", connector.CodeTopicName: "with.topic", connector.CodeGroup: "with.group", connector.CodeNotKept: "with.start",
	connector.CodeCarry: "in.table", connector.CodeTooLarge: "in.table",
}
