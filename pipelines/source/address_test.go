package source

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	sqlfiles "github.com/tokui/tokui/sql"
)

// Suppressions are kept by edition.NormaliseAddress, and the plan hashes lower(trim(email)): where the two differ, an
// unsubscribed address is written to.
func TestAddressesAsEditionComparesThem(t *testing.T) {
	addresses := []string{
		"frank@example.com", "Frank.O'Hara@EXAMPLE.com", "ｆｒａｎｋ＠example.com", "ＦＲＡＮＫ＠ＥＸＡＭＰＬＥ．ＣＯＭ", "tarō@example.jp", "taro\u0304@example.jp",
		"得意@example.jp", "ÄÖÜ@example.org", "É@example.org", "ΣΑΣ@example.org", "a b@example.com", "'frank@example.com", "a+b_c-d@example.com",
	}
	for r := rune(unicode.MaxASCII + 1); r <= unicode.MaxRune; r++ { // what NFKC makes one plain character, wherever it stands
		if plain := norm.NFKC.String(string(r)); len(plain) == 1 && plain[0] > ' ' && plain != `"` && plain != "," {
			addresses = append(addresses, fmt.Sprintf("%c%04x%c@example.com%c", r, r, r, r))
		}
	}
	if len(addresses) < 1000 {
		t.Fatalf("%d addresses, want more than a thousand", len(addresses))
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.IsSpace(r) && r != '\n' && r != '\r' {
			addresses = append(addresses, fmt.Sprintf("%c%[1]cＰadded%04[1]x@example.com%[1]c", r))
		}
	}
	columns := map[string]string{"email": "mail"}
	b := newBench(t,
		Source{Name: "contacts", Source: config.Source{Path: "a.csv", Columns: withID(columns, "contact_id")}},
		Source{Name: "customers", Source: config.Source{Path: "a.csv", Columns: withID(columns, "customer_id")}})
	var text strings.Builder
	text.WriteString("id,mail\n")
	var want []string
	for i, a := range addresses {
		fmt.Fprintf(&text, "%d,%s\n", i, a)
		want = append(want, fmt.Sprintf("%d|%s", i, edition.NormaliseAddress(a)))
	}
	b.write("a.csv", text.String())
	b.load()
	for table, id := range map[string]string{"contacts": "contact_id", "customers": "customer_id"} {
		model, err := fs.ReadFile(sqlfiles.Models, "core/"+table+".sql")
		if err != nil {
			t.Fatal(err)
		}
		got := b.rows("select " + id + ", lower(trim(email)) from (\n" + string(model) + "\n) order by " + id + "::integer")
		if len(got) != len(want) {
			t.Fatalf("%s: %d rows, want %d", table, len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %q: got %q, want %q", table, addresses[i], got[i], want[i])
			}
		}
	}
	b.want("select email from raw.contacts where contact_id in ('1', '2', '3') order by all", "FRANK@EXAMPLE.COM", "Frank.O'Hara@EXAMPLE.com", "frank@example.com")
}

func withID(columns map[string]string, id string) map[string]string {
	all := map[string]string{id: "id"}
	for name, expression := range columns {
		all[name] = expression
	}
	return all
}

// foldAddress looks at some blocks of Unicode only.
func TestFoldAddressKnowsEveryCharacter(t *testing.T) {
	folded := []rune(foldAddress("x"))
	for r := rune(unicode.MaxASCII + 1); r <= unicode.MaxRune; r++ {
		if len(norm.NFKC.String(string(r))) == 1 && !slices.Contains(folded, r) {
			t.Errorf("%U %q is not folded", r, r)
		}
	}
}

// An apostrophe is stripped from every id of a file, so that the tables still join; a row with nothing else is kept.
func TestIDsBehindApostrophes(t *testing.T) {
	b := newBench(t, salesSource(), customersSource())
	b.write("sales_1.csv", salesHeader+line("'0001", "'007", "2026-04-01", "1")+line("'0002", "'", "2026-04-01", "1"))
	b.write("customers.csv", "id,name\n007,'Bond\n'008,Bill\n")
	b.load()
	b.want("select order_id, customer_id, name from core.sales left join raw.customers using (customer_id) order by all", "0001|007|'Bond", "0002|∅|∅")
	b.want("select customer_id from raw.customers order by all", "007", "008")
	b.want("select count(*) from raw.reject", "0")
}
