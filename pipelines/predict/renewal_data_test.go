package predict

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokui/tokui/internal/calendar"
)

// purchaseLog is a customer's or a pair's distinct purchase days, ascending, as days since 1970.
type purchaseLog struct {
	customer, category string
	days               []int
}

// before is the pair as it was known at the end of the day cut; ok is false where it had not begun.
func (l purchaseLog) before(cut int) (p RenewalPair, ok bool) {
	n, _ := slices.BinarySearch(l.days, cut+1)
	if n == 0 {
		return p, false
	}
	var gaps []float64
	for i := 1; i < n; i++ {
		gaps = append(gaps, float64(l.days[i]-l.days[i-1]))
	}
	return NewRenewalPair(gaps, float64(cut-l.days[n-1])), true
}

// buysIn tells whether anything was bought in the n days after cut.
func (l purchaseLog) buysIn(cut, n int) bool {
	i, _ := slices.BinarySearch(l.days, cut+1)
	return i < len(l.days) && l.days[i] <= cut+n
}

func dayNumber(t testing.TB, text string) int {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d.Sub(calendar.DateOf(time.Unix(0, 0).UTC()))
}

// logsOf sorts purchases of (customer, category) into logs, in order of customer and category.
func logsOf(purchases map[[2]string][]int) []purchaseLog {
	logs := make([]purchaseLog, 0, len(purchases))
	for key, days := range purchases {
		slices.Sort(days)
		logs = append(logs, purchaseLog{key[0], key[1], slices.Compact(days)})
	}
	slices.SortFunc(logs, func(a, b purchaseLog) int {
		if c := strings.Compare(a.customer, b.customer); c != 0 {
			return c
		}
		return strings.Compare(a.category, b.category)
	})
	return logs
}

// retailLogs reads UCI Online Retail (testdata/online_retail/SOURCE.md): lines with a customer and a positive quantity.
// A category is the first five characters of the stock code where these are digits (postage and charges are none); store
// holds the customer's purchases of any category, anything those of postage and the like too.
var retailLogs = sync.OnceValues(func() (logs struct{ pairs, store, anything []purchaseLog }, err error) {
	file, err := os.Open("../../testdata/online_retail/online_retail.csv.gz")
	if err != nil {
		return logs, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return logs, err
	}
	lines := csv.NewReader(bufio.NewReaderSize(unzipped, 1<<20))
	lines.ReuseRecord = true
	if _, err := lines.Read(); err != nil {
		return logs, err
	}
	pairs, store, anything := map[[2]string][]int{}, map[[2]string][]int{}, map[[2]string][]int{}
	epoch := calendar.DateOf(time.Unix(0, 0).UTC())
	days := map[string]int{}
	for {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return logs, err
		}
		quantity, err := strconv.Atoi(line[3])
		if err != nil {
			return logs, err
		}
		if quantity <= 0 || line[6] == "" {
			continue
		}
		day, known := days[line[4][:10]]
		if !known {
			date, err := calendar.ParseDate(line[4][:10])
			if err != nil {
				return logs, err
			}
			day = date.Sub(epoch)
			days[strings.Clone(line[4][:10])] = day
		}
		customer, code := strings.Clone(line[6]), line[1]
		anything[[2]string{customer}] = append(anything[[2]string{customer}], day)
		if len(code) < 5 || strings.Trim(code[:5], "0123456789") != "" {
			continue
		}
		category := strings.Clone(code[:5])
		store[[2]string{customer}] = append(store[[2]string{customer}], day)
		pairs[[2]string{customer, category}] = append(pairs[[2]string{customer, category}], day)
	}
	logs.pairs, logs.store, logs.anything = logsOf(pairs), logsOf(store), logsOf(anything)
	return logs, nil
})

// cdnowLogs reads Fader and Hardie's CDNOW set of 23,570 customers.
var cdnowLogs = sync.OnceValues(func() ([]purchaseLog, error) {
	file, err := os.Open("../../testdata/cdnow/cdnow_master.txt.gz")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	purchases := map[[2]string][]int{}
	lines := bufio.NewScanner(unzipped)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 4 || fields[0] == "customer_id" {
			continue
		}
		date, err := time.Parse("20060102", fields[1])
		if err != nil {
			return nil, err
		}
		key := [2]string{fields[0], "CD"}
		purchases[key] = append(purchases[key], int(date.Unix()/86400))
	}
	return logsOf(purchases), lines.Err()
})

// pairsAt is every log that had begun at the end of the day cut.
func pairsAt(logs []purchaseLog, cut int) (pairs []RenewalPair, which []int) {
	for i, l := range logs {
		if p, ok := l.before(cut); ok {
			pairs = append(pairs, p)
			which = append(which, i)
		}
	}
	return pairs, which
}
