// Package hash has the node that makes digests.
package hash

import (
	"context"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // a checksum that others ask for, not a protection
	"crypto/sha1" //nolint:gosec // a checksum that others ask for, not a protection
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"hash/crc32"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/incoming"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// Config is the configuration of text.hash.
type Config struct {
	Algorithm string `json:"algorithm,omitempty" title:"Algorithm" zh:"算法" enum:"sha256,sha384,sha512,sha1,md5,crc32" default:"sha256" doc:"sha1, md5 and crc32 are for those who ask for them: they protect against accidents, not against people" doc_zh:"sha1、md5 和 crc32 仅供对接使用：只能防止意外，不能防止人为篡改"`
	Key       string `json:"key,omitempty" title:"Key" zh:"密钥" doc:"Makes it an HMAC, with which whoever has the key can tell that a text is genuine; not with crc32" doc_zh:"填写后生成 HMAC，持有密钥者可验证文本真伪；不能用于 crc32" widget:"password"`
	As        string `json:"as,omitempty" title:"Written as" zh:"输出形式" enum:"hex,base64,base64url" default:"hex" doc:"How the bytes of the digest are written" doc_zh:"摘要字节的书写形式"`
	incoming.Field
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	if c.Algorithm == "crc32" && c.Key != "" {
		return []errs.Detail{{Code: node.CodeConfigInvalid, Message: "crc32 takes no key; choose sha256", Place: errs.Place{Field: "with.key"}}}
	}
	return nil
}

// Type is text.hash.
func Type() node.Type {
	return node.Define(node.Type{
		Name: "text.hash",
		Doc: node.Doc{
			Title:   node.Text{EN: "Hash text", ZH: "计算哈希"},
			Summary: node.Text{EN: "Gives the digest of a text, or its HMAC.", ZH: "计算文本的摘要或 HMAC。"},
			Details: node.Text{
				EN: "The text is hashed as UTF-8. Of a list of texts every one is hashed; null stays null. For an object, write it as a text before with **Write JSON** and sorted names, so that the same content always gives the same digest.",
				ZH: "文本按 UTF-8 计算。若输入是文本列表则逐项计算；null 保持 null。对于对象，请先用 **写出 JSON**（按名称排序）转为文本，使相同内容得到相同摘要。",
			},
			Family: "text", Icon: "hash", Keywords: []string{"digest", "checksum", "sha256", "md5", "hmac", "signature", "fingerprint"},
		},
		Inputs: incoming.Ports(), Outputs: incoming.Outputs(), Effect: node.Pure, Pool: node.Inline,
		Examples: []node.Example{
			{
				Title: "SHA-256", With: map[string]any{},
				Inputs: incoming.Example(`"abc"`), Want: incoming.Example(`"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`),
			},
			{
				Title: "A signature as webhooks carry it", With: map[string]any{"key": "{{ params.secret }}", "as": "base64"},
				Params: map[string]any{"secret": "key"},
				Inputs: incoming.Example(`"The quick brown fox jumps over the lazy dog"`), Want: incoming.Example(`"97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="`),
			},
			{
				Title: "Of the empty text, and of nothing", With: map[string]any{"algorithm": "md5"},
				Inputs: incoming.Example(`["", null, "ü"]`), Want: incoming.Example(`["d41d8cd98f00b204e9800998ecf8427e", null, "c03410a5204b21cd8229ff754688d743"]`),
			},
		},
	}, run)
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	if details := c.Check(); len(details) > 0 {
		return nil, node.Invalid(details)
	}
	in, err := incoming.Take(ctx, call)
	if err != nil {
		return nil, err
	}
	return in.EachText(ctx, func(text string) (any, error) {
		h := c.digest()
		_, _ = h.Write([]byte(text)) // it never fails
		return c.written(h.Sum(nil)), nil
	})
}

func (c Config) digest() hash.Hash {
	make := map[string]func() hash.Hash{
		"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New, "sha1": sha1.New, "md5": md5.New,
		"crc32": func() hash.Hash { return crc32.NewIEEE() },
	}[c.Algorithm]
	if c.Key != "" {
		return hmac.New(make, []byte(c.Key))
	}
	return make()
}

func (c Config) written(sum []byte) string {
	switch c.As {
	case "base64":
		return base64.StdEncoding.EncodeToString(sum)
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(sum)
	}
	return hex.EncodeToString(sum)
}
