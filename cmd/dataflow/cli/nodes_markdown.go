package cli

import (
	"strings"

	"dataflow/flow-automation/node"
)

// markdown writes the whole reference.
func (r *reference) markdown(kinds []kind) error {
	r.say("# %s\n\n", r.in("Node reference", "节点参考"))
	r.say("<!-- %s -->\n\n", r.in("Written by make generate from the types themselves; do not edit.", "由 make generate 根据节点类型生成，请勿手工修改。"))
	r.say("%s\n", r.in(
		"What flows are made of. Each type is shown with its ports, the fields of its configuration and examples, which the tests execute. "+
			"`dataflow nodes TYPE` shows the same in a terminal; the designer has it in a node's form and under **Docs**.",
		"流程由以下类型组成。每个类型列出端口、配置字段和示例，示例由测试执行。终端中的 `dataflow nodes TYPE` 显示相同内容；设计器在节点表单和 **文档** 页中显示。",
	))
	for i, k := range kinds {
		if i == 0 || k.family() != kinds[i-1].family() {
			r.contents(kinds, k.family())
		}
	}
	for i, k := range kinds {
		if i == 0 || k.family() != kinds[i-1].family() {
			r.say("\n## %s\n", r.familyTitle(k.family()))
		}
		if err := r.section(k); err != nil {
			return err
		}
	}
	return nil
}

// contents links to the types of one family.
func (r *reference) contents(kinds []kind, family string) {
	var links []string
	for _, k := range kinds {
		if k.family() == family {
			links = append(links, "["+k.name+"](#"+anchor(k)+")")
		}
	}
	r.say("\n**%s**: %s\n", r.familyTitle(family), strings.Join(links, ", "))
}

// anchor is an identifier of our own, since a heading's would depend on who shows the page.
func anchor(k kind) string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(k.name)
}

func (r *reference) section(k kind) error {
	r.say("\n<a id=\"%s\"></a>\n\n### %s · `%s`\n\n%s\n", anchor(k), r.text(k.doc.Title), k.name, r.text(k.doc.Summary))
	if details := r.text(k.doc.Details); details != "" {
		r.say("\n%s\n", details)
	}
	if k.node != nil {
		r.portTable(k)
		r.say("\n%s\n", r.facts(k))
	}
	r.fieldTable(k)
	for _, ex := range k.examples {
		text, err := example(ex)
		if err != nil {
			return err
		}
		r.say("\n%s\n\n```yaml\n%s```\n", ex.Title+r.in(":", "："), text)
	}
	return nil
}

func (r *reference) portTable(k kind) {
	r.say("\n| %s | | |\n|---|---|---|\n", r.in("port", "端口"))
	row := func(direction string, p node.Port) {
		r.say("| %s `%s` | %s | %s |\n", direction, p.Name, tableCell(r.portKind(p)), tableCell(r.text(p.Title)))
	}
	for _, p := range k.node.Inputs {
		row(r.in("in", "输入"), p)
	}
	if k.node.NamedInputs {
		r.say("| %s … | | %s |\n", r.in("in", "输入"), tableCell(r.moreInputs()))
	}
	for _, p := range outputsOf(k) {
		row(r.in("out", "输出"), p)
	}
}

func (r *reference) fieldTable(k kind) {
	fields := k.config.Fields()
	if len(fields) == 0 {
		return
	}
	r.say("\n| %s | %s | %s |\n|---|---|---|\n", r.in("field", "字段"), r.in("takes", "取值"), r.in("meaning", "含义"))
	for _, f := range fields {
		doc := r.in(f.Doc, f.DocZH)
		if f.Example != nil {
			doc += r.in(". Such as ", "。例如 ") + code(compactJSON(f.Example))
		}
		r.say("| `%s` | %s%s | %s |\n", f.Path, tableCell(r.typeOf(f)), tableCell(r.remark(f)), tableCell(r.in(f.Title, f.TitleZH)+r.in(". ", "。")+doc))
	}
}

// code puts a text into as many backticks as it needs.
func code(s string) string {
	ticks := "`"
	for strings.Contains(s, ticks) {
		ticks += "`"
	}
	if len(ticks) > 1 {
		return ticks + " " + s + " " + ticks
	}
	return ticks + s + ticks
}

// tableCell makes a text fit for a table.
func tableCell(s string) string {
	return strings.NewReplacer("|", "\\|", "\r\n", " ", "\n", " ").Replace(s)
}
