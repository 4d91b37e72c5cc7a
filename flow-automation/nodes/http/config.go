// Package http has the node that asks a web service.
package http

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/http/internal/web"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/spec"
)

// Config is the configuration of http.request.
type Config struct {
	Method     string         `json:"method,omitempty" title:"Method" zh:"方法" enum:"GET,HEAD,POST,PUT,PATCH,DELETE" default:"GET" doc:"HTTP method" doc_zh:"HTTP 方法"`
	Connection string         `json:"connection,omitempty" title:"Connection" zh:"连接" widget:"connection" of:"http" example:"api" doc:"A web service; left empty, the whole address is given below" doc_zh:"Web 服务连接；留空则在下方填写完整地址"`
	URL        string         `json:"url,omitempty" title:"URL" zh:"网址" doc:"Address with http:// or https://; with a connection, the path behind its address" doc_zh:"以 http:// 或 https:// 开头的地址；使用连接时为其地址之后的路径" widget:"text" example:"https://api.example.com/items"`
	Query      map[string]any `json:"query,omitempty" title:"Query" zh:"查询参数" doc:"Added to the address; a list gives the name several times" doc_zh:"附加到地址；列表会使同名参数重复出现" widget:"keyvalue"`
	Headers    map[string]any `json:"headers,omitempty" title:"Headers" zh:"请求头" doc:"Sent with the request" doc_zh:"随请求发送" widget:"keyvalue"`
	Body       any            `json:"body,omitempty" title:"Body" zh:"正文" doc:"Sent as the body type says; not with GET and HEAD" doc_zh:"按正文类型发送；GET 和 HEAD 不发送" widget:"json"`
	BodyType   string         `json:"body_type,omitempty" title:"Body type" zh:"正文类型" enum:"json,text,form" default:"json" doc:"json: any value. text: the text as it is. form: an object as form fields" doc_zh:"json：任意值；text：原样文本；form：对象作为表单字段"`
	Auth       Auth           `json:"auth,omitempty" title:"Authentication" zh:"身份验证" doc:"How the request proves who it is from" doc_zh:"请求如何证明身份"`
	Timeout    string         `json:"timeout,omitempty" title:"Timeout" zh:"超时" more:"true" default:"30s" doc:"For the whole answer, at most 10m" doc_zh:"等待完整响应的时间，最长 10m" example:"10s"`
	Expect     []string       `json:"expect,omitempty" title:"Expected status" zh:"期望状态码" more:"true" default:"[\"2xx\"]" doc:"Statuses that are a success, such as 200 or 4xx; any other fails the step" doc_zh:"视为成功的状态码，如 200 或 4xx；其他状态码会使步骤失败"`
	MaxBytes   int64          `json:"max_bytes,omitempty" title:"Largest answer" zh:"最大响应" more:"true" default:"10485760" minimum:"1" maximum:"67108864" doc:"In bytes; a larger answer fails the step" doc_zh:"字节数；超过则步骤失败"`
	Redirects  *bool          `json:"follow_redirects,omitempty" title:"Follow redirects" zh:"跟随重定向" more:"true" default:"true" doc:"Up to 10 of them. Headers and bodies go to the host of the address alone" doc_zh:"最多 10 次。标头和正文只发给该地址的主机"`
}

// Auth is how a request proves who it is from.
type Auth struct {
	Type     string `json:"type,omitempty" title:"Type" zh:"类型" enum:"none,basic,bearer" default:"none" doc:"Kind of authentication" doc_zh:"身份验证方式"`
	Username string `json:"username,omitempty" title:"User name" zh:"用户名" doc:"For basic" doc_zh:"用于 basic"`
	Password string `json:"password,omitempty" title:"Password" zh:"密码" doc:"For basic" doc_zh:"用于 basic" widget:"password"`
	Token    string `json:"token,omitempty" title:"Token" zh:"令牌" doc:"For bearer" doc_zh:"用于 bearer" widget:"password"`
}

const (
	maxTimeout     = 10 * time.Minute
	idempotencyKey = "Idempotency-Key"
)

var statusPattern = pattern.Of(`^[1-5]([0-9]{2}|xx)$`)

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var details []errs.Detail
	refuse := func(field, format string, args ...any) {
		details = append(details, errs.At(errs.Place{Field: "with." + field}, node.CodeConfigInvalid, format, args...))
	}
	open := func(text string) bool { return strings.Contains(text, "{{") }
	if wrong := web.CheckAddress(c.URL, c.Connection); wrong != "" {
		refuse("url", "%s", wrong)
	}
	if c.Connection != "" && c.Auth.Type != "" && c.Auth.Type != "none" {
		refuse("auth.type", "The connection itself proves who asks")
	}
	if !open(c.Timeout) {
		if d, err := flow.Duration(c.Timeout).Parse(); err != nil {
			refuse("timeout", "%v", err)
		} else if d > maxTimeout {
			refuse("timeout", "The timeout is at most %s", "10m")
		}
	}
	for i, status := range c.Expect {
		if !open(status) && !statusPattern.MatchString(status) {
			refuse(fmt.Sprintf("expect[%d]", i), "A status is written as 200 or 2xx, not %q", status)
		}
	}
	if c.Body != nil && (c.Method == http.MethodGet || c.Method == http.MethodHead) {
		refuse("body", "A %s request has no body", c.Method)
	}
	switch {
	case c.Auth.Type == "basic" && c.Auth.Username == "":
		refuse("auth.username", "Basic authentication needs a user name")
	case c.Auth.Type == "bearer" && c.Auth.Token == "":
		refuse("auth.token", "Bearer authentication needs a token")
	}
	details = append(details, web.CheckHeaders(c.Headers)...)
	return details
}

// expected says whether a status is a success.
func (c Config) expected(status int) bool {
	text := strconv.Itoa(status)
	for _, e := range c.Expect {
		if e == text || strings.HasSuffix(e, "xx") && e[:1] == text[:1] {
			return true
		}
	}
	return false
}

// effectOf is honest about what a repetition does: POST and PATCH are safe to repeat only where the service keeps to the
// Idempotency-Key. The node always sends one, but only whoever writes the header down says that the service knows it.
func effectOf(schema *spec.Schema) func(json.RawMessage) node.Effect {
	return func(config json.RawMessage) node.Effect {
		c, ok := node.Loose[Config](schema, config)
		if !ok {
			return node.Unsafe
		}
		switch c.Method {
		case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
			return node.Idempotent
		}
		for name := range c.Headers {
			if textproto.CanonicalMIMEHeaderKey(name) == idempotencyKey {
				return node.Idempotent
			}
		}
		return node.Unsafe
	}
}
