// Package webhook is the trigger of an HTTP request to /hooks/<path>. Matching, authentication and what the run sees of
// the request are pure functions.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"unicode/utf8"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/trigger"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
)

// Name is that of the type.
const Name = "webhook"

// The ways a request proves who it is from.
const (
	AuthNone   = "none"
	AuthHeader = "header"
	AuthHMAC   = "hmac"
)

// Config is what can be set.
type Config struct {
	Path    string `json:"path" required:"true" title:"Path" zh:"路径" doc:"Part of the address behind /hooks/" doc_zh:"地址中 /hooks/ 之后的部分" pattern:"[a-z0-9]([a-z0-9/_-]{0,198}[a-z0-9])?" example:"orders/new"`
	Method  string `json:"method,omitempty" title:"Method" zh:"方法" doc:"HTTP method; ANY takes every one" doc_zh:"HTTP 方法；ANY 表示任意方法" enum:"ANY,GET,POST,PUT,PATCH,DELETE" default:"POST"`
	Auth    string `json:"auth,omitempty" title:"Authentication" zh:"身份验证" doc:"none: anybody may call. header: a header must hold the secret. hmac: a header must hold the HMAC-SHA256 of the body" doc_zh:"none：任何人可调用；header：请求头须包含密钥；hmac：请求头须包含正文的 HMAC-SHA256" enum:"none,header,hmac" default:"none"`
	Header  string `json:"header,omitempty" title:"Header" zh:"请求头" doc:"Name of the header; X-Webhook-Secret or X-Hub-Signature-256 when empty" doc_zh:"请求头名称；为空时使用 X-Webhook-Secret 或 X-Hub-Signature-256" pattern:"[A-Za-z0-9-]{1,64}" example:"X-Api-Key"`
	Respond string `json:"respond,omitempty" title:"Answer" zh:"响应" doc:"What a caller who waits (?wait=30s) is told: how the run ended, or also the small outputs of its last nodes and what Return gave" doc_zh:"等待（?wait=30s）的调用者得到的内容：运行状态，或同时包含最后节点的小型输出和返回值" enum:"status,outputs" default:"status"`
	Secret  string `json:"secret,omitempty" title:"Secret" zh:"密钥" doc:"Shared with the sender; at least 16 characters" doc_zh:"与发送方共享；至少 16 个字符" widget:"password"`
}

const minSecret = 16

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	if c.Auth != AuthHeader && c.Auth != AuthHMAC {
		return nil
	}
	if len(c.Secret) < minSecret {
		return []errs.Detail{{Code: "webhook_secret", Message: "Authentication needs a secret of at least 16 characters", Place: errs.Place{Field: "with.secret"}}}
	}
	return nil
}

// Parse reads a configuration.
func Parse(config json.RawMessage) (Config, error) {
	c, problems := spec.Decode[Config](schema(), config)
	if len(problems) == 0 {
		problems = c.Check()
	}
	if len(problems) > 0 {
		return Config{}, errs.Invalid("trigger_invalid", "The configuration of the webhook is not valid").With(problems...)
	}
	return c, nil
}

var schema = sync.OnceValue(spec.For[Config])

// Matches says whether the trigger takes requests of that method.
func (c Config) Matches(method string) bool { return c.Method == "ANY" || c.Method == method }

// HeaderName is the header that holds the proof, or "".
func (c Config) HeaderName() string {
	switch {
	case c.Auth == AuthNone || c.Auth == "":
		return ""
	case c.Header != "":
		return c.Header
	case c.Auth == AuthHMAC:
		return "X-Hub-Signature-256"
	}
	return "X-Webhook-Secret"
}

