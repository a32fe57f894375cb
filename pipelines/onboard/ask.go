package onboard

import (
	"fmt"
)

// Question is put to the user where the answer changes money or identity and the files do not tell.
type Question struct {
	Text    string
	Choices []string
	// Default is the choice that is taken where nobody answers.
	Default int
}

// Answered is a question with its answer.
type Answered struct {
	Question
	Choice int
	// Asked says that a person answered.
	Asked bool
}

// mostQuestions is how much anybody is asked.
const mostQuestions = 3

// ask puts at most three questions: who the customer is, which words mean that nothing was sold, how an ambiguous date
// reads.
func (f *Finding) ask(o Options) {
	put := func(q Question) int {
		a := Answered{Question: q, Choice: q.Default}
		if o.Ask != nil && len(f.Asked) < mostQuestions {
			a.Choice, a.Asked = o.Ask(q), true
		}
		f.Asked = append(f.Asked, a)
		return a.Choice
	}
	for _, p := range f.Sources {
		if p.Table != "sales" || p.Profile != nil {
			continue
		}
		if style := p.Dates["ordered_on"]; style != "" {
			field := p.field("ordered_on")
			other := map[string]string{"mdy": "dmy", "ymd": "reiwa"}[style]
			if field != nil && len(field.From) == 1 && field.From[0].facts.Ambiguous != "" && other != "" {
				q := Question{Text: fmt.Sprintf("How is %s written in %s, such as %q?", field.Right, p.Of.File, field.From[0].sample()),
					Choices: []string{style, other}}
				p.Dates["ordered_on"] = q.Choices[put(q)]
				f.settle(field)
			}
		}
		if field := p.field("status"); field != nil && field.Sure == Check && len(p.Values["status"]) > 0 {
			text := "Are these no sales"
			for _, t := range p.Values["status"] {
				if t.Means != "completed" {
					text += fmt.Sprintf("; %s (%d rows, %s)", t.Word, t.Rows, t.Means)
				}
			}
			if put(Question{Text: text + "?", Choices: []string{"yes", "no, all rows are sales"}}) == 1 {
				for i := range p.Values["status"] {
					p.Values["status"][i].Means = "completed"
				}
			}
			f.settle(field)
		}
	}
}

// settle notes that a person decided.
func (f *Finding) settle(field *Field) {
	if last := f.Asked[len(f.Asked)-1]; last.Asked {
		field.Sure = Certain
		field.Evidence = append(field.Evidence, "answered: "+last.Choices[last.Choice])
	}
}
