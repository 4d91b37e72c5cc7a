package api

import (
	"html/template"
	"net/http"
	"strings"

	"dataflow/ide-go-lib/errs"
)

// calling are the methods that call a step back. GET and HEAD are not: mail programs, chats and browsers make them of their
// own accord to show what is behind an address.
var calling = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// page is what a person is shown at the address of a callback.
type page struct{ Lang, Title, Text, Button string }

// asking and called are the pages before and after a call, by language.
var (
	asking = map[string]page{
		"en":    {"en", "A run waits for this call", "Opening this page has done nothing yet. Press the button to let the run go on.", "Let it go on"},
		"zh-CN": {"zh-CN", "有一个运行正在等待此回调", "打开此页面不会触发任何操作。按下按钮即可让运行继续。", "继续运行"},
	}
	called = map[string]page{
		"en":    {"en", "The call has arrived", "The run goes on. You can close this page.", ""},
		"zh-CN": {"zh-CN", "已收到回调", "运行将继续。您可以关闭此页面。", ""},
	}
)

var pageText = template.Must(template.New("callback").Parse(`<!doctype html>
<html lang="{{.Lang}}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{{.Title}} · Dataflow</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#f6f7f9, #14161a); color: light-dark(#1a1d23, #e6e8ec); }
main { max-width: 28rem; margin: 1rem; padding: 2rem; border: 1px solid light-dark(#dde1e7, #2c3038); border-radius: 12px; background: light-dark(#fff, #1b1e24); }
h1 { margin: 0 0 .5rem; font-size: 1.25rem; }
p { margin: 0; color: light-dark(#525a66, #a3abb8); }
button { margin-top: 1.5rem; padding: .6rem 1.2rem; border: 0; border-radius: 8px; font: inherit; font-weight: 600; background: #2f5fd0; color: #fff; cursor: pointer; }
button:focus-visible { outline: 3px solid light-dark(#8fb0ff, #8fb0ff); outline-offset: 2px; }
</style>
</head>
<body><main><h1>{{.Title}}</h1><p>{{.Text}}</p>{{if .Button}}<form method="post"><button type="submit">{{.Button}}</button></form>{{end}}</main></body>
</html>
`))

// pagePolicy lets the page style itself and send its form, and nothing else.
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// askToCall answers a request that calls nothing: a page with a button for a person, a refusal for a program.
func askToCall(w http.ResponseWriter, r *http.Request) error {
	if (r.Method == http.MethodGet || r.Method == http.MethodHead) && wantsPage(r) {
		return writePage(w, r, asking)
	}
	w.Header().Set("Allow", strings.Join(calling, ", "))
	return errs.New(http.StatusMethodNotAllowed, "callback_method", "A run waits for a call at this address, and %s is none.", r.Method).
		WithHint("Send a POST. A GET does nothing, since programs that look at links make them unasked.")
}

// wantsPage says whether a browser asks for a person.
func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

func writePage(w http.ResponseWriter, r *http.Request, pages map[string]page) error {
	language := "en"
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Accept-Language"))), "zh") {
		language = "zh-CN"
	}
	var text strings.Builder
	if err := pageText.Execute(&text, pages[language]); err != nil {
		return errs.Internal(err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Vary", "Accept, Accept-Language")
	_, err := w.Write([]byte(text.String())) // the answer to HEAD has no body, which the server sees to
	return err
}
