package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dataflow/flow-automation/trigger/webhook"
	"dataflow/ide-go-lib/errs"
)

const secret = "0123456789abcdef"

func TestAuthorize(t *testing.T) {
	body := []byte(`{"a":1}`)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	sum := mac.Sum(nil)
	for name, c := range map[string]struct {
		config webhook.Config
		header http.Header
		want   bool
	}{
		"none":           {webhook.Config{Auth: "none"}, nil, true},
		"header":         {webhook.Config{Auth: "header", Secret: secret}, http.Header{"X-Webhook-Secret": {secret}}, true},
		"bearer":         {webhook.Config{Auth: "header", Secret: secret, Header: "Authorization"}, http.Header{"Authorization": {"Bearer " + secret}}, true},
		"header wrong":   {webhook.Config{Auth: "header", Secret: secret}, http.Header{"X-Webhook-Secret": {secret + "x"}}, false},
		"header missing": {webhook.Config{Auth: "header", Secret: secret}, nil, false},
		"no secret":      {webhook.Config{Auth: "header"}, nil, false},
		"hmac":           {webhook.Config{Auth: "hmac", Secret: secret}, http.Header{"X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(sum)}}, true},
		"hmac base64":    {webhook.Config{Auth: "hmac", Secret: secret, Header: "X-Sig"}, http.Header{"X-Sig": {base64.StdEncoding.EncodeToString(sum)}}, true},
		"hmac wrong":     {webhook.Config{Auth: "hmac", Secret: secret}, http.Header{"X-Hub-Signature-256": {"sha256=00"}}, false},
		"hmac empty":     {webhook.Config{Auth: "hmac", Secret: secret}, nil, false},
		"hmac no secret": {webhook.Config{Auth: "hmac"}, nil, false},
		"unknown way":    {webhook.Config{Auth: "magic", Secret: secret}, nil, false},
	} {
		err := c.config.Authorize(c.header, body)
		if (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error shows the secret", name)
		}
	}
}

func TestParse(t *testing.T) {
	c, err := webhook.Parse([]byte(`{"path":"orders/new"}`))
	if err != nil || c.Method != http.MethodPost || !c.Matches(http.MethodPost) || c.Matches(http.MethodGet) {
		t.Fatalf("%+v, %v", c, err)
	}
	for config, field := range map[string]string{
		`{}`:                          "with.path",
		`{"path":"/x"}`:               "with.path",
		`{"path":"x","auth":"hmac"}`:  "with.secret",
		`{"path":"x","auth":"magic"}`: "with.auth",
		`{"path":"x","pth":"y"}`:      "with.pth",
	} {
		_, err := webhook.Parse([]byte(config))
		if e := errs.From(err); e == nil || len(e.Details) == 0 || e.Details[0].Field != field {
			t.Errorf("%s gave %v", config, err)
		}
	}
}

func TestDataKeepsSecretsOut(t *testing.T) {
	c := webhook.Config{Auth: "header", Secret: secret}
	header := http.Header{"X-Webhook-Secret": {secret}, "Authorization": {"Bearer tok"}, "Cookie": {"c"}, "X-Id": {"7"}, "Content-Type": {"application/json"}}
	data := c.Data("POST", "orders/new", url.Values{"a": {"1"}, "b": {"1", "2"}}, header, []byte(`{"n": 12345678901234567890}`))
	var got struct {
		Query   map[string]any
		Headers map[string]string
		Body    json.RawMessage
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Headers) != 2 || got.Headers["x-id"] != "7" || got.Query["a"] != "1" || string(got.Body) != `{"n":12345678901234567890}` {
		t.Fatalf("%s", data)
	}
	for contentType, want := range map[string]string{"text/plain": `"x=1"`, "application/x-www-form-urlencoded": `{"x":"1"}`} {
		var got struct{ Body json.RawMessage }
		_ = json.Unmarshal(c.Data("POST", "p", nil, http.Header{"Content-Type": {contentType}}, []byte("x=1")), &got)
		if string(got.Body) != want {
			t.Errorf("%s gave %s", contentType, got.Body)
		}
	}
}
