package onboard

import (
	_ "embed" // the table of synonyms
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"
)

//go:embed synonyms.yaml
var synonymsFile []byte

// Words are the synonyms of column names, as the systems write them.
type Words struct {
	// Roles are the meanings, in the order of the file.
	Roles []string
	exact map[string][]string // normalised name → roles
	rank  map[string]int      // role and normalised name → place in the role's list
	names map[string][]string // role → normalised names
	// suffixes are ends of names that propose a role: the longest counts.
	suffixes []suffix
}

type suffix struct{ end, role string }

// decoration is what systems hang onto a name.
var decoration = regexp.MustCompile(`^\*|\(※[^)]*\)|\([^)]*必須[^)]*\)|\(円\)|\(変更不可\)|\(階層名\)|\(シート名\)`)

// plainName brings a column's name into the form that is compared.
func plainName(s string) string {
	s = strings.ToLower(norm.NFKC.String(strings.TrimPrefix(s, "\ufeff")))
	s = decoration.ReplaceAllString(s, "")
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '_', '-', '.', '・', '/', '\n', '\r', '"', '\'':
			return -1
		}
		return r
	}, s)
}

// delivery is the start of names that speak of the place where goods go, never of the buyer.
var delivery = regexp.MustCompile(`^(?:配送先|送付先|発送先|発送郵便|発送住所|発送電話|お届け先|届け先|直送先|納品先|shipping(?:name|street|address|city|zip|province|country|phone|company)|shipto|ship(?:city|state|postal|country|name|address|phone)|recipient|\S*\((?:配送先|送付先|お届け先)\))`)

// isDelivery reports whether a name must never be mapped as the buyer's.
func isDelivery(name string) bool {
	p := plainName(name)
	return delivery.MatchString(p) || strings.Contains(p, "(配送先)") || strings.Contains(p, "(送付先)") || strings.Contains(p, "(お届け先)")
}

// ReadWords reads the embedded table of synonyms.
func ReadWords() (*Words, error) {
	var doc struct {
		Roles    yaml.Node           `yaml:"roles"`
		Suffixes map[string][]string `yaml:"suffixes"`
	}
	if err := yaml.Unmarshal(synonymsFile, &doc); err != nil {
		return nil, fmt.Errorf("read synonyms: %w", err)
	}
	w := &Words{exact: map[string][]string{}, rank: map[string]int{}, names: map[string][]string{}}
	for i := 0; i+1 < len(doc.Roles.Content); i += 2 {
		role := doc.Roles.Content[i].Value
		w.Roles = append(w.Roles, role)
		for place, n := range doc.Roles.Content[i+1].Content {
			plain := plainName(n.Value)
			w.exact[plain] = append(w.exact[plain], role)
			w.rank[role+" "+plain] = place
			w.names[role] = append(w.names[role], plain)
		}
	}
	for _, role := range w.Roles {
		for _, end := range doc.Suffixes[role] {
			w.suffixes = append(w.suffixes, suffix{plainName(end), role})
		}
	}
	return w, nil
}

// roles of a name that is a synonym letter for letter.
func (w *Words) roles(name string) []string { return w.exact[plainName(name)] }

// known reports whether a name means anything at all.
func (w *Words) known(name string) bool { return len(w.exact[plainName(name)]) > 0 }

// prefixes that systems put in front of a plain name.
var buyerPrefix = regexp.MustCompile(`^(?:注文者の?|購入者の?|受注|得意先|お客様の?|顧客|ご?注文主の?|請求先の?|取引先|売上|会員|lineitem|order|customer|billing|buyer|item)`)

// proposed is the role that a name resembles: behind a prefix, or by the longest known end. It is a proposal only.
func (w *Words) proposed(name string) (role, why string) {
	plain := plainName(name)
	if isDelivery(name) {
		return "", ""
	}
	if cut := buyerPrefix.ReplaceAllString(plain, ""); cut != plain && cut != "" {
		if roles := w.exact[cut]; len(roles) > 0 {
			return roles[0], fmt.Sprintf("without its prefix the name is a synonym of %s", roles[0])
		}
	}
	best := ""
	for _, s := range w.suffixes {
		if strings.HasSuffix(plain, s.end) && len(s.end) > len(best) && plain != s.end {
			best, role = s.end, s.role
		}
	}
	if best == "" {
		return "", ""
	}
	return role, fmt.Sprintf("its name ends in %s", best)
}
