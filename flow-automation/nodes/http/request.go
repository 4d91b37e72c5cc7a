package http

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/http/internal/web"
	"dataflow/flow-automation/nodes/http/read"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// Types are the node types of this family.
func Types() []node.Type { return []node.Type{requestType(), read.Type()} }

func requestType() node.Type {
	t := node.Define(node.Type{
		Name: "http.request",
		Doc: node.Doc{
			Title:   node.Text{EN: "HTTP request", ZH: "HTTP 请求"},
			Summary: node.Text{EN: "Asks a web service and gives its answer.", ZH: "请求 Web 服务并给出其响应。"},
			Details: node.Text{
				EN: "The output has `status`, `headers` (names in lower case), `body` and `url`. A JSON body is given as its value, other text as text, and bytes as `{\"base64\": …}`. Every request other than GET and HEAD carries an `Idempotency-Key` that is the same for all attempts at the step. A POST or PATCH that was interrupted by a crash is not repeated; if the service keeps to the key, write the header `Idempotency-Key: {{ run.id }}` yourself, and it is. Addresses inside the own network are refused unless an administrator allows them. With a connection, the URL is the path behind its address; the connection proves who asks, keeps to its limit and asks again where that does no harm, and its secrets are in nothing that the step shows.",
				ZH: "输出包含 `status`、`headers`（名称小写）、`body` 和 `url`。JSON 正文以其值给出，其他文本以文本给出，二进制以 `{\"base64\": …}` 给出。除 GET 和 HEAD 外，每个请求都带有 `Idempotency-Key`，同一步骤的所有尝试都相同。因崩溃而中断的 POST 或 PATCH 不会重复执行；如果服务支持该键，请自行填写请求头 `Idempotency-Key: {{ run.id }}`，即可重复。除非管理员允许，否则拒绝访问内部网络地址。使用连接时，网址为其地址之后的路径；由连接负责身份验证、限速和安全的重试，其机密不会出现在步骤显示的任何内容中。",
			},
			Family: "http", Icon: "world-download", Keywords: []string{"api", "rest", "web", "get", "post", "url"},
		},
		Inputs:  []node.Port{{Name: "input", Title: node.Text{EN: "After", ZH: "前序"}, Many: true}},
		Outputs: []node.Port{{Name: "response", Kind: value.JSON, Title: node.Text{EN: "Response", ZH: "响应"}}},
		Effect:  node.Unsafe, Pool: node.IO,
		Examples: []node.Example{
			{
				Title: "Get JSON", With: map[string]any{"url": "{{ params.server }}/echo", "query": map[string]any{"q": "birds"}},
				Want: map[string]json.RawMessage{"response": json.RawMessage(`{"status": 200, "body": {"method": "GET", "query": "q=birds", "body": ""}}`)},
			},
			{
				Title: "By a connection, which knows address and password", With: map[string]any{"connection": "api", "url": "echo", "query": map[string]any{"q": "birds"}},
				Want: map[string]json.RawMessage{"response": json.RawMessage(`{"status": 200, "body": {"method": "GET", "query": "q=birds"}}`)},
			},
			{
				Title: "Post a form", With: map[string]any{"method": "POST", "url": "{{ params.server }}/echo", "body_type": "form", "body": map[string]any{"name": "Ann"}},
				Want: map[string]json.RawMessage{"response": json.RawMessage(`{"status": 200, "body": {"method": "POST", "query": "", "body": "name=Ann"}}`)},
			},
		},
	}, request)
	t.EffectOf = effectOf(t.Config)
	return node.DatasetsOf(t, func(c Config) []node.Dataset {
		reads := c.Method == http.MethodGet || c.Method == http.MethodHead
		return []node.Dataset{{Kind: node.DatasetURL, Connection: c.Connection, Name: c.URL, Writes: !reads, Port: map[bool]string{true: "response"}[reads]}}
	})
}

func request(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	timeout := flow.Duration(c.Timeout).Std(30 * time.Second)
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	send := c.directly
	if c.Connection != "" {
		send = c.byConnection
	}
	resp, host, done, err := send(limited, call)
	if err != nil {
		var e *errs.Error
		if errors.As(err, &e) && len(e.Details) > 0 && limited.Err() == nil {
			return nil, err
		}
		return nil, web.Failure(ctx, limited, err, host, timeout)
	}
	defer done()
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.MaxBytes+1))
	if err != nil {
		return nil, web.Failure(ctx, limited, err, host, timeout)
	}
	if int64(len(body)) > c.MaxBytes {
		return nil, web.Invalid("response_too_large", "max_bytes", "%s answered with more than %d bytes", host, c.MaxBytes).
			WithHint("Raise the largest answer, or ask for less.")
	}
	call.Detail("http", map[string]any{"method": c.Method, "host": host, "status": resp.StatusCode, "bytes": len(body)})
	if !c.expected(resp.StatusCode) {
		return nil, web.Invalid("http_status", "expect", "%s answered %s, which is not expected (%s)", host, resp.Status, strings.Join(c.Expect, ", ")).
			WithHint("The answer began with: %s", web.Beginning(body))
	}
	return c.outputs(resp, body)
}

