package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/flatten"
	"dataflow/ide-go-lib/words"
)

// Read says which messages to read, and until when.
type Read struct {
	Connection string          `json:"connection" required:"true" title:"Connection" zh:"连接" widget:"connection" of:"messages" example:"events" doc:"The system of messages" doc_zh:"消息系统的连接"`
	Topic      string          `json:"topic" required:"true" title:"Topic" zh:"主题" minLength:"1" example:"orders" doc:"Topic, subject, stream or queue; patterns as the system knows them" doc_zh:"主题、流或队列；可用该系统支持的通配写法"`
	Start      connector.Start `json:"start" title:"Begin" zh:"起点" enum:"beginning,now" default:"beginning" doc:"Of the first run: with what is still kept, or with what comes from now on" doc_zh:"首次运行的起点：从仍保存的消息开始，或从现在起"`
	Resume     bool            `json:"resume" title:"Go on" zh:"接续" default:"true" doc:"Later runs go on where the last one that succeeded ended; else each begins anew" doc_zh:"之后的运行从上次成功运行结束处继续；否则每次重新开始"`
	Group      string          `json:"group,omitempty" title:"Group" zh:"消费组" example:"nightly" doc:"Those of one name share the messages, and the system itself remembers which are done with; a channel in NSQ" doc_zh:"同名者分担消息，由系统自身记住已处理的消息；在 NSQ 中为通道"`
	Messages   int             `json:"messages" title:"At most messages" zh:"最多消息数" default:"1000" minimum:"1" maximum:"10000000" doc:"The reading ends with so many" doc_zh:"读到这么多条后结束"`
	Seconds    float64         `json:"seconds" title:"At most seconds" zh:"最长秒数" more:"true" default:"30" minimum:"0.05" maximum:"86400" doc:"The reading ends after that time" doc_zh:"超过该时间后结束"`
	Quiet      float64         `json:"quiet_seconds" title:"Seconds of quiet" zh:"静默秒数" more:"true" default:"2" minimum:"0.05" maximum:"86400" doc:"The reading ends when nothing has come for that time" doc_zh:"在该时间内没有新消息则结束"`
	Format     Format          `json:"format" title:"Bodies" zh:"消息体" enum:"json,text,binary" default:"json" doc:"What bodies are; binary ones become base64" doc_zh:"消息体的格式；binary 转为 base64"`
	Invalid    string          `json:"invalid" title:"Other bodies" zh:"不符的消息体" more:"true" enum:"fail,text" default:"fail" doc:"What becomes of bodies that are no JSON, or no text: the step fails, or they are taken as a text, and as base64 where they are none" doc_zh:"消息体不是 JSON 或文本时：步骤失败，或按文本读取（不是文本则为 base64）"`
	Spread     bool            `json:"spread,omitempty" title:"Fields as columns" zh:"字段展开为列" doc:"Makes a column of each field of JSON bodies; what belongs to the message is then called message_topic, message_key and so on. When nothing comes, the columns are those of the last run that succeeded" doc_zh:"将 JSON 消息体的每个字段变为一列；消息自身的信息改称 message_topic、message_key 等。没有消息时，列与上次成功的运行相同"`
	node.Advances
}

// Check finds what the schema cannot.
func (c Read) Check() []errs.Detail {
	if c.Spread && c.Format != JSON {
		return node.Refuse("with.spread", "Only bodies of JSON have fields")
	}
	return nil
}

