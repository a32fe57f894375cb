package message

import (
	"sort"
	"strings"
	"text/template/parse"

	"github.com/tokui/tokui/internal/position"
)

// builtIn are the fields that every message has, beside the audience's.
var builtIn = []string{"contact_name", "email", "perks", "company", "unsubscribe_url", "preferences_url", "confirm_url", "campaign", "variant", "slot_date"}

// The groups of fields whose members are known.
var (
	companyFields = []string{"address", "contact", "name"}
	perkFields    = []string{"name", "text"}
)

// use is one place where a template names a field of the recipient.
type use struct {
	name    string
	at      position.Position
	excerpt string
	sample  any // a value of the kind that the place asks for
}

type uses []use

// scope is what the dot stands for at a place of a template.
type scope int

const (
	scopeOther   scope = iota // a value whose fields are not known
	scopeRoot                 // the recipient
	scopeCompany              // .company
	scopePerks                // .perks, a list
	scopePerk                 // an element of it
)

type root struct {
	tree   *parse.Tree
	lookup func(name string) *parse.Tree
}

// walker goes through the trees that a message is made of, and notes fields and faults.
type walker struct {
	files  files
	lookup func(name string) *parse.Tree
	tree   *parse.Tree
	dollar scope
	seen   map[string]bool
	uses   *uses
	faults *position.Faults
}

// walk collects the uses of fields from every tree.
func (t *Template) walk(faults *position.Faults) {
	for _, r := range t.roots() {
		w := walker{files: t.files, lookup: r.lookup, tree: r.tree, dollar: scopeRoot, seen: map[string]bool{},
			uses: &t.uses, faults: faults}
		if r.tree != nil {
			w.node(r.tree.Root, scopeRoot)
		}
	}
}

func (w *walker) node(n parse.Node, dot scope) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			w.node(child, dot)
		}
	case *parse.ActionNode:
		w.pipe(n.Pipe, dot)
	case *parse.IfNode:
		w.pipe(n.Pipe, dot)
		w.node(n.List, dot)
		w.node(n.ElseList, dot)
	case *parse.WithNode:
		w.node(n.List, w.pipe(n.Pipe, dot))
		w.node(n.ElseList, dot)
	case *parse.RangeNode:
		element := scopeOther
		if w.pipe(n.Pipe, dot) == scopePerks {
			element = scopePerk
		}
		w.node(n.List, element)
		w.node(n.ElseList, dot)
	case *parse.TemplateNode:
		w.include(n, dot)
	}
}

// include follows {{template "name" .x}} into the part, once for each kind of dot.
func (w *walker) include(n *parse.TemplateNode, dot scope) {
	inner := scopeOther
	if n.Pipe != nil {
		inner = w.pipe(n.Pipe, dot)
	}
	tree := w.lookup(n.Name)
	if tree == nil {
		w.fault(n.Pos, "define it in the file, or add shared/"+n.Name, "got {{template %q}}, and there is no such part", n.Name)
		return
	}
	key := n.Name + string(rune('0'+int(inner)))
	if w.seen[key] {
		return
	}
	w.seen[key] = true
	into := *w
	into.tree, into.dollar = tree, inner
	into.node(tree.Root, inner)
}

// pipe walks a pipeline and returns what its value is, where that can be known.
func (w *walker) pipe(p *parse.PipeNode, dot scope) scope {
	if p == nil {
		return scopeOther
	}
	value := scopeOther
	for i, command := range p.Cmds {
		function := ""
		if id, ok := command.Args[0].(*parse.IdentifierNode); ok {
			function = id.Ident
		} else if i+1 < len(p.Cmds) {
			if id, ok := p.Cmds[i+1].Args[0].(*parse.IdentifierNode); ok {
				function = id.Ident
			}
		}
		for _, argument := range command.Args {
			value = w.argument(argument, dot, sampleFor(function, command.Args))
		}
		if len(command.Args) > 1 {
			value = scopeOther
		}
	}
	if len(p.Cmds) > 1 {
		value = scopeOther
	}
	return value
}

func (w *walker) argument(n parse.Node, dot scope, sample any) scope {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return w.field(n.Pos, n.Ident, dot, sample)
	case *parse.VariableNode:
		if n.Ident[0] != "$" {
			return scopeOther
		}
		return w.field(n.Pos, n.Ident[1:], w.dollar, sample)
	case *parse.ChainNode:
		w.argument(n.Node, dot, sample)
	case *parse.PipeNode:
		return w.pipe(n, dot)
	}
	return scopeOther
}

// field notes a field, or a fault where the group it is looked for in does not have it.
func (w *walker) field(pos parse.Pos, names []string, in scope, sample any) scope {
	if len(names) == 0 {
		return in
	}
	switch in {
	case scopeRoot:
		at, excerpt := w.files.at(w.tree.ParseName, int(pos))
		*w.uses = append(*w.uses, use{names[0], at, excerpt, sample})
		switch names[0] {
		case "company":
			return w.field(pos, names[1:], scopeCompany, sample)
		case "perks":
			return w.field(pos, names[1:], scopePerks, sample)
		}
	case scopeCompany:
		w.member(pos, "company", names[0], companyFields)
	case scopePerk:
		w.member(pos, "a perk", names[0], perkFields)
	case scopePerks:
		w.fault(pos, "{{range .perks}}{{.text}}{{end}}", "got .perks.%s, but .perks is a list", names[0])
	}
	return scopeOther
}

func (w *walker) member(pos parse.Pos, of, name string, known []string) {
	for _, field := range known {
		if field == name {
			return
		}
	}
	w.fault(pos, "for a field of the recipient write $."+name, "got the unknown field .%s of %s, want one of .%s", name, of,
		strings.Join(known, ", ."))
}

func (w *walker) fault(pos parse.Pos, try, format string, args ...any) {
	if w.files[w.tree.ParseName].made { // told of what it was made of
		return
	}
	at, excerpt := w.files.at(w.tree.ParseName, int(pos))
	w.faults.Add(at, try, format, args...)
	(*w.faults)[len(*w.faults)-1].Excerpt = excerpt
}

// sampleFor is a value that a function takes: the sample message is made of such.
func sampleFor(function string, arguments []parse.Node) any {
	switch function {
	case "date", "day":
		return "2000-01-03"
	case "money", "number", "percent":
		return int64(1)
	case "eq", "ne", "lt", "le", "gt", "ge":
		for _, argument := range arguments {
			if n, ok := argument.(*parse.NumberNode); ok && n.IsInt {
				return int64(1)
			} else if ok {
				return 1.5
			}
		}
	}
	return "sample"
}

// listed writes the known fields for a message.
func listed(known map[string]bool) string {
	all := make([]string, 0, len(known))
	for name := range known {
		all = append(all, "."+name)
	}
	sort.Strings(all)
	return strings.Join(all, ", ")
}