// directly sends the request to the address that is written down.
func (c Config) directly(ctx context.Context, call *node.Call) (resp *http.Response, host string, done func(), err error) {
	req, err := c.build(ctx, call.IdempotencyKey)
	if err != nil {
		return nil, "", nil, err
	}
	client := call.Env.HTTP
	if c.still() {
		still := *client
		still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		client = &still
	}
	resp, err = client.Do(req)
	return resp, req.URL.Host, func() {}, err
}

// byConnection sends it to where a connection leads, which knows who asks and how often.
func (c Config) byConnection(ctx context.Context, call *node.Call) (resp *http.Response, host string, done func(), err error) {
	body, header, err := c.content(call.IdempotencyKey)
	if err != nil {
		return nil, "", nil, err
	}
	conn, err := node.Connect[connector.Requests](ctx, call, c.Connection)
	if err != nil {
		return nil, c.Connection, nil, err
	}
	again := false
	for name := range c.Headers {
		again = again || textproto.CanonicalMIMEHeaderKey(name) == idempotencyKey
	}
	resp, err = conn.Do(ctx, connector.Request{
		Method: c.Method, Path: c.URL, Query: web.Query(c.Query), Header: header, Body: body, Again: again, Still: c.still(), Waiting: web.Again(call),
	})
	done = func() { _ = conn.Close() } // the answer has been read
	if err != nil {
		done()
		var e *errs.Error
		if errors.As(err, &e) && e.Code != connector.CodeElsewhere {
			err = node.At("with.connection", e)
		}
		return nil, c.Connection, nil, err
	}
	return resp, resp.Request.URL.Host, done, nil
}

func (c Config) still() bool { return c.Redirects != nil && !*c.Redirects }

// build makes the request that the configuration describes.
func (c Config) build(ctx context.Context, key string) (*http.Request, error) {
	target, err := url.Parse(c.URL)
	if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
		return nil, web.Invalid(node.CodeConfigInvalid, "url", "%q is not an address such as https://api.example.com/items", c.URL)
	}
	if len(c.Query) > 0 {
		query := target.Query()
		for name, list := range web.Query(c.Query) {
			query[name] = append(query[name], list...)
		}
		target.RawQuery = query.Encode()
	}
	body, header, err := c.content(key)
	if err != nil {
		return nil, err
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, c.Method, target.String(), reader)
	if err != nil {
		return nil, web.Invalid(node.CodeConfigInvalid, "url", "The request cannot be made: %v", err)
	}
	if req.Header = header; header.Get("Host") != "" {
		req.Host = header.Get("Host")
	}
	switch c.Auth.Type {
	case "basic":
		req.SetBasicAuth(c.Auth.Username, c.Auth.Password)
	case "bearer":
		req.Header.Set("Authorization", "Bearer "+c.Auth.Token)
	}
	return req, nil
}

// content gives the body and the headers of the request.
func (c Config) content(key string) ([]byte, http.Header, error) {
	body, contentType, err := c.body()
	if err != nil {
		return nil, nil, err
	}
	header := http.Header{"User-Agent": {"dataflow"}}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	if c.Method != http.MethodGet && c.Method != http.MethodHead && key != "" {
		header.Set(idempotencyKey, key)
	}
	return body, header, web.AddHeaders(header, c.Headers)
}

func (c Config) body() ([]byte, string, error) {
	if c.Body == nil {
		return nil, "", nil
	}
	switch c.BodyType {
	case "text":
		text, ok := c.Body.(string)
		if !ok {
			return nil, "", web.Invalid(node.CodeConfigInvalid, "body", "A body of type text must be a text; choose json for other values")
		}
		return []byte(text), "text/plain; charset=utf-8", nil
	case "form":
		fields, ok := c.Body.(map[string]any)
		if !ok {
			return nil, "", web.Invalid(node.CodeConfigInvalid, "body", "A body of type form must be an object of fields")
		}
		return []byte(web.Query(fields).Encode()), "application/x-www-form-urlencoded", nil
	}
	raw, err := json.Marshal(c.Body)
	if err != nil {
		return nil, "", errs.Internal(err)
	}
	return raw, "application/json", nil
}

func (c Config) outputs(resp *http.Response, body []byte) (value.Outputs, error) {
	headers := make(map[string]string, len(resp.Header))
	for name, values := range resp.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	data, err := json.Marshal(struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
		URL     string            `json:"url"`
	}{resp.StatusCode, headers, content(resp.Header.Get("Content-Type"), body), resp.Request.URL.Redacted()})
	if err != nil {
		return nil, errs.Internal(err)
	}
	return value.Outputs{"response": {Kind: value.JSON, Data: data}}, nil
}

func content(contentType string, body []byte) any {
	media, _, _ := mime.ParseMediaType(contentType)
	isJSON := media == "application/json" || strings.HasSuffix(media, "+json")
	switch {
	case len(body) == 0:
		return nil
	case isJSON && json.Valid(body):
		return json.RawMessage(body)
	case utf8.Valid(body):
		return string(body)
	}
	return map[string]string{"base64": base64.StdEncoding.EncodeToString(body)}
}