func readType() node.Type {
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(text)}
	}
	t := node.Define(node.Type{
		Name: "message.read",
		Doc: node.Doc{
			Title:   node.Text{EN: "Read messages", ZH: "读取消息"},
			Summary: node.Text{EN: "Reads messages of a topic into a table.", ZH: "将主题的消息读入表。"},
			Details: node.Text{
				EN: "A row is a message: topic, key, body, time, headers and id, as far as the system has them: messages of MQTT, and of lists and channels of Redis, have neither key nor id. The reading ends with enough messages, after enough time, or when it is quiet; no message at all is an empty table. " +
					"Where messages have positions (Kafka, NATS JetStream, streams of Redis), the position is remembered for this step once the **whole run** has succeeded, so that a run which fails reads the same messages again. " +
					"With a group, the system itself remembers: messages are confirmed once it is recorded that this step has succeeded, so that none is lost. Until then they come again, and after a crash in between those come again that a run has already: each arrives at least once. " +
					"Of MQTT that holds for messages that were sent with QoS 1 or 2; of those with QoS 0 nobody keeps what a crash loses. " +
					"A step that is repeated after a crash may find nothing, for its messages come again only later, and gives an empty table. " +
					"When a later step fails they are not given again: *Retry what failed*, and *Run from here* in the designer, take them over from the run that has read them. A cache gives them to no other run. " +
					"A later step of the same run that reads with the same group waits until the messages are confirmed. " +
					"Such a step reads at most for five minutes after its first message, and no more messages than the system gives before they are confirmed. " +
					"No reading takes more than 1 GiB of messages. " +
					"Keys and headers that are no text are given as `base64:` and their bytes, and so are texts that begin with it. A header that comes several times is a list. An empty body is null in JSON." +
					"\n\nBefore the first run, a preview shows the last messages that are kept, and takes none away: no group comes to know of it. Of systems that keep none, or show none to who does not take them, such as NSQ, only the columns are known that messages always have.",
				ZH: "每行是一条消息：topic、key、body、time、headers 和 id，以系统提供的为限：MQTT 以及 Redis 列表和频道的消息没有 key 和 id。消息足够多、时间足够长或静默时结束读取；没有消息则为空表。" +
					"在消息有位置的系统中（Kafka、NATS JetStream、Redis 流），**整个运行**成功后才记住该步骤的位置，因此失败的运行会再次读取相同的消息。" +
					"使用消费组时，由系统自身记住：本步骤的成功记录在案后才确认消息，因此不会丢失。在此之前消息会再次给出；若在两者之间崩溃，已被某次运行读取的消息会再次给出：每条消息至少到达一次。" +
					"对于 MQTT，以上仅适用于以 QoS 1 或 2 发送的消息；以 QoS 0 发送的消息在崩溃时丢失后无人保存。" +
					"崩溃后重复执行的步骤可能读不到消息而给出空表，因为它们稍后才会再次给出。" +
					"之后的步骤失败时不会再次给出：“重试失败的部分”以及设计器中的“从此处运行”会从已读取它们的运行中接过这些消息。缓存不会将其交给其他运行。" +
					"同一运行中之后以相同消费组读取的步骤会等待这些消息得到确认。" +
					"此类步骤在首条消息之后最多读取五分钟，且不超过系统在确认之前给出的消息数。" +
					"一次读取的消息不超过 1 GiB。" +
					"不是文本的键和消息头以 `base64:` 加其字节表示，本身以此开头的文本亦然。多次出现的消息头为列表。JSON 中空消息体为 null。" +
					"\n\n首次运行前，预览显示仍保存的最后几条消息，不会取走任何消息，也不影响任何消费组。不保存消息或只向取走者显示消息的系统（如 NSQ），仅知道消息固有的列。",
			},
			Family: "message", Icon: "message-down", Keywords: []string{"kafka", "nats", "mqtt", "nsq", "redis", "stream", "queue", "topic", "subscribe", "consume", "event"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}}},
		Effect:  node.Pure, Pool: node.IO, Key: known, Once: true,
		Examples: []node.Example{
			{
				Title: "The messages that are there",
				With:  map[string]any{"connection": "events", "topic": "orders", "quiet_seconds": 0.1},
				Want: out(`[{"topic": "orders", "key": "Ada", "body": {"id": 1, "amount": 12.5}, "time": "2026-01-02T03:04:05Z", "headers": {"source": "shop"}, "id": "1"},
					{"topic": "orders", "key": null, "body": {"id": 2, "amount": 3.25}, "time": "2026-01-02T03:04:06Z", "headers": null, "id": "2"}]`),
			},
			{
				Title: "Fields as columns, one message at most",
				With:  map[string]any{"connection": "events", "topic": "orders", "messages": 1, "spread": true},
				Want:  out(`[{"id": 1, "amount": 12.5, "message_topic": "orders", "message_key": "Ada", "message_time": "2026-01-02T03:04:05Z", "message_headers": {"source": "shop"}, "message_id": "1"}]`),
			},
			{
				Title: "Bodies as texts", With: map[string]any{"connection": "events", "topic": "orders", "messages": 1, "format": "text"},
				Want: out(`[{"topic": "orders", "key": "Ada", "body": "{\"id\": 1, \"amount\": 12.5}", "time": "2026-01-02T03:04:05Z", "headers": {"source": "shop"}, "id": "1"}]`),
			},
		},
	}, read)
	t.EffectOf, t.Marked = readEffect(t.Config), marked
	t = node.LookOf(node.FixedOf(t, Read.fixed), look)
	return node.DatasetsOf(t, func(c Read) []node.Dataset {
		return []node.Dataset{{Kind: node.DatasetTable, Connection: c.Connection, Name: c.Topic, Port: "table"}}
	})
}

