// Package tabular is how nodes read files as tables: the fields that say how, and what a file is by its name.
package tabular

import (
	"context"
	"fmt"
	"path"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/coding"
	"dataflow/ide-go-lib/table/sqltype"
	"dataflow/ide-go-lib/words"
)

// How says how to read a file; what is left empty is found out.
type How struct {
	Format    string   `json:"format" title:"Format" zh:"格式" enum:"auto,csv,json,ndjson,parquet,xlsx" default:"auto" doc:"auto goes by the name's ending; a .txt is CSV when one delimiter splits its lines alike, and is refused else" doc_zh:"auto 表示按文件扩展名判断；.txt 仅当同一分隔符一致地分隔各行时作为 CSV，否则拒绝"`
	Delimiter string   `json:"delimiter,omitempty" title:"Delimiter" zh:"分隔符" more:"true" doc:"Of CSV: one character or tab; left empty, it is found out" doc_zh:"CSV 的分隔符：一个字符或 tab；留空则自动识别"`
	Quote     string   `json:"quote,omitempty" title:"Quote" zh:"引号" more:"true" doc:"Of CSV: the character around texts; left empty, it is \"" doc_zh:"CSV 中文本两侧的字符；留空为双引号"`
	Escape    string   `json:"escape,omitempty" title:"Escape" zh:"转义符" more:"true" doc:"Of CSV: the character before a quote within quotes, such as \\; left empty, quotes are written twice" doc_zh:"CSV 中引号内的引号之前的字符，如 \\；留空表示引号写两次"`
	Skip      int      `json:"skip,omitempty" title:"Lines to skip" zh:"跳过行数" more:"true" minimum:"0" doc:"Of CSV: how many lines come before the header or the first row" doc_zh:"CSV 中表头或首行之前的行数"`
	Header    string   `json:"header" title:"Header" zh:"表头" more:"true" enum:"auto,yes,no" default:"auto" doc:"Whether the first row of a CSV or Excel file has the column names" doc_zh:"CSV 或 Excel 文件的第一行是否为列名"`
	Encoding  string   `json:"encoding,omitempty" title:"Encoding" zh:"编码" more:"true" example:"utf-8" doc:"Of CSV: utf-8, utf-16, windows-1252, gb18030 and others; left empty, it is found out" doc_zh:"CSV 的编码：utf-8、utf-16、windows-1252、gb18030 等；留空则自动识别"`
	NullTexts []string `json:"null_texts,omitempty" title:"Texts that mean empty" zh:"表示空值的文本" more:"true" doc:"Of CSV, such as NA or -; left empty, only the empty text does" doc_zh:"CSV 中表示空值的文本，例如 NA 或 -；留空则仅空文本"`
	Types     []Typed  `json:"types,omitempty" title:"Types" zh:"类型" more:"true" doc:"Types of columns, instead of those found out. A number that a whole or decimal type would round does not fit it; DOUBLE keeps about 15 digits, FLOAT 7" doc_zh:"指定列的类型，代替自动识别的类型。会被整数或小数类型舍入的数字视为不符合；DOUBLE 约保留 15 位，FLOAT 约 7 位"`
	Sheet     string   `json:"sheet,omitempty" title:"Sheet" zh:"工作表" more:"true" doc:"Of Excel; left empty, it is the first" doc_zh:"Excel 的工作表；留空为第一个"`
	BadRows   string   `json:"bad_rows" title:"Rows that do not fit" zh:"不符合的行" more:"true" enum:"fail,skip" default:"fail" doc:"Of CSV: stop with the place, or leave them out and count them. A bad row that goes over several lines, as behind a quote that is not closed, always stops, for it may hold other rows" doc_zh:"CSV 中不符合的行：报错并指出位置，或跳过并计数。跨多行的坏行（如引号未闭合）可能包含其他行，因此总是报错"`
}

// Typed gives one column its type.
type Typed struct {
	Column string `json:"column" title:"Column" zh:"列" required:"true"`
	Type   string `json:"type" title:"Type" zh:"类型" required:"true" widget:"type" example:"VARCHAR"`
}

