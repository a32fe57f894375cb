package message

import (
	"errors"
	"strings"
	"text/template/parse"

	"github.com/tokui/tokui/internal/edition"
)

// errBeyond says that a template uses what programs do not know.
var errBeyond = errors.New("beyond what a program does")

// deepest is how far parts may include one another: html/template has no limit, and a part that includes itself none either.
const deepest = 16

// assembler makes a program of a parse tree, which html/template has escaped where it is a page's.
type assembler struct {
	lookup    func(name string) *parse.Tree
	functions map[string]func([]expression) expression
	slots     map[string]int    // of the recipient's fields, grown as they are met
	constants map[string]string // of .company
	demands   []string          // what the part has to show, in the order of their marks
	link      marks             // the mark of .unsubscribe_url
	encoding  encoding
	locals    int // the most that are used
	depth     int
}

// spot is where a value is found: among the recipient's fields, or in a local.
type spot struct {
	root  bool
	local int
}

// frame is what names mean at a place of a template.
type frame struct {
	dot, dollar spot
	variables   []variable
	used        int // locals
}

type variable struct {
	name  string
	local int
}

func (f *frame) take(a *assembler) int {
	f.used++
	a.locals = max(a.locals, f.used)
	return f.used - 1
}

// build collects steps, and texts that stand side by side into one piece.
type build struct {
	steps program
	still strings.Builder
}

func (a *assembler) assemble(tree *parse.Tree) (program, error) {
	if tree == nil || tree.Root == nil {
		return nil, errBeyond
	}
	f := frame{dot: spot{root: true}, dollar: spot{root: true}}
	return a.block(tree.Root, &f)
}

// block is a list with variables of its own.
func (a *assembler) block(list *parse.ListNode, f *frame) (program, error) {
	var b build
	if list != nil {
		inner := *f
		if err := a.list(list, &inner, &b); err != nil {
			return nil, err
		}
	}
	a.settle(&b)
	return b.steps, nil
}

// settle makes a piece of the texts collected.
func (a *assembler) settle(b *build) {
	if b.still.Len() == 0 {
		return
	}
	s := b.still.String()
	b.still.Reset()
	var shows marks
	for i, demand := range a.demands {
		if strings.Contains(s, demand) {
			shows |= 1 << i
		}
	}
	b.steps = append(b.steps, static(newPiece(s, a.encoding, shows)))
}

func (a *assembler) add(b *build, s step) {
	a.settle(b)
	b.steps = append(b.steps, s)
}

func (a *assembler) list(list *parse.ListNode, f *frame, b *build) error {
	for _, n := range list.Nodes {
		if err := a.node(n, f, b); err != nil {
			return err
		}
	}
	return nil
}

func (a *assembler) node(n parse.Node, f *frame, b *build) error {
	switch n := n.(type) {
	case *parse.TextNode:
		b.still.Write(n.Text)
		return nil
	case *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		return a.action(n, f, b)
	case *parse.IfNode:
		return a.branch(&n.BranchNode, f, b, false)
	case *parse.WithNode:
		return a.branch(&n.BranchNode, f, b, true)
	case *parse.RangeNode:
		return a.loop(n, f, b)
	case *parse.TemplateNode:
		return a.include(n, f, b)
	default:
		return errBeyond
	}
}

// action shows a value or sets a variable. A value that is known already becomes text.
func (a *assembler) action(n *parse.ActionNode, f *frame, b *build) error {
	if len(n.Pipe.Decl) > 0 {
		if len(n.Pipe.Decl) > 1 {
			return errBeyond
		}
		e, err := a.pipe(n.Pipe.Cmds, f)
		if err != nil {
			return err
		}
		name := n.Pipe.Decl[0].Ident[0]
		if !n.Pipe.IsAssign {
			f.variables = append(f.variables[:len(f.variables):len(f.variables)], variable{name, f.take(a)})
		}
		local, ok := f.find(name)
		if !ok {
			return errBeyond
		}
		a.add(b, assign(local, e))
		return nil
	}
	commands := n.Pipe.Cmds
	first := len(commands)
	var chain []escaper
	for first > 0 && len(commands[first-1].Args) == 1 {
		id, ok := commands[first-1].Args[0].(*parse.IdentifierNode)
		if !ok {
			break
		}
		escape, ok := escapers[id.Ident]
		if !ok {
			break
		}
		chain = append([]escaper{escape}, chain...)
		first--
	}
	commands = commands[:first]
	if s, ok := a.known(commands, f); ok {
		for _, escape := range chain {
			if s, ok = escape(s); !ok {
				return errBeyond
			}
		}
		b.still.WriteString(s)
		return nil
	}
	e, err := a.pipe(commands, f)
	if err != nil {
		return err
	}
	a.add(b, show(e, chain, a.marks(commands, f)))
	return nil
}