// readEffect is honest about what a repetition does: with a group the system gives the messages again that were not confirmed,
// perhaps only later, and others meanwhile.
func readEffect(schema *spec.Schema) func(json.RawMessage) node.Effect {
	return func(config json.RawMessage) node.Effect {
		if c, ok := node.Loose[Read](schema, config); ok && c.Group == "" {
			return node.Pure
		}
		return node.Idempotent
	}
}

// known keeps a reading from being taken over from an earlier run, which reads the same messages again by itself. Those of a
// group are given to one run alone: who repeats that run has them from there, and nobody else. Those that a trial has read are
// not confirmed, so that they come again by themselves.
func known(_ context.Context, call *node.Call) (string, error) {
	var c struct {
		Group string `json:"group"`
	}
	if err := json.Unmarshal(call.Config, &c); err != nil {
		return "", err
	}
	if c.Group == "" || call.Trial {
		return "", errors.New("which messages there are is known only when they are read")
	}
	return "", nil
}

func read(ctx context.Context, call *node.Call, c Read) (_ value.Outputs, err error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	shared, err := c.shared()
	if err != nil {
		return nil, err
	}
	if c.Group != "" { // what an earlier step still has is in the way of this one
		if err := call.Await(ctx, shared); err != nil {
			return nil, err
		}
	}
	conn, err := node.Connect[connector.Messages](ctx, call, c.Connection)
	if err != nil {
		return nil, err
	}
	closing := conn.Close
	defer func() { // also when the work panics
		if closing != nil {
			err = errors.Join(err, closing())
		}
	}()
	sub, from, err := c.subscribe(ctx, call, conn)
	if err != nil {
		return nil, node.Placed(err, places)
	}
	closing = func() error { return errors.Join(sub.Close(), conn.Close()) }
	t, n, err := c.take(ctx, call, sub)
	if err == nil && from != nil && sub.Position() != "" {
		err = call.Propose(ctx, from.subject, sub.Position()+"\n"+from.leads)
	}
	if resting, ok := sub.(connector.Resting); err == nil && ok {
		err = resting.Rest(ctx) // what it sent from now on would wait with us for nothing
	}
	if err == nil && c.Group == "" {
		err = sub.Confirm(ctx) // who does not read it is told, but nobody will be given it again
	}
	if err != nil {
		return nil, node.Placed(err, places)
	}
	if noted, ok := sub.(connector.Noted); ok {
		for _, note := range noted.Notes() {
			call.Log("warn", note)
		}
	}
	call.Log("info", fmt.Sprintf("%s read from %s.", words.Number(n, "message", "messages"), c.Topic))
	end := closing
	closing = nil
	if c.Group != "" && n > 0 {
		call.AfterEnd(node.Afterwards{Holds: shared, Do: func(ctx context.Context) error { return unconfirmed(sub.Confirm(ctx)) }, Close: end})
	} else if ended := end(); ended != nil { // some messages come never again, so their table is not given up for this
		call.Log("warn", "The connection did not end well after all was read: "+errs.From(ended).Message)
	}
	return value.Outputs{"table": {Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}}, nil
}

// shared names the place in a group that one step of a run has at a time: many systems give nothing to a second one of the same
// name, or end the first.
func (c Read) shared() (string, error) {
	raw, err := json.Marshal([]string{"messages", c.Connection, c.Topic, c.Group})
	return string(raw), err
}

