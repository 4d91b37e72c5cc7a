// Package encode has the node that writes texts so that others can carry them.
package encode

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/text/internal/charset"
	"dataflow/flow-automation/nodes/text/internal/quote"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of text.encode.
type Config struct {
	To      string `json:"to" required:"true" title:"Encode as" zh:"编码为" enum:"base64,base64url,hex,url,form,html" doc:"base64, base64url (for addresses, without padding), hex: the bytes of the text. url: with percent signs. form: as url, but a space is a plus. html: with entities" doc_zh:"base64、base64url（用于网址，无填充）、hex：文本的字节；url：百分号编码；form：同 url，但空格为加号；html：实体编码"`
	Charset string `json:"charset,omitempty" title:"Character set" zh:"字符集" default:"utf-8" doc:"For base64 and hex: how the text becomes bytes" doc_zh:"用于 base64 和 hex：文本如何转为字节" example:"gb18030"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail { return charset.Check("with.charset", c.Charset) }

// Type is text.encode.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "text.encode",
		Doc: node.Doc{
			Title:   node.Text{EN: "Encode text", ZH: "编码文本"},
			Summary: node.Text{EN: "Writes a text as Base64, hexadecimal, for a URL or for HTML.", ZH: "把文本编码为 Base64、十六进制、URL 或 HTML 形式。"},
			Details: node.Text{
				EN: "Of a list of texts every one is encoded; null stays null. **Decode text** is the way back.",
				ZH: "若输入是文本列表则逐项编码；null 保持 null。用 **解码文本** 还原。",
			},
			Family: "text", Icon: "lock-code", Keywords: []string{"base64", "hex", "url", "percent", "escape", "html"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Base64", With: map[string]any{"to": "base64"},
				Inputs: incoming.Example(`["Zürich", "", null]`), Want: incoming.Example(`["WsO8cmljaA==", "", null]`),
			},
			{
				Title: "Part of an address", With: map[string]any{"to": "url"},
				Inputs: incoming.Example(`"a b&c=中/文+"`), Want: incoming.Example(`"a%20b%26c%3D%E4%B8%AD%2F%E6%96%87%2B"`),
			},
			{
				Title: "The bytes of an older system", With: map[string]any{"to": "hex", "charset": "gb18030"},
				Inputs: incoming.Example(`"中文"`), Want: incoming.Example(`"d6d0cec4"`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	return charset.Each(ctx, call, c.Charset, func(_ incoming.Taken, set charset.Set, text string) (any, error) {
		switch c.To {
		case "url":
			return quote.URL(text), nil
		case "form":
			return url.QueryEscape(text), nil
		case "html":
			return html.EscapeString(text), nil
		}
		data, err := set.Bytes(text)
		if err != nil {
			return nil, err
		}
		switch c.To {
		case "base64url":
			return base64.RawURLEncoding.EncodeToString(data), nil
		case "hex":
			return hex.EncodeToString(data), nil
		}
		return base64.StdEncoding.EncodeToString(data), nil
	})
}
