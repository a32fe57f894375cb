package onboard

// Sure says how far a line of the configuration can be relied on.
type Sure int

// From what is only proposed to what names and values agree on.
const (
	Open     Sure = iota // nobody knows: somebody has to write it
	Proposed             // similar; stands in a comment and is not used
	Check                // used, and somebody should look
	Likely               // by the name; the values do not contradict
	Certain              // by a profile, or by name and values
)

// String is the word in the comments of config.yaml.
func (s Sure) String() string {
	return [...]string{"OPEN", "proposed", "CHECK", "likely", "sure"}[s]
}

// Field is one column of a contract table with what feeds it.
type Field struct {
	Column string // of the contract
	// Right is the right side in config.yaml: a column of the file, or an expression. "" where it is open or proposed.
	Right    string
	Sure     Sure
	Evidence []string
	// Candidates are what could feed it, where that is open or only proposed.
	Candidates []string
	// From are the columns that Right reads.
	From []*Column
}

// SourcePlan is one entry of sources: as it will be written.
type SourcePlan struct {
	Name, Table string
	Of          *Table
	Profile     *Profile
	Shape       string
	ShapeWhy    string
	Fill        []string
	Skip        []string
	SkipWhy     string
	// Charges are patterns for rows that are no goods; sales say so by line_type and keep them apart.
	Charges  []string
	Group    string
	Records  ProfileRecords
	Heads    *Table
	HeadsKey string
	Decimal  string
	// orderColumn is the column of the order's number as it is named in the file.
	orderColumn string
	// lineType tells goods from charges, where the file has such rows and no profile says so.
	lineType *Field
	Dates    map[string]string
	Fields   []Field
	Values   map[string][]Translation
	Notes    []string
	Unused   []string
}

// Translation is one word of the file and what it means.
type Translation struct {
	Word, Means string
	Rows        int64
}

func (p *SourcePlan) field(name string) *Field {
	for i := range p.Fields {
		if p.Fields[i].Column == name {
			return &p.Fields[i]
		}
	}
	return nil
}

// set gives a column its field. What comes from a guessed column is CHECK at best.
func (p *SourcePlan) set(f Field) {
	for _, c := range f.From {
		if c.guessed != "" && f.Right != "" && !(len(f.Evidence) > 0 && f.Evidence[0] == "by the profile") {
			f.Sure = min(f.Sure, Check)
			f.Evidence = append([]string{c.guessed}, f.Evidence...)
		}
	}
	if old := p.field(f.Column); old != nil {
		*old = f
		return
	}
	p.Fields = append(p.Fields, f)
}

// mapped reports whether a column is fed.
func (p *SourcePlan) mapped(name string) bool {
	f := p.field(name)
	return f != nil && f.Right != ""
}

// Finding is everything that was found out about some files.
type Finding struct {
	Tables  []*Table
	Sources []*SourcePlan
	Links   []Link
	// Problems are files that could not be used, with the reason.
	Problems []string
	// Japanese: the data are, so what people see will be.
	Japanese bool
	Asked    []Answered
}

// Link is how far the ids of one file are found in another.
type Link struct {
	From, To       *Column
	FromFile       string
	ToFile         string
	Distinct, Hits int64
	Misses         []string
	// Normalised says that the ids agree only after their width or leading zeros were made alike.
	Normalised bool
}

// OpenField is a needed column that nothing feeds.
type OpenField struct {
	Source string
	Field  Field
}

// Open lists the needed columns of sales that nothing feeds.
func (f *Finding) Open() []OpenField {
	var list []OpenField
	for _, s := range f.Sources {
		for _, field := range s.Fields {
			if field.Sure == Open && needed(s.Table, field.Column) {
				list = append(list, OpenField{s.Name, field})
			}
		}
	}
	return list
}

// needed columns are those without which a first report says nothing.
func needed(table, column string) bool {
	switch table {
	case "sales":
		return column == "order_id" || column == "customer_id" || column == "ordered_on" || column == "amount"
	default:
		return false
	}
}
