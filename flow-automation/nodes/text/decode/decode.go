// Package decode has the node that reads what text.encode and others have written.
package decode

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/nodes/text/internal/charset"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/words"
)

// Config is the configuration of text.decode.
type Config struct {
	From    string `json:"from" required:"true" title:"Decode from" zh:"解码自" enum:"base64,base64url,hex,url,form,html" doc:"What the text is written in; base64 and base64url take each other's, with and without padding" doc_zh:"文本的编码形式；base64 与 base64url 可互通，有无填充均可"`
	Charset string `json:"charset,omitempty" title:"Character set" zh:"字符集" default:"utf-8" doc:"How the decoded bytes are read" doc_zh:"解码后的字节按何种字符集读取" example:"gb18030"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail { return charset.Check("with.charset", c.Charset) }

// Type is text.decode.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "text.decode",
		Doc: node.Doc{
			Title:   node.Text{EN: "Decode text", ZH: "解码文本"},
			Summary: node.Text{EN: "Reads a text that is written as Base64, hexadecimal, for a URL or for HTML.", ZH: "还原 Base64、十六进制、URL 或 HTML 形式的文本。"},
			Details: node.Text{
				EN: "White space within base64 and hex is overlooked. What is decoded must be text in the character set; anything else is an error, never replaced. Of a list of texts every one is decoded; null stays null.",
				ZH: "base64 和 hex 中的空白会被忽略。解码结果必须是该字符集的文本，否则报错而不会静默替换。若输入是文本列表则逐项解码；null 保持 null。",
			},
			Family: "text", Icon: "lock-open", Keywords: []string{"base64", "hex", "url", "percent", "unescape", "html"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "Base64 of any kind", With: map[string]any{"from": "base64"},
				Inputs: incoming.Example(`["WsO8cmljaA==", "WsO8\ncmljaA", "Pz4_", "", null]`), Want: incoming.Example(`["Zürich", "Zürich", "?>?", "", null]`),
			},
			{
				Title: "A form's field", With: map[string]any{"from": "form"},
				Inputs: incoming.Example(`"a+b%26c%3D%E4%B8%AD"`), Want: incoming.Example(`"a b&c=中"`),
			},
			{
				Title: "Entities", With: map[string]any{"from": "html"},
				Inputs: incoming.Example(`"R&amp;D &#20013; &lt;b&gt;"`), Want: incoming.Example(`"R&D 中 <b>"`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	return charset.Each(ctx, call, c.Charset, func(in incoming.Taken, set charset.Set, text string) (any, error) {
		if c.From == "html" {
			return html.UnescapeString(text), nil
		}
		data, err := c.bytes(text)
		if err != nil {
			return nil, node.FieldError("encoding_invalid", in.Field, "The text is not %s: %s", c.From, err)
		}
		return set.Text(data)
	})
}

func (c Config) bytes(text string) ([]byte, error) {
	switch c.From {
	case "url", "form":
		decode := url.PathUnescape
		if c.From == "form" {
			decode = url.QueryUnescape
		}
		plain, err := decode(text)
		var escape url.EscapeError
		if errors.As(err, &escape) {
			return nil, fmt.Errorf("%q is not a percent sign with two hexadecimal digits", string(escape))
		}
		return []byte(plain), err
	case "hex":
		text = without(text)
		data, err := hex.DecodeString(text)
		var wrong hex.InvalidByteError
		switch {
		case errors.As(err, &wrong):
			return nil, fmt.Errorf("%q is not a hexadecimal digit", rune(wrong))
		case err != nil:
			return nil, fmt.Errorf("it has %s, an odd number", words.Number(len(text), "digit", "digits"))
		}
		return data, nil
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(without(text), "="))
	data, err := base64.RawStdEncoding.DecodeString(text)
	var at base64.CorruptInputError
	if errors.As(err, &at) {
		if int(at) >= len(text)-1 {
			return nil, errors.New("it is cut off")
		}
		return nil, fmt.Errorf("character %d is %q, which it does not use", int(at)+1, text[at])
	}
	return data, err
}

// without takes white space out.
func without(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}
