package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/spec"
)

// reference writes about kinds of nodes in one language.
type reference struct {
	zh  bool
	out io.Writer
}

func (r *reference) say(format string, args ...any) { say(r.out, format, args...) }

// in chooses a text by the language.
func (r *reference) in(en, zh string) string {
	if r.zh && zh != "" {
		return zh
	}
	return en
}

func (r *reference) text(t node.Text) string { return r.in(t.EN, t.ZH) }

// list prints a line for each kind.
func (r *reference) list(kinds []kind) {
	width := 0
	for _, k := range kinds {
		width = max(width, len(k.name))
	}
	family := ""
	for _, k := range kinds {
		if f := k.family(); f != family {
			if family != "" {
				r.say("\n")
			}
			family = f
			r.say("%s\n", r.familyTitle(f))
		}
		r.say("  %s  %s\n", console.Pad(k.name, width), r.text(k.doc.Summary))
	}
}

// explain prints all that is known of a kind.
func (r *reference) explain(k kind) error {
	r.say("%s  %s\n\n%s\n", k.name, r.text(k.doc.Title), r.text(k.doc.Summary))
	if details := r.text(k.doc.Details); details != "" {
		r.say("%s\n", details)
	}
	if facts := r.facts(k); facts != "" {
		r.say("\n%s\n", facts)
	}
	if k.node != nil {
		r.ports(r.in("Inputs", "输入"), k.node.Inputs)
		if k.node.NamedInputs {
			r.say("  %s\n", r.moreInputs())
		}
		r.ports(r.in("Outputs", "输出"), outputsOf(k))
	}
	fields := k.config.Fields()
	if len(fields) > 0 {
		r.say("\n%s\n", r.in("Configuration (with)", "配置（with）"))
	}
	for _, f := range fields {
		r.say("  %s  %s%s\n", f.Path, r.typeOf(f), r.remark(f))
		if doc := r.in(f.Doc, f.DocZH); doc != "" {
			r.say("      %s\n", doc)
		}
	}
	for _, ex := range k.examples {
		text, err := example(ex)
		if err != nil {
			return err
		}
		r.say("\n%s: %s\n%s", r.in("Example", "示例"), ex.Title, indent(text, "  "))
	}
	return nil
}

func (r *reference) ports(title string, ports []node.Port) {
	if len(ports) == 0 {
		return
	}
	r.say("\n%s\n", title)
	for _, p := range ports {
		r.say("  %s  %s\n", p.Name, r.portKind(p))
	}
}

// facts are what an operator wants to know of a type of node.
func (r *reference) facts(k kind) string {
	if k.node == nil {
		return ""
	}
	effect := string(k.node.Effect)
	if k.node.EffectOf != nil {
		effect = r.in("as configured", "取决于配置")
	}
	return fmt.Sprintf(r.in("Version %d, effect: %s, runs in the pool: %s", "版本 %d，副作用：%s，运行池：%s"), k.node.Version, effect, k.node.Pool)
}

func (r *reference) portKind(p node.Port) string {
	kind := string(p.Kind)
	if kind == "" {
		kind = r.in("anything", "任意")
	}
	if p.Many {
		kind += r.in(", several sources", "，可有多个来源")
	}
	if p.Required {
		kind += r.in(", must be connected", "，必须连接")
	}
	return kind
}

func (r *reference) moreInputs() string {
	return r.in("and further inputs under names of your own", "以及自行命名的其他输入")
}

// outputsOf gives the ports of a kind; for one whose outputs depend on the configuration, those of its first example.
func outputsOf(k kind) []node.Port {
	if k.node.OutputsOf == nil || len(k.examples) == 0 {
		return k.node.Outputs
	}
	config, err := json.Marshal(k.examples[0].With)
	if err != nil {
		return k.node.Outputs
	}
	return k.node.OutputPorts(config, false)
}

// typeOf says what a field takes.
func (r *reference) typeOf(f spec.Field) string {
	if len(f.Enum) > 0 {
		values := make([]string, len(f.Enum))
		for i, v := range f.Enum {
			values[i] = compactJSON(v)
			if s, ok := v.(string); ok && s != "" {
				values[i] = s
			}
		}
		prefix := ""
		if f.Type == "array" {
			prefix = r.in("list of ", "列表：")
		}
		return prefix + strings.Join(values, " | ")
	}
	if f.Type == "" {
		return r.in("any", "任意")
	}
	return f.Type
}

