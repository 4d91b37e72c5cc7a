// Package http connects to web services.
package http

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/internal/oauth"
	"dataflow/ide-go-lib/secret"
)

// Config is how a web service is asked.
type Config struct {
	URL      string      `json:"url" title:"Address" zh:"地址" required:"true" example:"https://api.example.com/v1" doc:"What the addresses of all requests begin with" doc_zh:"所有请求地址的开头"`
	Auth     string      `json:"auth" title:"Authentication" zh:"身份验证" enum:"none,basic,bearer,api_key,oauth2" default:"none" doc:"basic: user and password. bearer: a token. api_key: a key in a header or in the query. oauth2: client credentials, for which a token is fetched" doc_zh:"basic：用户名和密码；bearer：令牌；api_key：请求头或查询参数中的密钥；oauth2：用客户端凭据获取令牌"`
	User     string      `json:"user,omitempty" when:"auth=basic" title:"User" zh:"用户"`
	Password secret.Text `json:"password,omitempty" when:"auth=basic" title:"Password" zh:"密码" widget:"sealed"`
	Token    secret.Text `json:"token,omitempty" when:"auth=bearer" title:"Token" zh:"令牌" widget:"sealed"`
	KeyIn    string      `json:"key_in" when:"auth=api_key" title:"Key in" zh:"密钥位置" enum:"header,query" default:"header"`
	KeyName  string      `json:"key_name,omitempty" when:"auth=api_key" title:"Name of the key" zh:"密钥名称" example:"X-API-Key" doc:"The header or the parameter that holds it" doc_zh:"存放密钥的请求头或参数"`
	Key      secret.Text `json:"key,omitempty" when:"auth=api_key" title:"Key" zh:"密钥" widget:"sealed"`
	oauth.Grant
	Headers        string  `json:"headers,omitempty" title:"Headers" zh:"请求头" more:"true" widget:"textarea" example:"Accept-Language: en" doc:"Sent with every request, one on a line. They are not kept secret" doc_zh:"随每个请求发送，每行一个；不作为机密保存"`
	TestPath       string  `json:"test_path,omitempty" title:"Path for tests" zh:"测试路径" more:"true" example:"me" doc:"What a test of the connection asks for; left empty, the address itself" doc_zh:"测试连接时请求的路径；留空为地址本身"`
	PerSecond      float64 `json:"per_second,omitempty" title:"Requests in a second" zh:"每秒请求数" more:"true" minimum:"0" maximum:"10000" doc:"At most so many, of all steps together; 0 is as many as there are" doc_zh:"所有步骤合计的上限；0 表示不限"`
	Retries        int     `json:"retries" title:"Retries" zh:"重试次数" more:"true" default:"3" minimum:"0" maximum:"10" doc:"After 429, 502, 503, 504 and broken connections, as far as a request can be repeated; a Retry-After is kept to" doc_zh:"在 429、502、503、504 和连接中断后，对可重复的请求重试；遵守 Retry-After"`
	TimeoutSeconds int     `json:"timeout_seconds" title:"Seconds for an answer" zh:"响应超时（秒）" more:"true" default:"30" minimum:"1" maximum:"600" doc:"How long the service may take to begin one" doc_zh:"等待服务开始响应的最长时间"`
	connector.TLS
	connector.Reach
}

// Type is the type http.
func Type() connector.Type {
	return connector.Define(connector.Type{
		Name: "http", Icon: "world", Offers: []connector.Offer{connector.OffersHTTP},
		Title:   connector.Text{EN: "Web service", ZH: "Web 服务"},
		Summary: connector.Text{EN: "An HTTP API, with its authentication and its limits.", ZH: "HTTP API 及其身份验证和限制。"},
	},
		func(c Config) string {
			if u, err := url.Parse(c.URL); err == nil {
				return strings.TrimSuffix(u.Host+u.Path, "/")
			}
			return ""
		},
		func(_ context.Context, w connector.World, c Config) (*conn, error) { return open(w, c) })
}

// base checks the address of the service.
func (c Config) base() (*url.URL, error) {
	base, err := oauth.Address("url", c.URL)
	if err != nil {
		return nil, err
	}
	switch {
	case base.RawQuery != "" || base.Fragment != "":
		return nil, connector.FieldInvalid("url", "The address %q has something behind its path; what follows ? belongs into the requests.", c.URL)
	case base.Scheme == "https" && c.Mode == "off":
		return nil, connector.FieldInvalid("tls", "The address begins with https://, so TLS cannot be off; write http://, or choose encrypt.")
	}
	return base, nil
}

// headers reads those that are sent with every request.
func (c Config) headers() (http.Header, error) {
	h := http.Header{"User-Agent": {"dataflow"}}
	for line := range strings.Lines(c.Headers) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, text, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsAny(name, " \t\"(),/;<=>?@[]{}") {
			return nil, connector.FieldInvalid("headers", "%.60q is no header, such as Accept-Language: en.", line)
		}
		h.Set(name, strings.TrimSpace(text))
	}
	return h, nil
}

// check makes sure that the authentication has what it needs.
func (c Config) check() error {
	need := func(field string, has bool) error {
		if has {
			return nil
		}
		return connector.FieldInvalid(field, "%s needs this.", c.Auth)
	}
	switch c.Auth {
	case "basic":
		return need("user", c.User != "")
	case "bearer":
		return need("token", c.Token != "")
	case "api_key":
		if err := need("key_name", c.KeyName != ""); err != nil {
			return err
		}
		if c.KeyIn == "header" && strings.ContainsAny(c.KeyName, " \t\r\n:") {
			return connector.FieldInvalid("key_name", "%q is not the name of a header.", c.KeyName)
		}
		return need("key", c.Key != "")
	case "oauth2":
		return oauth.Source{Grant: c.Grant}.Check()
	}
	return nil
}
