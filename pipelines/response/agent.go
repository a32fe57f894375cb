package response

import "strings"

// The classes of program that follow links. The journal keeps the class and not the program's whole description of
// itself, which together with a time can name a person.
const (
	AgentNone    = "none"         // says nothing of itself
	AgentApple   = "apple-proxy"  // Apple's Mail Privacy Protection fetches pictures whether anybody reads or not (P9)
	AgentGoogle  = "google-proxy" // Gmail's picture proxy
	AgentYahoo   = "yahoo-proxy"
	AgentScanner = "scanner" // a gateway, a preview or a crawler
	AgentLibrary = "library" // a program without a screen
	AgentMail    = "mail"    // a mail program
	AgentBrowser = "browser"
	AgentPhone   = "phone" // a Japanese feature phone
	AgentOther   = "other"
)

// signs are parts of a User-Agent in lower case, and what they tell; the first that is found counts.
func signs() []struct{ part, class string } {
	return []struct{ part, class string }{
		{"googleimageproxy", AgentGoogle},
		{"yahoomailproxy", AgentYahoo},
		{"barracuda", AgentScanner}, {"proofpoint", AgentScanner}, {"mimecast", AgentScanner}, {"trendmicro", AgentScanner},
		{"safelinks", AgentScanner}, {"symantec", AgentScanner}, {"fortinet", AgentScanner}, {"virustotal", AgentScanner},
		{"bot", AgentScanner}, {"crawler", AgentScanner}, {"spider", AgentScanner}, {"scanner", AgentScanner},
		{"preview", AgentScanner}, {"externalhit", AgentScanner}, {"headless", AgentScanner}, {"phantomjs", AgentScanner},
		{"curl/", AgentLibrary}, {"wget/", AgentLibrary}, {"python", AgentLibrary}, {"go-http-client", AgentLibrary},
		{"java/", AgentLibrary}, {"okhttp", AgentLibrary}, {"libwww", AgentLibrary}, {"aiohttp", AgentLibrary},
		{"axios", AgentLibrary}, {"node-fetch", AgentLibrary}, {"httpclient", AgentLibrary}, {"powershell", AgentLibrary},
		{"docomo/", AgentPhone}, {"kddi-", AgentPhone}, {"softbank/", AgentPhone}, {"vodafone/", AgentPhone}, {"willcom", AgentPhone},
		{"thunderbird", AgentMail}, {"microsoft outlook", AgentMail}, {"ms-office", AgentMail}, {"msoffice", AgentMail},
	}
}

// AgentClass is the class of what a User-Agent header says.
func AgentClass(header string) string {
	switch header {
	case "":
		return AgentNone
	case "Mozilla/5.0": // to the letter: what Apple's proxies say
		return AgentApple
	}
	if len(header) > 512 {
		header = header[:512]
	}
	lower := strings.ToLower(header)
	for _, sign := range signs() {
		if strings.Contains(lower, sign.part) {
			return sign.class
		}
	}
	if strings.HasPrefix(lower, "mozilla/5.0 (") || strings.HasPrefix(lower, "mozilla/4.0 (") || strings.HasPrefix(lower, "opera/") {
		return AgentBrowser
	}
	return AgentOther
}
