package text_test

import (
	"context"
	"strings"
	"testing"

	"dataflow/flow-automation/engine/step/steptest"
	"dataflow/flow-automation/nodes/text"
)

type with = steptest.With

type list = []any

func TestEdges(t *testing.T) {
	in := func(s ...string) []string { return s }
	steptest.New(t, text.Types()).Check(t, map[string]steptest.Case{
		// What they work on.
		"written down":        {Type: "text.trim", With: with{"value": " {{ params.a }} "}, Params: with{"a": "x"}, Want: `"x"`},
		"written over input":  {Type: "text.trim", With: with{"value": "{{ params.a }}"}, Params: with{"a": " x "}, In: in(`"y"`), Want: `"x"`},
		"null is no omission": {Type: "text.trim", With: with{"value": "{{ params.a }}"}, Params: with{}, In: in(`"y"`), Want: `null`},
		"nothing":             {Type: "text.trim", With: with{}, Code: "input_missing", Field: "with.value"},
		"a number":            {Type: "text.trim", With: with{}, In: in(`5`), Code: "wrong_type", Field: "in.value"},
		"a number written":    {Type: "text.trim", With: with{"value": "{{ 5 }}"}, Code: "wrong_type", Field: "with.value"},
		"a number in a list":  {Type: "text.trim", With: with{}, In: in(`["a", null, {}]`), Code: "wrong_type", Field: "in.value", Row: 3},
		"no HTML escapes":     {Type: "text.trim", With: with{}, In: in(`"<a>\u2028&"`), Want: "\"<a>\u2028&\""},

		"split nothing":          {Type: "text.split", With: with{}, In: in(`""`), Want: `[""]`},
		"split nothing, dropped": {Type: "text.split", With: with{"drop_empty": true}, In: in(`""`), Want: `[]`},
		"split without":          {Type: "text.split", With: with{"separator": ""}, In: in(`"a"`), Code: "config_invalid", Field: "with.separator"},
		"split no pattern":       {Type: "text.split", With: with{"by": "pattern"}, In: in(`"a"`), Code: "config_invalid", Field: "with.pattern"},
		"split bad pattern":      {Type: "text.split", With: with{"by": "pattern", "pattern": "("}, In: in(`"a"`), Code: "config_invalid", Field: "with.pattern"},
		"split computed pattern": {
			Type: "text.split", With: with{"by": "pattern", "pattern": "{{ params.p }}"}, Params: with{"p": "("}, In: in(`"a"`), Code: "config_invalid", Field: "with.pattern",
		},
		"split lines":            {Type: "text.split", With: with{"by": "lines"}, In: in(`"a\r\nb\rc\n\nd\n"`), Want: `["a","b","c","","d"]`},
		"split no lines":         {Type: "text.split", With: with{"by": "lines"}, In: in(`""`), Want: `[]`},
		"split words":            {Type: "text.split", With: with{"by": "words"}, In: in(`"L'été, it's 3.5 €!  你好 🙂."`), Want: `["L'été","it's","3.5","你","好","🙂"]`},
		"split words, limited":   {Type: "text.split", With: with{"by": "words", "limit": 2}, In: in(`"one  two three"`), Want: `["one","two three"]`},
		"split characters, few":  {Type: "text.split", With: with{"by": "characters", "limit": 2}, In: in(`"🇩🇪🇫🇷x"`), Want: `["🇩🇪","🇫🇷x"]`},
		"split one":              {Type: "text.split", With: with{"limit": 1}, In: in(`"a,b"`), Want: `["a,b"]`},
		"split less than none":   {Type: "text.split", With: with{"limit": -1}, In: in(`"a"`), Code: "config_invalid", Field: "with.limit"},
		"split at empty matches": {Type: "text.split", With: with{"by": "pattern", "pattern": "x*"}, In: in(`"axb"`), Want: `["a","b"]`},

		"join one":        {Type: "text.join", With: with{"last": " and "}, In: in(`["a"]`), Want: `"a"`},
		"join two":        {Type: "text.join", With: with{"last": ""}, In: in(`["a", "b"]`), Want: `"ab"`},
		"join closely":    {Type: "text.join", With: with{"separator": ""}, In: in(`["a", "b"]`), Want: `"ab"`},
		"join a text":     {Type: "text.join", With: with{}, In: in(`"a"`), Code: "wrong_type", Field: "in.value"},
		"join objects":    {Type: "text.join", With: with{}, In: in(`["a", {}]`), Code: "wrong_type", Field: "in.value", Row: 2},
		"join a big one":  {Type: "text.join", With: with{}, In: in(`[12345678901234567890, 1e400]`), Want: `"12345678901234567890, 1e400"`},
		"join only nulls": {Type: "text.join", With: with{"skip_empty": true, "last": "&"}, In: in(`[null, "", null]`), Want: `""`},

		"match no pattern":      {Type: "text.match", With: with{"pattern": ""}, In: in(`"a"`), Code: "config_invalid", Field: "with.pattern"},
		"match look-around":     {Type: "text.match", With: with{"pattern": "(?=a)b"}, In: in(`"a"`), Code: "pattern_invalid", Field: "with.pattern"},
		"match back-reference":  {Type: "text.match", With: with{"pattern": `(a)\1`}, In: in(`"a"`), Code: "pattern_invalid", Field: "with.pattern"},
		"match too much":        {Type: "text.match", With: with{"pattern": "(((a{1000}){1000}){1000})"}, In: in(`"a"`), Code: "pattern_invalid", Field: "with.pattern"},
		"match none of all":     {Type: "text.match", With: with{"pattern": "b", "find": "all"}, In: in(`"a"`), Want: `[]`},
		"match test":            {Type: "text.match", With: with{"pattern": "^b", "find": "test", "lines": true}, In: in(`["a\nb", "a"]`), Want: `[true,false]`},
		"match must":            {Type: "text.match", With: with{"pattern": "b", "must_match": true}, In: in(`["b", "a"]`), Code: "no_match", Field: "with.pattern", Row: 2},
		"match must, all":       {Type: "text.match", With: with{"pattern": "b", "must_match": true, "find": "all"}, In: in(`"a"`), Code: "no_match", Field: "with.pattern"},
		"match must, test":      {Type: "text.match", With: with{"pattern": "b", "must_match": true, "find": "test"}, In: in(`"a"`), Code: "no_match", Field: "with.pattern"},
		"match empty, required": {Type: "text.match", With: with{"pattern": "x*", "must_match": true}, In: in(`"a"`), Want: `""`},
		"match all places": {
			Type: "text.match", With: with{"pattern": "(?P<c>ß|é)", "find": "all", "give": "details"}, In: in(`"aßbé"`),
			Want: `[{"end":2,"groups":{"c":"ß"},"start":1,"text":"ß"},{"end":4,"groups":{"c":"é"},"start":3,"text":"é"}]`,
		},

		"replace ignoring case":   {Type: "text.replace", With: with{"replace": list{with{"find": "STRASSE.", "with": "$1"}}, "ignore_case": true}, In: in(`"strasse. Strasse, STRASSE."`), Want: `"$1 Strasse, $1"`},
		"replace the first":       {Type: "text.replace", With: with{"replace": list{with{"find": "a", "with": "b"}}, "first_only": true}, In: in(`"aa"`), Want: `"ba"`},
		"replace first match":     {Type: "text.replace", With: with{"replace": list{with{"find": "(a)", "with": "<$1>"}}, "first_only": true, "pattern": true}, In: in(`"xaa"`), Want: `"x<a>a"`},
		"replace none":            {Type: "text.replace", With: with{"replace": list{}}, In: in(`"a"`), Code: "config_invalid", Field: "with.replace"},
		"replace nothing":         {Type: "text.replace", With: with{"replace": list{with{"find": ""}}}, In: in(`"a"`), Code: "config_invalid", Field: "with.replace[0].find"},
		"replace bad pattern":     {Type: "text.replace", With: with{"replace": list{with{"find": "a"}, with{"find": "*"}}, "pattern": true}, In: in(`"a"`), Code: "pattern_invalid", Field: "with.replace[1].find"},
		"replace unknown group":   {Type: "text.replace", With: with{"replace": list{with{"find": "(a)", "with": "$1x"}}, "pattern": true}, In: in(`"a"`), Code: "config_invalid", Field: "with.replace[0].with"},
		"replace group 2":         {Type: "text.replace", With: with{"replace": list{with{"find": "(a)", "with": "$2"}}, "pattern": true}, In: in(`"a"`), Code: "config_invalid", Field: "with.replace[0].with"},
		"replace an absent group": {Type: "text.replace", With: with{"replace": list{with{"find": "(a)|b", "with": "<$1>"}}, "pattern": true}, In: in(`"ab"`), Want: `"<a><>"`},
		"replace with dollars":    {Type: "text.replace", With: with{"replace": list{with{"find": "a", "with": "$$0${0}"}}, "pattern": true}, In: in(`"a"`), Want: `"$0a"`},
		"replace at word borders": {
			Type: "text.replace", With: with{"replace": list{with{"find": `\Bb`, "with": "X"}}, "pattern": true}, In: in(`"b ab"`), Want: `"b aX"`,
		},
		"replace too large": {
			Type: "text.replace", With: with{"replace": list{with{"find": "a", "with": "{{ repeat('b', 10000) }}"}}}, In: in(`"` + strings.Repeat("a", 10000) + `"`),
			Code: "value_too_large", Field: "with.replace[0].with",
		},
		"replace too large by pattern": {
			Type: "text.replace", With: with{"replace": list{with{"find": "[a]", "with": "{{ repeat('b', 10000) }}"}}, "pattern": true}, In: in(`"` + strings.Repeat("a", 10000) + `"`),
			Code: "value_too_large", Field: "with.replace[0].with",
		},
		"replace too large by group": {
			Type: "text.replace", With: with{"replace": list{with{"find": "(a+)", "with": "{{ repeat('$1', 10000) }}"}}, "pattern": true}, In: in(`"` + strings.Repeat("a", 10000) + `"`),
			Code: "value_too_large", Field: "with.replace[0].with",
		},

		"template null":       {Type: "text.template", With: with{"template": "<{{ item }}>"}, In: in(`null`), Want: `"<>"`},
		"template no item":    {Type: "text.template", With: with{"template": "x"}, In: in(`[1, 2]`), Want: `"x\nx"`},
		"template each":       {Type: "text.template", With: with{"template": "{{ item.a }}", "lists": "each"}, In: in(`[{"a": 1}, {}]`), Want: `["1",""]`},
		"template whole":      {Type: "text.template", With: with{"template": "{{ len(item) }}", "lists": "whole"}, In: in(`[1, 2]`), Want: `"2"`},
		"template urls":       {Type: "text.template", With: with{"template": "?q={{ item }}", "escape": "url"}, In: in(`"a&b=c d"`), Want: `"?q=a%26b%3Dc%20d"`},
		"template JSON":       {Type: "text.template", With: with{"template": `{"q": "{{ item }}"}`, "escape": "json"}, In: in(`"a\"\n"`), Want: `"{\"q\": \"a\\\"\\n\"}"`},
		"template CSV":        {Type: "text.template", With: with{"template": `{{ item.a }},{{ item.b }}`, "escape": "csv"}, In: in(`[{"a": "x\"y", "b": "1,5"}, {"a": "", "b": null}]`), Want: `"\"x\"\"y\",\"1,5\"\n,"`},
		"template escapes":    {Type: "text.template", With: with{"template": `{{ params.who }}`, "escape": "html"}, Params: with{"who": "<b>"}, In: in(`1`), Want: `"&lt;b&gt;"`},
		"template of a field": {Type: "text.template", With: with{"template": `{{ item.a.b }}`}, In: in(`[{"a": {"b": 1}}, {"a": 5}]`), Code: "expression_failed", Field: "with.template", Row: 2},
		"template none":       {Type: "text.template", With: with{}, In: in(`1`), Code: "config_invalid", Field: "with.template"},
		"template wrong":      {Type: "text.template", With: with{"template": "{{ item. }}"}, In: in(`1`), Code: "config_invalid", Field: "with.template"},

		"case fold":      {Type: "text.case", With: with{"to": "fold"}, In: in(`["Straße", "STRASSE"]`), Want: `["strasse","strasse"]`},
		"case capital":   {Type: "text.case", With: with{"to": "capital"}, In: in(`["éa mcDonald", "", "ﬁ"]`), Want: `["Éa mcDonald","","Fi"]`},
		"case camel":     {Type: "text.case", With: with{"to": "camel"}, In: in(`["User ID", "HTTPServer", "__", "a-1b"]`), Want: `["userId","httpServer","","a1b"]`},
		"case pascal":    {Type: "text.case", With: with{"to": "pascal"}, In: in(`"user_id 你好"`), Want: `"UserId你好"`},
		"case constant":  {Type: "text.case", With: with{"to": "constant"}, In: in(`"maxRetries"`), Want: `"MAX_RETRIES"`},
		"case kebab":     {Type: "text.case", With: with{"to": "kebab"}, In: in(`"maxRetries e\u0301te"`), Want: "\"max-retries-e\u0301te\""},
		"case none":      {Type: "text.case", With: with{}, In: in(`"a"`), Code: "config_invalid", Field: "with.to"},
		"case language":  {Type: "text.case", With: with{"to": "upper", "language": "no such"}, In: in(`"a"`), Code: "config_invalid", Field: "with.language"},
		"trim own":       {Type: "text.trim", With: with{"characters": `"'`, "sides": "start"}, In: in(`"'\"a'"`), Want: `"a'"`},
		"trim nothing":   {Type: "text.trim", With: with{"sides": "none", "collapse": true}, In: in(`"  a \n b  "`), Want: `" a b "`},
		"trim to one":    {Type: "text.trim", With: with{"max_length": 1}, In: in(`["ab", "é"]`), Want: `["…","é"]`},
		"trim, composed": {Type: "text.trim", With: with{"normalize": "NFC"}, In: in(`"e\u0301"`), Want: `"é"`},

		"hash sha512":   {Type: "text.hash", With: with{"algorithm": "sha512", "as": "base64url"}, In: in(`""`), Want: `"z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg_SpIdNs6c5H0NE8XYXysP-DGNKHfuwvY7kxvUdBeoGlODJ6-SfaPg"`},
		"hash crc32":    {Type: "text.hash", With: with{"algorithm": "crc32"}, In: in(`"123456789"`), Want: `"cbf43926"`},
		"hash crc key":  {Type: "text.hash", With: with{"algorithm": "crc32", "key": "k"}, In: in(`"a"`), Code: "config_invalid", Field: "with.key"},
		"hash unknown":  {Type: "text.hash", With: with{"algorithm": "sha3"}, In: in(`"a"`), Code: "config_invalid", Field: "with.algorithm"},
		"hash object":   {Type: "text.hash", With: with{}, In: in(`{"a": 1}`), Code: "wrong_type", Field: "in.value"},
		"encode plus":   {Type: "text.encode", With: with{"to": "form"}, In: in(`"a b+"`), Want: `"a+b%2B"`},
		"encode html":   {Type: "text.encode", With: with{"to": "html"}, In: in(`"<\"'>"`), Want: `"&lt;&#34;&#39;&gt;"`},
		"encode url 64": {Type: "text.encode", With: with{"to": "base64url"}, In: in(`"?>?"`), Want: `"Pz4_"`},
		"encode set":    {Type: "text.encode", With: with{"to": "hex", "charset": "klingon"}, In: in(`"a"`), Code: "unknown_charset", Field: "with.charset"},
		"encode lacks":  {Type: "text.encode", With: with{"to": "hex", "charset": "iso-8859-2"}, In: in(`["a", "中"]`), Code: "charset_mismatch", Field: "with.charset", Row: 2},
		"decode odd":    {Type: "text.decode", With: with{"from": "hex"}, In: in(`"abc"`), Code: "encoding_invalid", Field: "in.value"},
		"decode digit":  {Type: "text.decode", With: with{"from": "hex"}, In: in(`["D6 D0\n", "zz"]`), Code: "charset_mismatch", Field: "with.charset", Row: 1},
		"decode gb":     {Type: "text.decode", With: with{"from": "hex", "charset": "gb18030"}, In: in(`"D6D0 cec4"`), Want: `"中文"`},
		"decode gb bad": {Type: "text.decode", With: with{"from": "hex", "charset": "gb18030"}, In: in(`"ff"`), Code: "charset_mismatch", Field: "with.charset"},
		"decode 64":     {Type: "text.decode", With: with{"from": "base64"}, In: in(`"ab*d"`), Code: "encoding_invalid", Field: "in.value"},
		"decode cut":    {Type: "text.decode", With: with{"from": "base64"}, In: in(`"abcde"`), Code: "encoding_invalid", Field: "in.value"},
		"decode url":    {Type: "text.decode", With: with{"from": "url"}, In: in(`"a+b%20%"`), Code: "encoding_invalid", Field: "in.value"},
		"decode plus":   {Type: "text.decode", With: with{"from": "url"}, In: in(`"a+b%20c"`), Want: `"a+b c"`},
	})
}