// Check finds what the schema cannot.
func (c How) Check() []errs.Detail {
	var found []errs.Detail
	for _, sign := range []struct{ field, text string }{{"delimiter", c.Delimiter}, {"quote", c.Quote}, {"escape", c.Escape}} {
		_, err := table.CSVSign(sign.field, sign.text, 0)
		found = append(found, Problem("with."+sign.field, err)...)
	}
	if c.Encoding != "" {
		_, _, err := coding.Named(c.Encoding)
		found = append(found, Problem("with.encoding", err)...)
	}
	for i, t := range c.Types {
		if wrong := sqltype.Wrong(t.Type); wrong != "" {
			found = append(found, errs.Detail{Code: "type_unknown", Message: wrong, Place: errs.Place{Field: fmt.Sprintf("with.types[%d].type", i)}})
		}
	}
	return found
}

// Problem is what an error says, at a field.
func Problem(field string, err error) []errs.Detail {
	if err == nil {
		return nil
	}
	e := errs.From(err)
	message := e.Message
	if e.Hint != "" {
		message += " " + e.Hint
	}
	return []errs.Detail{{Code: e.Code, Message: message, Place: errs.Place{Field: field}}}
}

// Table reads a file called name, and tells its progress as that of the call.
func (c How) Table(ctx context.Context, call *node.Call, path, name string) (table.Table, error) {
	return Import(ctx, call, path, c.Options(name), func(rows, total int64, percent float64) {
		if percent >= 0 && total == 0 {
			call.Progress(int64(percent), 100, "%")
			return
		}
		call.Progress(rows, total, "rows")
	})
}

// Import reads a file as the options say, and logs how many of its rows were left out, and how many of its cells are errors.
func Import(ctx context.Context, call *node.Call, path string, opts table.ImportOptions, progress table.Progress) (table.Table, error) {
	opts.Texts = call.Texts
	t, err := call.Env.Tables.Import(ctx, call.Tenant, path, opts, progress)
	for _, r := range t.Rounded {
		call.Log("warn", fmt.Sprintf("Column %q of %s: %s more digits than %s keeps, the first %s. Set the type VARCHAR for the column to keep them as they are written.", r.Column, opts.Name, words.Number(r.Rows, "number has", "numbers have"), r.Type, r.Value))
	}
	for _, o := range t.Odd {
		call.Log("warn", o.String())
	}
	if err == nil && t.Rejected > 0 {
		call.Log("warn", fmt.Sprintf("%s of %s did not fit: left out", words.Number(t.Rejected, "row", "rows"), opts.Name))
	}
	if err != nil && errs.From(err).Code == "format_unknown" {
		return t, node.At("with.format", err)
	}
	if err == nil && t.ErrorCells > 0 {
		call.Log("warn", fmt.Sprintf("%s of %s with an error of Excel, such as #N/A: empty in the table", words.Number(t.ErrorCells, "cell", "cells"), opts.Name))
	}
	return t, err
}

// Options are those of a file called name.
func (c How) Options(name string) table.ImportOptions {
	opts := table.ImportOptions{
		Delimiter: c.Delimiter, Quote: c.Quote, Escape: c.Escape, Skip: c.Skip, Encoding: c.Encoding, Sheet: c.Sheet, BadRows: c.BadRows, Name: name,
	}
	if c.Format != "auto" {
		opts.Format = c.Format
	}
	if c.Header != "auto" {
		yes := c.Header == "yes"
		opts.Header = &yes
	}
	if len(c.NullTexts) > 0 {
		opts.NullText = append([]string{""}, c.NullTexts...)
	}
	if len(c.Types) > 0 {
		opts.Types = map[string]string{}
		for _, t := range c.Types {
			opts.Types[t.Column] = t.Type
		}
	}
	return opts
}

// formats are those that a media type tells.
var formats = map[string]string{
	"text/csv": "csv", "text/tab-separated-values": "csv", "application/csv": "csv", "application/json": "json", "application/x-ndjson": "ndjson",
	"application/jsonl": "ndjson", "application/vnd.apache.parquet": "parquet",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}

// FormatOf goes by the media type where the name tells nothing, or little, as .txt does.
func FormatOf(f value.FileMeta) string {
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".csv", ".tsv", ".json", ".ndjson", ".jsonl", ".parquet", ".xlsx":
		return "auto"
	}
	media, _, _ := strings.Cut(f.MediaType, ";")
	if known, ok := formats[strings.TrimSpace(media)]; ok {
		return known
	}
	return "auto"
}
