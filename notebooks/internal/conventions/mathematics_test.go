package conventions_test

import (
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
)

// declared returns the names of everything that the module's packages declare, exported or not:
// "metric.KL", "fit.clipFactor", "bijection.Spline.Forward".
func declared(t *testing.T) map[string]bool {
	t.Helper()
	m, err := listOnce()
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, p := range m.all {
		for _, file := range parse(t, token.NewFileSet(), p.Dir, p.GoFiles, p.CgoFiles) {
			for _, decl := range file.Decls {
				switch decl := decl.(type) {
				case *ast.FuncDecl:
					names[p.Name+"."+receiver(decl)+decl.Name.Name] = true
				case *ast.GenDecl:
					for _, spec := range decl.Specs {
						switch spec := spec.(type) {
						case *ast.TypeSpec:
							names[p.Name+"."+spec.Name.Name] = true
						case *ast.ValueSpec:
							for _, name := range spec.Names {
								names[p.Name+"."+name.Name] = true
							}
						}
					}
				}
			}
		}
	}
	return names
}

// receiver returns the type of a method's receiver and a dot, or "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	if name, ok := typ.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}

func TestMathematicsNameFunctionsThatExist(t *testing.T) {
	content, err := os.ReadFile("../../../f4f/MATHEMATICS.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	names := declared(t)
	named := make(map[string]bool)
	for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(page, -1) {
		name := found[1]
		if !regexp.MustCompile(`^[a-z]\w*(\.\w+)+$`).MatchString(name) {
			if name != "go doc" {
				t.Errorf("%q must name something of a package", name)
			}
			continue
		}
		if !names[name] {
			t.Errorf("there is no %s", name)
		}
		named[name] = true
	}
	sections := strings.Split(page, "\n## ")[1:]
	for _, section := range sections {
		title, text, _ := strings.Cut(section, "\n")
		if equations := strings.Count(text, "$$"); equations == 0 || equations%2 != 0 || !strings.Contains(text, "`") {
			t.Errorf("%s must have equations and functions", title)
		}
	}
	// What judges flows and what they are made of can't be without an equation.
	packages, _ := module(t)
	for _, p := range packages {
		if p.Name != "metric" {
			continue
		}
		d := documented(t, p)
		for _, f := range d.Funcs {
			if !named["metric."+f.Name] {
				t.Errorf("metric.%s has no equation", f.Name)
			}
		}
		for _, typ := range d.Types {
			for _, f := range typ.Funcs {
				if !named["metric."+f.Name] {
					t.Errorf("metric.%s has no equation", f.Name)
				}
			}
		}
	}
	bijections := 0
	for name := range names {
		typ, ok := strings.CutSuffix(name, ".Inverse")
		if ok && strings.HasPrefix(typ, "bijection.") && ast.IsExported(strings.TrimPrefix(typ, "bijection.")) {
			if bijections++; !named[typ] {
				t.Errorf("%s has no equation", typ)
			}
		}
	}
	t.Logf("%d sections name %d functions and types, of them %d kinds of bijections", len(sections), len(named), bijections)
}
