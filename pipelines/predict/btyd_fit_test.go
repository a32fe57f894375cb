package predict

import "testing"

// Fader, Hardie, Lee (2005), "Counting Your Customers the Easy Way", tables 1 and 2: the CDNOW sample to 1997-09-30.
func TestFitOfTheCDNOWSample(t *testing.T) {
	c := readCDNOW(t, "cdnow_sample.txt", "19970930", 39)
	bg := fit(t, BGNBD, c.grouped(t))
	near(t, "BG/NBD log-likelihood", bg.LogLikelihood, "-9582.4")
	pareto := fit(t, ParetoNBD, c.grouped(t))
	near(t, "Pareto/NBD log-likelihood", pareto.LogLikelihood, "-9595.0")
}