// Every pattern takes time in proportion to the text, so that one that makes others run for ever ends at once here.
func TestPatternsAreLinear(t *testing.T) {
	b := steptest.New(t, text.Types())
	got, err := b.Run("text.match", with{"pattern": `^(([a-z])+.)+[A-Z]([a-z])+$`, "find": "test"}, nil, `"`+strings.Repeat("a", 50_000)+`"`)
	if err != nil || got != "false" {
		t.Fatalf("%s, %v", got, err)
	}
}

func TestTooManyPartsAreRefused(t *testing.T) {
	b := steptest.New(t, text.Types())
	many := `"` + strings.Repeat(",", 1_000_001) + `"`
	if _, err := b.Run("text.split", with{}, nil, many); err == nil || err.Code != "too_many_parts" || err.Details[0].Field != "with.limit" {
		t.Errorf("%v", err)
	}
	if got, err := b.Run("text.split", with{"limit": 2}, nil, many); err != nil || !strings.HasPrefix(got, `["",",,`) {
		t.Errorf("%v", err)
	}
}

func TestCancelEndsALargeText(t *testing.T) {
	b := steptest.New(t, text.Types())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.RunContext(ctx, "text.replace", with{"replace": list{with{"find": "a", "with": "b"}}, "pattern": true}, nil, `"`+strings.Repeat("a", 10_000)+`"`)
	if err == nil || err.Code != "canceled" {
		t.Fatalf("%v", err)
	}
}
