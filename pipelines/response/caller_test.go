package response

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// What a caller says of itself in X-Forwarded-For counts for nothing; what our proxies say counts as far as they reach.
func TestAddressBehindProxies(t *testing.T) {
	c := NewCallers([]byte("secret"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"))
	for _, test := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"no proxy", "198.51.100.7:5", nil, "198.51.100.7"},
		{"no proxy, and a tale", "198.51.100.7:5", []string{"203.0.113.1"}, "198.51.100.7"},
		{"a proxy", "127.0.0.1:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"a proxy, and a tale before it", "127.0.0.1:5", []string{"203.0.113.1, 198.51.100.7"}, "198.51.100.7"},
		{"a tale in a header of its own", "127.0.0.1:5", []string{"203.0.113.1", "198.51.100.7"}, "198.51.100.7"},
		{"two proxies", "127.0.0.1:5", []string{"203.0.113.1, 198.51.100.7, 10.1.2.3"}, "198.51.100.7"},
		{"a port behind it", "127.0.0.1:5", []string{"198.51.100.7:4711"}, "198.51.100.7"},
		{"IPv6", "[2001:db8:1::1]:5", []string{"2001:db8:2::7"}, "2001:db8:2::7"},
		{"IPv6 with a port", "127.0.0.1:5", []string{"[2001:db8:2::7]:99"}, "2001:db8:2::7"},
		{"IPv4 as IPv6", "[::ffff:127.0.0.1]:5", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"a zone", "[fe80::1%eth0]:5", nil, "fe80::1"},
		{"rubbish from a proxy", "127.0.0.1:5", []string{"unknown"}, "127.0.0.1"},
		{"rubbish before an address", "127.0.0.1:5", []string{"unknown, 198.51.100.7"}, "198.51.100.7"},
		{"nothing from a proxy", "127.0.0.1:5", []string{""}, "127.0.0.1"},
		{"only proxies", "127.0.0.1:5", []string{"10.1.2.3"}, "10.1.2.3"},
		{"no address", "@", nil, "invalid IP"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.remote
		r.Header["X-Forwarded-For"] = test.forwarded
		if got := c.Address(r).String(); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// The hash of a network is the same for its neighbours on one day, and says nothing without the key.
func TestNetworkHash(t *testing.T) {
	c, other := NewCallers([]byte("secret")), NewCallers([]byte("another"))
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(text string) netip.Addr { return netip.MustParseAddr(text) }
	one := c.Network(at("198.51.100.7"), noon)
	if len(one) != 12 || strings.Trim(one, "0123456789abcdef") != "" {
		t.Errorf("got %q, want 12 hexadecimal digits", one)
	}
	if got := c.Network(at("198.51.100.200"), noon.Add(11*time.Hour)); got != one {
		t.Errorf("a neighbour on the same day: got %s, want %s", got, one)
	}
	for name, got := range map[string]string{
		"another network": c.Network(at("198.51.101.7"), noon), "the next day": c.Network(at("198.51.100.7"), noon.AddDate(0, 0, 1)),
		"another key": other.Network(at("198.51.100.7"), noon), "IPv6": c.Network(at("2001:db8::7"), noon), "nobody": c.Network(netip.Addr{}, noon),
	} {
		if got == one {
			t.Errorf("%s: got the same hash", name)
		}
	}
	if c.Network(at("2001:db8:1:2::7"), noon) != c.Network(at("2001:db8:1:3::8"), noon) {
		t.Error("two addresses of one /48: got different hashes")
	}
}

func FuzzAddress(f *testing.F) {
	c := NewCallers([]byte("secret"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"))
	f.Add("127.0.0.1:5", "198.51.100.7, 10.0.0.1")
	f.Add("[::1%eth0]:0", "[::]:1,,")
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		r.Header["X-Forwarded-For"] = []string{forwarded}
		from := c.Address(r)
		if c.Network(from, time.Unix(0, 0)) == "" && from.IsValid() {
			t.Errorf("%q, %q: got %v without a hash", remote, forwarded, from)
		}
	})
}

func TestAgentClass(t *testing.T) {
	for header, want := range map[string]string{
		"":            AgentNone,
		"Mozilla/5.0": AgentApple,
		"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)": AgentGoogle,
		"YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html":                  AgentYahoo,
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                  AgentScanner,
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36":     AgentScanner,
		"curl/8.5.0":                       AgentLibrary,
		"python-requests/2.31.0":           AgentLibrary,
		"DoCoMo/2.0 P903i(c100;TB;W24H12)": AgentPhone,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Thunderbird/115.0":                              AgentMail,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1": AgentBrowser,
		"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)":                                       AgentBrowser,
		"something":                AgentOther,
		strings.Repeat("x", 1<<16): AgentOther,
		"Mozilla/5.0 ":             AgentOther,
	} {
		if got := AgentClass(header); got != want {
			t.Errorf("%.60q: got %s, want %s", header, got, want)
		}
	}
}
