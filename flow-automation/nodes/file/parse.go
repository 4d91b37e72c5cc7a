package file

import (
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/tabular"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Parse says how to make a table of the files that come in.
type Parse struct {
	tabular.How
	Source string `json:"source,omitempty" title:"Column for the file's name" zh:"文件名列" example:"file" doc:"A further column that says which file a row comes from" doc_zh:"另加一列，说明每行来自哪个文件"`
}

func parseType() node.Type {
	type content struct {
		Name    string `json:"name"`
		Content string `json:"content"`
	}
	files := func(all ...content) map[string]json.RawMessage {
		in := map[string]json.RawMessage{}
		for i, each := range all {
			raw, err := json.Marshal(each)
			if err != nil {
				panic(err) // texts always become JSON
			}
			in[node.SourceName("file", i)] = raw
		}
		return in
	}
	out := func(text string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"table": json.RawMessage(text)}
	}
	return node.Define(node.Type{
		Name: "file.parse",
		Doc: node.Doc{
			Title:   node.Text{EN: "Read table from file", ZH: "从文件读取表"},
			Summary: node.Text{EN: "Makes a table of a CSV, JSON, Parquet or Excel file that comes in.", ZH: "将输入的 CSV、JSON、Parquet 或 Excel 文件读取为表。"},
			Details: node.Text{
				EN: "For files that another node gives: one that was downloaded, or fetched from a store. Several files are put below each other by the names of their columns. What a file is goes by its name, then by its media type, unless the format is set.",
				ZH: "用于其他节点给出的文件：例如下载的文件，或从存储中取得的文件。多个文件按列名上下拼接。未设置格式时，先按文件名、再按媒体类型判断。",
			},
			Family: "file", Icon: "file-spreadsheet", Keywords: []string{"csv", "tsv", "json", "ndjson", "parquet", "excel", "xlsx", "import", "load"},
		},
		Inputs:  []node.Port{{Name: "file", Kind: value.File, Title: node.Text{EN: "Files", ZH: "文件"}, Required: true, Many: true}},
		Outputs: []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}}},
		Effect:  node.Pure, Pool: node.SQL,
		Examples: []node.Example{
			{
				Title: "A CSV file", With: map[string]any{}, Inputs: files(content{"orders.csv", "id,amount\n1,12.5\n2,\n"}),
				Want: out(`[{"id": 1, "amount": 12.5}, {"id": 2, "amount": null}]`),
			},
			{
				Title: "Two files, and which one each row comes from", With: map[string]any{"source": "file"},
				Inputs: files(content{"in/may.csv", "id,amount\n1,12.5\n"}, content{"in/june.ndjson", "{\"id\": 2, \"note\": \"new\"}\n"}),
				Want:   out(`[{"file": "in/may.csv", "id": 1, "amount": 12.5, "note": null}, {"file": "in/june.ndjson", "id": 2, "amount": null, "note": "new"}]`),
			},
			{
				Title: "Numbers that become others together with those of another file", With: map[string]any{},
				Inputs:    files(content{"a.csv", "id\n9007199254740993\n"}, content{"b.csv", "id\n1.5\n"}),
				WantError: "type_mismatch",
			},
			{
				Title: "A name that does not tell", With: map[string]any{}, Inputs: files(content{"export", "a,b\n1,2\n"}), WantError: "format_unknown",
			},
		},
	}, parse)
}

func parse(ctx context.Context, call *node.Call, c Parse) (value.Outputs, error) {
	in := call.Inputs["file"]
	if len(in) == 0 {
		return nil, node.InputMissing("file")
	}
	below := stacked{source: c.Source}
	plan := table.Plan{Inputs: map[string]table.Source{}, Node: call.NodeID}
	var rejected int64
	var only table.Table
	for i, v := range in {
		t, err := c.one(ctx, call, v)
		if err != nil {
			return nil, err
		}
		rejected += t.Rejected
		plan.Inputs[node.SourceName("file", i)] = table.Source{Artifact: t.Artifact}
		below.names = append(below.names, v.File.Name)
		only = t
	}
	if rejected > 0 {
		call.Detail("rejected_rows", rejected)
	}
	if len(in) > 1 || c.Source != "" {
		plan.Relation = below
		var err error
		if only, err = call.Env.Tables.Run(ctx, call.Tenant, plan, nil); err != nil {
			return nil, node.At("with.source", err)
		}
	}
	return value.Outputs{"table": {Kind: value.Table, Artifact: &only.Artifact, Table: &only.Meta}}, nil
}

// one reads one of the files.
func (c Parse) one(ctx context.Context, call *node.Call, v value.Value) (table.Table, error) {
	if v.Artifact == nil || v.File == nil {
		return table.Table{}, errs.Internal(fmt.Errorf("a file without content came in"))
	}
	local, release, err := call.Env.Artifacts.Path(ctx, call.Tenant, v.Artifact.ID)
	if err != nil {
		return table.Table{}, err
	}
	defer release()
	if c.Format == "auto" {
		c.Format = tabular.FormatOf(*v.File)
	}
	t, err := c.Table(ctx, call, local, v.File.Name)
	return t, node.At("in.file", err)
}

// stacked is the relation of tables below each other by the names of their columns, with the name of each table.
type stacked struct {
	source string // a column for it; "" is none
	names  []string
}

// Query implements table.Relation.
func (s stacked) Query(inputs map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	for i, name := range s.names {
		if i > 0 {
			b.Text("\nUNION ALL BY NAME ")
		}
		b.Text("SELECT ")
		if s.source != "" {
			b.Text("CAST(").Arg(name).Text(" AS VARCHAR) AS ").Name(s.source).Text(", ")
		}
		in := inputs[node.SourceName("file", i)]
		b.Text("*")
		columns.KeepDigits(&b, "with.types", in.Columns, func(at int) (types []string) {
			for _, other := range inputs {
				if j := columns.Find(other.Columns, in.Columns[at].Name); j >= 0 {
					types = append(types, other.Columns[j].Type)
				}
			}
			return types
		})
		b.Text(" FROM ", in.Name)
	}
	return b.Query()
}
