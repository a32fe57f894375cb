package config

// Source is one set of files, or one query of a database, that feeds one contract table.
type Source struct {
	// Table is the contract table it feeds: sales, customers, contacts, … Defaults to the source's name.
	Table string `yaml:"table"`
	// Path is a file or a glob, relative to the config file: CSV or TSV, also in gzip or a ZIP archive, XLSX, or Parquet.
	// A source has either a path, or postgres or mysql with a query.
	Path string `yaml:"path"`
	// Postgres is the connection of a PostgreSQL server in place of a path, such as
	// postgres://reader:${env:SALES_PASSWORD}@db.example.jp/sales. It is read only.
	Postgres Secret `yaml:"postgres"`
	// MySQL is the connection of a MySQL or MariaDB server in place of a path, such as
	// mysql://reader:${env:SALES_PASSWORD}@db.example.jp/sales. It is read only.
	MySQL Secret `yaml:"mysql"`
	// Query is what a database is asked: one SELECT.
	Query string `yaml:"query"`
	// Cursor is a column of the query that grows when a row is made or changed, such as updated_at: a load reads the rows
	// from where the last one ended on. Without it, every load reads the whole query. Rows that are deleted in the
	// database are noticed only without it.
	Cursor string `yaml:"cursor"`
	// LookBack is how far before the newest value of the cursor a load begins again, for rows that were committed late: a
	// time such as 3d, or of a cursor that is a number a number. Defaults to 1d, or 1000.
	LookBack string `yaml:"look_back"`
	// Format is csv, xlsx or parquet. By default it follows the end of the path; csv also means TSV.
	Format string `yaml:"format"`
	// Encoding of a CSV file: utf-8, cp932, euc-jp or utf-16. Defaults to utf-8. A byte order mark is skipped.
	Encoding string `yaml:"encoding"`
	// Delimiter of a CSV file. Defaults to a comma; "tab" or "\t" for TSV.
	Delimiter string `yaml:"delimiter"`
	// Quote is what stands around texts of a CSV file: ", ' or none. Defaults to ".
	Quote string `yaml:"quote"`
	// Sheet is the worksheet of an XLSX file, by its name. Defaults to the first.
	Sheet string `yaml:"sheet"`
	// Member is the file in a ZIP archive, by its name or a glob. Defaults to the only one.
	Member string `yaml:"member"`
	// Header is the line that names the columns, counted from 1; 0 where there is none, and names gives them. Defaults to 1.
	Header int `yaml:"header"`
	// Names are the columns by place, in place of what the header says; of a file without a header. A place without a
	// name is left out.
	Names []string `yaml:"names"`
	// Skip are regular expressions for rows that are no data: subtotals, totals, comments. A row is left out, and
	// counted as skipped, where one of them matches a whole cell, without the blanks around it. Blank rows and repetitions
	// of the header are always left out.
	Skip []string `yaml:"skip"`
	// Shape is how orders stand in the file. lines: each row is complete, what belongs to the order is repeated. first_line:
	// columns named in fill stand in the first row of an order only. records: rows of several kinds, see records. report:
	// printed, with rows in between that name the group, see group. Defaults to lines.
	Shape string `yaml:"shape"`
	// Fill are the columns of a file of the shape first_line that a row takes from the row before, where its own cells
	// are empty and it is of the same order.
	Fill []string `yaml:"fill"`
	// Records says which rows are heads in a file of the shape records.
	Records Records `yaml:"records"`
	// Group names the column that a file of the shape report gets from the rows that say one thing only.
	Group string `yaml:"group"`
	// Heads is the other file of exports that write orders and their lines apart: its columns stand beside those of the
	// line with the same key.
	Heads Heads `yaml:"heads"`
	// Decimal is the decimal sign of its numbers: "." or ",". Defaults to ".".
	Decimal string `yaml:"decimal"`
	// Dates says, per contract column that is mapped by name, how its dates are written where they could be read in more
	// than one way: ymd, mdy, dmy (also with years of two digits), reiwa, heisei or showa (years of that era), serial (day
	// numbers of spreadsheets), or a format such as "%d %b %Y". Others are read by what they say.
	Dates map[string]string `yaml:"dates"`
	// Columns maps a contract column to a column of the file, exactly as its header has it, or to a SQL expression
	// over those columns as text, with num() and day().
	Columns map[string]string `yaml:"columns" jsonschema:"required"`
	// Values maps, per contract column, what the file says to what the contract says.
	Values map[string]map[string]string `yaml:"values"`
	// Expect is what every load must find; where it does not, nothing of it is loaded.
	Expect Expect `yaml:"expect"`
	// MaxDrop is the share of the source's rows, and of each file's, that a load may take away. Defaults to 50%.
	MaxDrop Share `yaml:"max_drop"`
	// MaxReject is the share of rows that may be rejected before the load counts as failed. Defaults to 5%.
	MaxReject Share `yaml:"max_reject"`
}

// Records tells the rows of a file apart that holds several kinds: a head for each order, and its lines below it. A line
// takes what its own cells leave empty from its head.
type Records struct {
	// Column says of which kind a row is; its name, or the place of it such as 1.
	Column string `yaml:"column"`
	// Head are the values of the column in heads.
	Head []string `yaml:"head"`
	// Line are the values of the column in lines. Without them all rows that are no heads are lines; with them, others are
	// skipped.
	Line []string `yaml:"line"`
	// HeadNames are the columns of heads by place, where they are other columns than those of lines: both stand beside
	// each other then.
	HeadNames []string `yaml:"head_names"`
}

// Heads is the file of the orders, where path is the one of their lines. It is written as the file of the lines is.
type Heads struct {
	// Path is a file or a glob.
	Path string `yaml:"path"`
	// Key is the column that both files have: the number of the order.
	Key string `yaml:"key"`
}

// Expect is what a company relies on a source for. A load that breaks it changes nothing and says what differs, and
// campaigns that depend on the source wait.
type Expect struct {
	// Header are the columns that each file has, in any order: none more and none less.
	Header []string `yaml:"header"`
	// MinRows is how many rows the source has at least.
	MinRows int `yaml:"min_rows"`
	// MaxRows is how many rows the source has at most. 0: any number.
	MaxRows int `yaml:"max_rows"`
	// Unique are contract columns of which no two rows of a file have the same values together.
	Unique []string `yaml:"unique"`
	// Fresh is how old the newest date of the source may be: of sales, the newest ordered_on.
	Fresh Duration `yaml:"fresh"`
	// Total is a regular expression for the row that holds the file's own totals, which is skipped: its cell in each
	// column that feeds a mapped number by name must be the sum over the rows above it.
	Total string `yaml:"total"`
	// Count is a regular expression with one group for the row that says how many rows the file has, such as
	// "# Records: ([0-9]+)"; it is skipped.
	Count string `yaml:"count"`
}