// unconfirmed says in an error what it means for the messages.
func unconfirmed(err error) error {
	if err == nil {
		return nil
	}
	out := *errs.From(err)
	out.Message = "The messages were read and could not be confirmed, so they come again: " + out.Message
	return &out
}

// take makes a table of the messages that come.
func (c Read) take(ctx context.Context, call *node.Call, sub connector.Subscription) (t table.Table, n int, err error) {
	dir, remove, err := call.Env.Files.Scratch(ctx, call.Tenant)
	if err != nil {
		return t, 0, err
	}
	defer remove()
	path := filepath.Join(dir, "messages")
	if n, err = c.spool(ctx, call, sub, path, usual()); err != nil {
		return t, n, err
	}
	if t, err = c.table(ctx, call, path); err == nil && c.Spread {
		t, err = c.remembered(ctx, call, t, n)
	}
	return t, n, err
}

// reached is how far a step has come with a topic.
type reached struct {
	subject string // of its mark
	leads   string // where the connection leads to now
	// position is where it goes on; "" is the beginning.
	position string
	// moved says why the position means nothing any more; nil as long as it does.
	moved error
}

// reached asks for it. The mark says where the connection led to: a position means nothing in another system.
func (c Read) reached(ctx context.Context, call *node.Call) (*reached, error) {
	raw, err := json.Marshal([]string{c.Connection, c.Topic})
	if err != nil {
		return nil, err
	}
	r := &reached{subject: string(raw)}
	if r.leads, err = call.Led(ctx, c.Connection); err != nil {
		return nil, err
	}
	mark, err := call.Mark(ctx, r.subject, "")
	if err != nil || mark == nil {
		return r, err
	}
	position, led, told := strings.Cut(*mark, "\n")
	call.Detail("position", position)
	r.position = position
	if told && led != r.leads {
		r.moved = errs.Invalid(connector.CodePosition, "The connection led to %s and leads to %s now", led, r.leads)
	}
	return r, nil
}

// subscribe begins where the last run that succeeded has ended, and gives what the mark of it is of; nil is no mark.
func (c Read) subscribe(ctx context.Context, call *node.Call, conn connector.Messages) (connector.Subscription, *reached, error) {
	req := connector.SubscribeRequest{Topic: c.Topic, Group: c.Group, Start: c.Start}
	if c.Group != "" || !c.Resume {
		sub, err := conn.Subscribe(ctx, req)
		return sub, nil, err
	}
	from, err := c.reached(ctx, call)
	if err != nil {
		return nil, nil, err
	}
	req.Position = from.position
	var sub connector.Subscription
	if err = from.moved; err == nil {
		sub, err = conn.Subscribe(ctx, req)
	}
	var e *errs.Error
	if errors.As(err, &e) && e.Code == connector.CodePosition && req.Position != "" {
		if c.Start != connector.FromBeginning {
			return nil, nil, node.FieldError(connector.CodePosition, "with.start", "The topic is another than before (%s), so nobody knows what of it was read.", e.Message).
				WithHint("Begin with what is still kept, or have the flow's marks forgotten and begin anew.").Wrap(err)
		}
		call.Log("warn", fmt.Sprintf("The topic is another than before (%s), so it is read from its beginning.", e.Message))
		req.Position = ""
		sub, err = conn.Subscribe(ctx, req)
	}
	return sub, from, err
}

// table makes one of the rows that were spooled.
func (c Read) table(ctx context.Context, call *node.Call, path string) (table.Table, error) {
	t, err := call.Env.Tables.Take(ctx, call.Tenant, c.columns(), func(_ context.Context, w io.Writer) error {
		f, err := os.Open(path) //nolint:gosec // in a folder made for it
		if err != nil {
			return errs.Internal(err)
		}
		defer func() { _ = f.Close() }()
		_, err = io.Copy(w, f)
		return err
	}, nil)
	if err != nil || !c.Spread {
		return t, err
	}
	relation := flatten.Config{Columns: []string{"body"}, Depth: 1}
	return call.Env.Tables.Run(ctx, call.Tenant, table.Plan{Relation: relation, Inputs: map[string]table.Source{"table": {Artifact: t.Artifact}}, Node: call.NodeID}, nil)
}