// known is the text of {{.company.name}} and the like.
func (a *assembler) known(commands []*parse.CommandNode, f *frame) (string, bool) {
	names := rootField(commands, f)
	if len(names) != 2 || names[0] != "company" {
		return "", false
	}
	s, ok := a.constants[names[1]]
	return s, ok
}

// marks says whether a value is the unsubscribe link.
func (a *assembler) marks(commands []*parse.CommandNode, f *frame) marks {
	if names := rootField(commands, f); len(names) == 1 && names[0] == "unsubscribe_url" {
		return a.link
	}
	return 0
}

// rootField are the names of a bare field of the recipient.
func rootField(commands []*parse.CommandNode, f *frame) []string {
	if len(commands) != 1 || len(commands[0].Args) != 1 {
		return nil
	}
	switch n := commands[0].Args[0].(type) {
	case *parse.FieldNode:
		if f.dot.root {
			return n.Ident
		}
	case *parse.VariableNode:
		if n.Ident[0] == "$" && f.dollar.root {
			return n.Ident[1:]
		}
	}
	return nil
}

func (a *assembler) branch(n *parse.BranchNode, f *frame, b *build, with bool) error {
	condition, err := a.pipe(n.Pipe.Cmds, f)
	if err != nil {
		return err
	}
	inner, local := *f, -1
	if with || len(n.Pipe.Decl) > 0 {
		local = inner.take(a)
	}
	switch {
	case len(n.Pipe.Decl) > 1 || n.Pipe.IsAssign:
		return errBeyond
	case len(n.Pipe.Decl) == 1 && !with: // the variable is there in the else branch too
		return errBeyond
	case len(n.Pipe.Decl) == 1:
		inner.variables = append(inner.variables[:len(inner.variables):len(inner.variables)], variable{n.Pipe.Decl[0].Ident[0], local})
	}
	if with {
		inner.dot = spot{local: local}
	}
	then, err := a.block(n.List, &inner)
	if err != nil {
		return err
	}
	otherwise, err := a.block(n.ElseList, f)
	if err != nil {
		return err
	}
	a.add(b, branch(condition, local, then, otherwise))
	return nil
}

func (a *assembler) loop(n *parse.RangeNode, f *frame, b *build) error {
	list, err := a.pipe(n.Pipe.Cmds, f)
	if err != nil {
		return err
	}
	if n.Pipe.IsAssign {
		return errBeyond
	}
	inner := *f
	inner.variables = inner.variables[:len(inner.variables):len(inner.variables)]
	element, number := inner.take(a), -1
	inner.dot = spot{local: element}
	switch decl := n.Pipe.Decl; len(decl) {
	case 0:
	case 1:
		inner.variables = append(inner.variables, variable{decl[0].Ident[0], element})
	default:
		number = inner.take(a)
		inner.variables = append(inner.variables, variable{decl[0].Ident[0], number}, variable{decl[1].Ident[0], element})
	}
	body, err := a.block(n.List, &inner)
	if err != nil {
		return err
	}
	otherwise, err := a.block(n.ElseList, f)
	if err != nil {
		return err
	}
	a.add(b, loop(list, element, number, body, otherwise))
	return nil
}

// include puts a part's steps where it is named, with the value that it is given as its dot and its $.
func (a *assembler) include(n *parse.TemplateNode, f *frame, b *build) error {
	tree := a.lookup(n.Name)
	if tree == nil || tree.Root == nil || a.depth == deepest || n.Pipe == nil || len(n.Pipe.Decl) > 0 {
		return errBeyond
	}
	inner := frame{used: f.used}
	if at, ok := dotOf(n.Pipe, f); ok {
		inner.dot, inner.dollar = at, at
	} else {
		e, err := a.pipe(n.Pipe.Cmds, f)
		if err != nil {
			return err
		}
		at := spot{local: inner.take(a)}
		inner.dot, inner.dollar = at, at
		a.add(b, assign(at.local, e))
	}
	a.depth++
	defer func() { a.depth-- }()
	return a.list(tree.Root, &inner, b)
}

