package response

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// Callers tells who asks, as far as anybody needs to know: an address for limits, which is never kept, and for the journal
// a hash of the network, from which nobody can come back to it without the key, and which is another one tomorrow.
type Callers struct {
	trusted []netip.Prefix
	key     [sha256.Size]byte
}

// NewCallers believes X-Forwarded-For of the trusted proxies only. The hashes are keyed by a secret.
func NewCallers(secret []byte, trusted ...netip.Prefix) Callers {
	c := Callers{trusted: trusted}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("tokui networks of callers"))
	mac.Sum(c.key[:0])
	return c
}

// Address is where a request came from: the other end of the connection, or, where that is a proxy of ours, the last
// address in X-Forwarded-For that is none. Whatever stands before it may have been made up by the caller.
func (c Callers) Address(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := from.Addr().Unmap().WithZone("")
	headers := r.Header["X-Forwarded-For"]
	for i := len(headers) - 1; i >= 0; i-- {
		for rest, more := headers[i], true; more; {
			if !c.trusts(at) {
				return at
			}
			var last string
			cut := strings.LastIndexByte(rest, ',')
			if more = cut >= 0; more {
				rest, last = rest[:cut], rest[cut+1:]
			} else {
				last = rest
			}
			next, ok := forwarded(last)
			if !ok { // a proxy of ours that hands on rubbish says nothing
				return at
			}
			at = next
		}
	}
	return at
}

// forwarded reads one element of X-Forwarded-For; some proxies add the port.
func forwarded(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if at, err := netip.ParseAddr(text); err == nil {
		return at.Unmap().WithZone(""), true
	}
	if from, err := netip.ParseAddrPort(text); err == nil {
		return from.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

func (c Callers) trusts(at netip.Addr) bool {
	for _, network := range c.trusted {
		if network.Contains(at) {
			return true
		}
	}
	return false
}

// Network is the keyed hash of an address's network (/24, of IPv6 /48) on the day of an instant; "" of no address.
func (c Callers) Network(at netip.Addr, on time.Time) string {
	if !at.IsValid() {
		return ""
	}
	bits := 24
	if at.Is6() {
		bits = 48
	}
	network, err := at.Prefix(bits)
	if err != nil {
		return ""
	}
	// A keyed hash of a text of one length needs no more than the key before it.
	var text [sha256.Size + 8 + 17]byte
	copy(text[:], c.key[:])
	binary.BigEndian.PutUint64(text[sha256.Size:], uint64(on.Unix()/86400))
	masked := network.Addr().As16()
	text[sha256.Size+8] = byte(bits)
	copy(text[sha256.Size+9:], masked[:])
	sum := sha256.Sum256(text[:])
	return hex.EncodeToString(sum[:6])
}