// remark says whether a field must be given, what it is otherwise, and what it is for where that is not everything.
func (r *reference) remark(f spec.Field) string {
	text := ""
	switch {
	case f.Required:
		text = r.in(", required", "，必填")
	case f.Default != nil:
		text = r.in(", default ", "，默认 ") + compactJSON(f.Default)
	}
	if f.When != nil {
		text += fmt.Sprintf(r.in(", only with %s: %s", "，仅用于 %s：%s"), f.When.Field, strings.Join(f.When.Values, r.in(", ", "、")))
	}
	return text
}

// example writes an example as it would stand in a flow, with what comes in and goes out as comments.
func example(ex node.Example) (string, error) {
	shown := struct {
		With    map[string]any `yaml:"with"`
		Nodes   any            `yaml:"nodes,omitempty"`
		Catch   any            `yaml:"catch,omitempty"`
		Finally any            `yaml:"finally,omitempty"`
	}{With: ex.With}
	if shown.With == nil {
		shown.With = map[string]any{}
	}
	var err error
	for _, body := range []struct {
		nodes []flow.Node
		to    *any
	}{{ex.Nodes, &shown.Nodes}, {ex.Catch, &shown.Catch}, {ex.Finally, &shown.Finally}} {
		if *body.to, err = plainNodes(body.nodes); err != nil {
			return "", fmt.Errorf("example %s: %w", ex.Title, err)
		}
	}
	var text bytes.Buffer
	enc := yaml.NewEncoder(&text)
	enc.SetIndent(2)
	if err := enc.Encode(shown); err != nil {
		return "", fmt.Errorf("example %s: %w", ex.Title, err)
	}
	if err := enc.Close(); err != nil {
		return "", fmt.Errorf("example %s: %w", ex.Title, err)
	}
	for _, name := range slices.Sorted(maps.Keys(ex.Params)) {
		fmt.Fprintf(&text, "# params.%s = %s\n", name, compactJSON(ex.Params[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(ex.Files)) {
		fmt.Fprintf(&text, "# file %s: %s\n", name, shortened(compactJSON(ex.Files[name])))
	}
	for _, name := range slices.Sorted(maps.Keys(ex.Inputs)) {
		fmt.Fprintf(&text, "# in   %s = %s\n", name, compactRaw(ex.Inputs[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(ex.Want)) {
		fmt.Fprintf(&text, "# out  %s = %s\n", name, compactRaw(ex.Want[name]))
	}
	if ex.WantError != "" {
		fmt.Fprintf(&text, "# fails with %s\n", ex.WantError)
	}
	return text.String(), nil
}

// plainNodes gives the nodes of a container as YAML can write them; nil for none.
func plainNodes(nodes []flow.Node) (any, error) {
	if len(nodes) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(nodes)
	if err != nil {
		return nil, err
	}
	var plain any
	err = json.Unmarshal(raw, &plain)
	return plain, err
}

// longest is how much of a value an example shows.
const longest = 600

func shortened(s string) string {
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + " …"
	}
	return s
}

func compactRaw(raw json.RawMessage) string {
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil {
		return shortened(string(raw))
	}
	return shortened(out.String())
}

func compactJSON(v any) string {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(out.String())
}

func indent(text, by string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString(by + line)
	}
	return out.String()
}

func (r *reference) familyTitle(family string) string {
	titles := map[string][2]string{
		triggerFamily: {"Triggers", "触发器"}, "file": {"Files", "文件"}, "table": {"Tables", "表"}, "python": {"Python", "Python"},
		"chart": {"Charts", "图表"}, "control": {"Control", "流程控制"}, "http": {"Web", "网络"}, "value": {"Values", "值"},
		"text": {"Text", "文本"}, "json": {"JSON and lists", "JSON 与列表"}, "time": {"Time", "时间"},
	}
	if t, ok := titles[family]; ok {
		return r.in(t[0], t[1])
	}
	return strings.ToUpper(family[:1]) + family[1:]
}