// dotOf is the place of a pipeline that is . or $ alone.
func dotOf(p *parse.PipeNode, f *frame) (spot, bool) {
	if len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return spot{}, false
	}
	switch n := p.Cmds[0].Args[0].(type) {
	case *parse.DotNode:
		return f.dot, true
	case *parse.VariableNode:
		return f.dollar, len(n.Ident) == 1 && n.Ident[0] == "$"
	}
	return spot{}, false
}

func (f *frame) find(name string) (int, bool) {
	for i := len(f.variables) - 1; i >= 0; i-- {
		if f.variables[i].name == name {
			return f.variables[i].local, true
		}
	}
	return 0, false
}

// pipe is the value of commands, each of which gets the one before as its last argument.
func (a *assembler) pipe(commands []*parse.CommandNode, f *frame) (expression, error) {
	var piped expression
	for _, command := range commands {
		id, isCall := command.Args[0].(*parse.IdentifierNode)
		if !isCall {
			if piped != nil || len(command.Args) != 1 {
				return nil, errBeyond
			}
			var err error
			if piped, err = a.operand(command.Args[0], f); err != nil {
				return nil, err
			}
			continue
		}
		function, ok := a.functions[id.Ident]
		if !ok {
			return nil, errBeyond
		}
		var arguments []expression
		for _, n := range command.Args[1:] {
			e, err := a.operand(n, f)
			if err != nil {
				return nil, err
			}
			arguments = append(arguments, e)
		}
		if piped != nil {
			arguments = append(arguments, piped)
		}
		if piped = function(arguments); piped == nil {
			return nil, errBeyond
		}
	}
	if piped == nil {
		return nil, errBeyond
	}
	return piped, nil
}

func (a *assembler) operand(n parse.Node, f *frame) (expression, error) {
	switch n := n.(type) {
	case *parse.DotNode:
		if f.dot.root {
			return nil, errBeyond
		}
		return localAt(f.dot.local), nil
	case *parse.FieldNode:
		return a.members(f.dot, n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return a.members(f.dollar, n.Ident[1:])
		}
		local, ok := f.find(n.Ident[0])
		if !ok {
			return nil, errBeyond
		}
		return a.members(spot{local: local}, n.Ident[1:])
	case *parse.StringNode:
		return constant(textValue(n.Text)), nil
	case *parse.BoolNode:
		return constant(boolValue(n.True)), nil
	case *parse.NumberNode:
		switch {
		case strings.Trim(n.Text, "-0123456789") == "" && n.IsInt:
			return constant(value{kind: integer, i: n.Int64}), nil
		case strings.Trim(n.Text, "-0123456789.") == "" && n.IsFloat:
			return constant(value{kind: real, f: n.Float64}), nil
		}
	case *parse.PipeNode:
		if len(n.Decl) == 0 {
			return a.pipe(n.Cmds, f)
		}
	}
	return nil, errBeyond
}

// members follows names from a place. Members of the groups that every message has are known by name.
func (a *assembler) members(at spot, names []string) (expression, error) {
	if !at.root {
		e := localAt(at.local)
		for _, name := range names {
			e = memberOf(e, name)
		}
		return e, nil
	}
	if len(names) == 0 {
		return nil, errBeyond
	}
	if names[0] == "company" {
		if len(names) == 2 {
			if s, ok := a.constants[names[1]]; ok {
				return constant(textValue(s)), nil
			}
		}
		return nil, errBeyond
	}
	slot, ok := a.slots[names[0]]
	if !ok {
		slot = len(a.slots)
		a.slots[names[0]] = slot
	}
	e := fieldAt(slot)
	for _, name := range names[1:] {
		e = memberOf(e, name)
	}
	return e, nil
}

// fixed are the fields that every message has, beside .company: they win over columns of the same name.
func (m *machine) fixed(slots map[string]int, r Recipient, address, unsubscribe string, of []edition.Perk) {
	for _, field := range []struct {
		name string
		value
	}{
		{"contact_name", textValue(clean(r.Name))}, {"email", textValue(address)}, {"perks", perksOf(of)},
		{"unsubscribe_url", textValue(unsubscribe)}, {"campaign", textValue(r.Campaign)}, {"variant", textValue(r.Variant)},
		{"slot_date", textValue(r.Slot.Date().String())},
	} {
		if slot, used := slots[field.name]; used {
			m.fields[slot] = field.value
		}
	}
}
