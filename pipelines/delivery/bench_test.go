package delivery

import (
	"path/filepath"
	"testing"
)

// BenchmarkSend sends an edition of 2,000 messages, journal syncs included; the server shares the processors.
func BenchmarkSend(b *testing.B) {
	for _, transport := range []string{"smtp", "outbox"} {
		b.Run(transport, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				data := b.TempDir()
				f := freezeIn(b, data, testID, people(2000, "example.com"), nil)
				b.StartTimer()
				var c Channel = &Outbox{Dir: filepath.Join(data, "outbox")}
				if transport == "smtp" {
					r := newRecorder(b)
					c = r.channel()
				}
				s := f.sender(c)
				s.Limits.Connections = 8
				f.run(s)
				c.Close()
			}
			b.ReportMetric(float64(b.N*2000)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}