// Authorize checks the proof of a request. It takes as long for a wrong proof as for a right one, and says nothing
// about either.
func (c Config) Authorize(header http.Header, body []byte) error {
	given := header.Get(c.HeaderName())
	switch c.Auth {
	case AuthNone, "":
		return nil
	case AuthHeader:
		want, got := sha256.Sum256([]byte(c.Secret)), sha256.Sum256([]byte(strings.TrimPrefix(given, "Bearer ")))
		if len(c.Secret) >= minSecret && subtle.ConstantTimeCompare(want[:], got[:]) == 1 {
			return nil
		}
	case AuthHMAC:
		mac := hmac.New(sha256.New, []byte(c.Secret))
		mac.Write(body)
		if len(c.Secret) >= minSecret && hmac.Equal(mac.Sum(nil), signature(given)) {
			return nil
		}
	}
	return errs.Unauthorized("webhook_unauthorized", "The webhook refused the request: the header %s does not prove that it comes from the right sender", c.HeaderName())
}

// signature reads hex or base64, with or without sha256= in front.
func signature(text string) []byte {
	text = strings.TrimPrefix(strings.TrimSpace(text), "sha256=")
	if raw, err := hex.DecodeString(text); err == nil {
		return raw
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}

// private headers never reach a run.
var private = []string{"Authorization", "Cookie", "Proxy-Authorization"}

// Data is what the run sees as trigger: method, path, query, headers (in lower case) and body. A JSON or form body is
// given as its value, any other text as text, and bytes as {"base64": …}.
func (c Config) Data(method, path string, query url.Values, header http.Header, body []byte) json.RawMessage {
	headers := map[string]string{}
	for name, values := range header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	for _, name := range append([]string{c.HeaderName()}, private...) {
		delete(headers, strings.ToLower(name))
	}
	data, err := json.Marshal(map[string]any{
		"method": method, "path": path, "query": single(query), "headers": headers, "body": bodyValue(header.Get("Content-Type"), body),
	})
	if err != nil { // what is put in above always marshals
		return json.RawMessage("null")
	}
	return data
}

func bodyValue(contentType string, body []byte) any {
	media, _, _ := mime.ParseMediaType(contentType)
	switch {
	case len(body) == 0:
		return nil
	case media == "application/x-www-form-urlencoded":
		if form, err := url.ParseQuery(string(body)); err == nil {
			return single(form)
		}
	case json.Valid(body):
		return json.RawMessage(body)
	}
	if utf8.Valid(body) {
		return string(body)
	}
	return map[string]string{"base64": base64.StdEncoding.EncodeToString(body)}
}

// single gives a text for what is there once and a list for what is there several times.
func single(values url.Values) map[string]any {
	m := make(map[string]any, len(values))
	for k, v := range values {
		if len(v) == 1 {
			m[k] = v[0]
		} else {
			m[k] = v
		}
	}
	return m
}

// Type is the trigger's type.
func Type() trigger.Type {
	s := schema()
	return trigger.Type{
		Name: Name, Version: 1, Config: s,
		Check: func(config json.RawMessage) []errs.Detail {
			c, ok := node.Loose[Config](s, config)
			if !ok {
				return nil
			}
			return c.Check()
		},
		Doc: node.Doc{
			Title:   node.Text{EN: "Webhook", ZH: "Webhook"},
			Summary: node.Text{EN: "An HTTP request to an address of this flow starts the run.", ZH: "向此流程的地址发送 HTTP 请求即启动运行。"},
			Details: node.Text{
				EN: "The address is `/hooks/<path>` and is active once the flow is published. Expressions see the request as `trigger.body`, `trigger.query`, `trigger.headers`, `trigger.method` and `trigger.path`.",
				ZH: "地址为 `/hooks/<path>`，流程发布后即生效。表达式可通过 `trigger.body`、`trigger.query`、`trigger.headers`、`trigger.method` 和 `trigger.path` 读取请求。",
			},
			Family: "trigger", Icon: "webhook", Keywords: []string{"http", "hook", "api"},
		},
		Examples: []node.Example{
			{Title: "Anybody may call", With: map[string]any{"path": "orders/new"}},
			{Title: "Signed by the sender", With: map[string]any{"path": "orders/paid", "auth": "hmac", "secret": "a-long-shared-secret"}}, //nolint:gosec // an example
		},
	}
}
