package http

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Types are the node types of this family.
func Types() []node.Type { return []node.Type{requestType()} }

func requestType() node.Type {
	t := node.Define(node.Type{
		Name: "http.request",
		Doc: node.Doc{
			Title:   node.Text{EN: "HTTP request", ZH: "HTTP 请求"},
			Summary: node.Text{EN: "Asks a web service and gives its answer.", ZH: "请求 Web 服务并给出其响应。"},
			Details: node.Text{
				EN: "The output has `status`, `headers` (names in lower case), `body` and `url`. A JSON body is given as its value, other text as text, and bytes as `{\"base64\": …}`. Every request other than GET and HEAD carries an `Idempotency-Key` that is the same for all attempts at the step. A POST or PATCH that was interrupted by a crash is not repeated; if the service keeps to the key, write the header `Idempotency-Key: {{ run.id }}` yourself, and it is. Addresses inside the own network are refused unless an administrator allows them.",
				ZH: "输出包含 `status`、`headers`（名称小写）、`body` 和 `url`。JSON 正文以其值给出，其他文本以文本给出，二进制以 `{\"base64\": …}` 给出。除 GET 和 HEAD 外，每个请求都带有 `Idempotency-Key`，同一步骤的所有尝试都相同。因崩溃而中断的 POST 或 PATCH 不会重复执行；如果服务支持该键，请自行填写请求头 `Idempotency-Key: {{ run.id }}`，即可重复。除非管理员允许，否则拒绝访问内部网络地址。",
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
				Title: "Post a form", With: map[string]any{"method": "POST", "url": "{{ params.server }}/echo", "body_type": "form", "body": map[string]any{"name": "Ann"}},
				Want: map[string]json.RawMessage{"response": json.RawMessage(`{"status": 200, "body": {"method": "POST", "query": "", "body": "name=Ann"}}`)},
			},
		},
	}, request)
	t.EffectOf = effectOf(t.Config)
	return node.DatasetsOf(t, func(c Config) []node.Dataset {
		reads := c.Method == http.MethodGet || c.Method == http.MethodHead
		return []node.Dataset{{Kind: node.DatasetURL, Name: c.URL, Writes: !reads, Port: map[bool]string{true: "response"}[reads]}}
	})
}

func request(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if problems := c.Check(); len(problems) > 0 { // with its expressions resolved
		return nil, node.Invalid(problems)
	}
	timeout := flow.Duration(c.Timeout).Std(30 * time.Second)
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := c.build(limited, call.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	client := call.Env.HTTP
	if c.Redirects != nil && !*c.Redirects {
		still := *client
		still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		client = &still
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, failure(ctx, err, req.URL, timeout)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.MaxBytes+1))
	if err != nil {
		return nil, failure(ctx, err, req.URL, timeout)
	}
	if int64(len(body)) > c.MaxBytes {
		return nil, invalid("response_too_large", "max_bytes", "%s answered with more than %d bytes", req.URL.Host, c.MaxBytes).
			WithHint("Raise the largest answer, or ask for less.")
	}
	call.Detail("http", map[string]any{"method": req.Method, "host": req.URL.Host, "status": resp.StatusCode, "bytes": len(body)})
	if !c.expected(resp.StatusCode) {
		return nil, invalid("http_status", "expect", "%s answered %s, which is not expected (%s)", req.URL.Host, resp.Status, strings.Join(c.Expect, ", ")).
			WithHint("The answer began with: %s", beginning(body))
	}
	return c.outputs(resp, body)
}

// build makes the request that the configuration describes.
func (c Config) build(ctx context.Context, key string) (*http.Request, error) {
	target, err := url.Parse(c.URL)
	if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
		return nil, invalid(node.CodeConfigInvalid, "url", "%q is not an address such as https://api.example.com/items", c.URL)
	}
	if len(c.Query) > 0 {
		query := target.Query()
		for name, v := range c.Query {
			for _, text := range texts(v) {
				query.Add(name, text)
			}
		}
		target.RawQuery = query.Encode()
	}
	body, contentType, err := c.body()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, c.Method, target.String(), body)
	if err != nil {
		return nil, invalid(node.CodeConfigInvalid, "url", "The request cannot be made: %v", err)
	}
	req.Header.Set("User-Agent", "dataflow")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.Method != http.MethodGet && c.Method != http.MethodHead && key != "" {
		req.Header.Set(idempotencyKey, key)
	}
	for name, v := range c.Headers {
		req.Header.Del(name)
		for _, text := range texts(v) {
			if strings.ContainsAny(text, "\r\n\x00") {
				return nil, invalid(node.CodeConfigInvalid, "headers."+name, "A header cannot hold a line break")
			}
			if strings.EqualFold(name, "host") {
				req.Host = text
			}
			req.Header.Add(name, text)
		}
	}
	switch c.Auth.Type {
	case "basic":
		req.SetBasicAuth(c.Auth.Username, c.Auth.Password)
	case "bearer":
		req.Header.Set("Authorization", "Bearer "+c.Auth.Token)
	}
	return req, nil
}

func (c Config) body() (io.Reader, string, error) {
	if c.Body == nil {
		return nil, "", nil
	}
	switch c.BodyType {
	case "text":
		text, ok := c.Body.(string)
		if !ok {
			return nil, "", invalid(node.CodeConfigInvalid, "body", "A body of type text must be a text; choose json for other values")
		}
		return strings.NewReader(text), "text/plain; charset=utf-8", nil
	case "form":
		fields, ok := c.Body.(map[string]any)
		if !ok {
			return nil, "", invalid(node.CodeConfigInvalid, "body", "A body of type form must be an object of fields")
		}
		form := url.Values{}
		for name, v := range fields {
			form[name] = texts(v)
		}
		return strings.NewReader(form.Encode()), "application/x-www-form-urlencoded", nil
	}
	raw, err := json.Marshal(c.Body)
	if err != nil {
		return nil, "", errs.Internal(err)
	}
	return bytes.NewReader(raw), "application/json", nil
}

// texts gives the texts that a value stands for: one, or as many as a list has.
func texts(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, texts(item)...)
		}
		return all
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return []string{fmt.Sprint(v)}
	}
	return []string{string(raw)}
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

// failure says why no answer came.
func failure(ctx context.Context, err error, target *url.URL, timeout time.Duration) error {
	var own *errs.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &own): // refused on the way out
		refused := *own
		refused.Details = []errs.Detail{{Code: own.Code, Message: own.Message, Place: errs.Place{Field: "with.url"}}}
		return &refused
	case errors.Is(err, context.DeadlineExceeded):
		return invalid("http_timeout", "timeout", "%s did not answer within %s", target.Host, timeout)
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the address, which may hold a secret
	}
	return invalid("http_unreachable", "url", "%s cannot be reached: %v", target.Host, err)
}

func invalid(code, field, format string, args ...any) *errs.Error {
	message := fmt.Sprintf(format, args...)
	return errs.Invalid(code, "%s", message).With(errs.Detail{Code: code, Message: message, Place: errs.Place{Field: "with." + field}})
}

func beginning(body []byte) string {
	text := strings.ToValidUTF8(string(body[:min(len(body), 300)]), "�")
	return strings.Join(strings.Fields(text), " ")
}
