// Package forms knows the messages of the code by their forms, as errors carry them, so that what is written of them in
// other languages can be held against it.
package forms

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

// Code is what is found in the source.
type Code struct {
	// texts are the forms of all texts in it.
	texts map[string]bool
	// told are those of messages and hints of errors, with the code of the error where it stands beside.
	told map[Message]bool
}

// Message is one that users are told.
type Message struct{ Code, Form string }

// Read reads the Go files below a folder, tests left out.
func Read(root string) (*Code, error) {
	c := &Code{texts: map[string]bool{}, told: map[Message]bool{}}
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "testkit") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path) //nolint:gosec // below the folder that was named
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, c.visit)
		return nil
	})
	return c, err
}

func (c *Code) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BasicLit, *ast.BinaryExpr:
		if text, ok := literal(n.(ast.Expr)); ok {
			c.texts[form(text)] = true
		}
	case *ast.CallExpr:
		if name := called(n); makers[name] {
			code := ""
			for _, arg := range n.Args {
				text, ok := literal(arg)
				switch {
				case !ok:
				case strings.ContainsRune(text, ' '):
					c.told[Message{code, form(text)}] = true
				default:
					code = text
				}
			}
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Message" || key.Name == "Hint") {
			if text, ok := literal(n.Value); ok && text != "" {
				c.told[Message{"", form(text)}] = true
			}
		}
	}
	return true
}

// makers are the functions that are given what users are told.
var makers = map[string]bool{
	"New": true, "Invalid": true, "NotFound": true, "Conflict": true, "Unauthorized": true, "Forbidden": true, "Unavailable": true,
	"WithHint": true, "Textf": true, "At": true, "FieldError": true, "Refuse": true, "Errorf": true, "Warnf": true, "Fail": true,
	"report": true, "refuse": true, "invalid": true, "Upstream": true,
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if pkg, ok := f.X.(*ast.Ident); ok && (pkg.Name == "errors" || pkg.Name == "fmt") {
			return ""
		}
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// literal is the text of a literal, or of several with + between.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		x, left := literal(e.X)
		y, right := literal(e.Y)
		return x + y, left && right && e.Op == token.ADD
	}
	return "", false
}

// form is what an error carries of a text, or the text where it is its own form.
func form(text string) string { return cmp.Or(errs.Form(text), text) }

var placeholder = pattern.Of(`\{(\d+)!?\}`)

// Check gives what is wrong with texts by form: forms that the code does not have any more, and texts with parts that
// their form has not.
func (c *Code) Check(texts map[string]string) (wrong []string) {
	for form, text := range texts {
		if !c.texts[form] {
			wrong = append(wrong, strconv.Quote(form)+" is no message of the code: write it as it stands there, or leave it out")
		}
		if strings.TrimSpace(text) == "" {
			wrong = append(wrong, strconv.Quote(form)+" has no text")
		}
		for _, found := range placeholder.Regexp().FindAllStringSubmatch(text, -1) {
			if !strings.Contains(form, "{"+found[1]+"}") {
				wrong = append(wrong, strconv.Quote(form)+" has no part "+found[1]+", which its text names")
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// Missing gives the messages that no text is there for, by their code.
func (c *Code) Missing(texts map[string]string) (missing []Message) {
	for m := range c.told {
		if _, there := texts[m.Form]; !there {
			missing = append(missing, m)
		}
	}
	slices.SortFunc(missing, func(a, b Message) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Form, b.Form)) })
	return missing
}
