package exports

import (
	"fmt"
	"time"
)

// Order is one invented order.
type Order struct {
	No       int
	At       time.Time
	Customer int
	Lines    []Line
	Shipping int
	Discount int
	Fee      int
	// Status is completed, cancelled or returned.
	Status string
}

// Line is one line of it.
type Line struct {
	Product, Quantity int
}

// customers, products of the invented shop.
const (
	customerCount = 23
	productCount  = 9
	orderCount    = 160
)

// Orders are the invented orders, by time.
func Orders() []Order {
	var list []Order
	state := uint32(20260401)
	next := func(n int) int {
		state = state*1664525 + 1013904223
		return int(state>>8) % n
	}
	at := time.Date(2025, 4, 3, 9, 15, 0, 0, time.UTC)
	for no := range orderCount {
		at = at.Add(time.Duration(30+next(48)) * time.Hour)
		o := Order{No: no + 1, At: at, Customer: next(customerCount), Status: "completed"}
		first := next(productCount)
		for i := range 1 + next(3) {
			o.Lines = append(o.Lines, Line{Product: (first + i*2) % productCount, Quantity: 1 + next(12)})
		}
		switch {
		case no%17 == 5:
			o.Status = "cancelled"
		case no%41 == 9:
			o.Status = "returned"
		}
		if o.Goods() < 8000 {
			o.Shipping = 550
		}
		if next(7) == 0 {
			o.Discount = 100 * (1 + next(3))
		}
		if next(5) == 0 {
			o.Fee = 330
		}
		list = append(list, o)
	}
	return list
}

// Price of a product.
func Price(product int) int { return 480 + 715*product }

// UnitCost of a product.
func UnitCost(product int) int { return Price(product) * 6 / 10 }

// Amount of a line.
func (l Line) Amount() int { return Price(l.Product) * l.Quantity }

// Goods is the sum of the lines.
func (o Order) Goods() int {
	sum := 0
	for _, l := range o.Lines {
		sum += l.Amount()
	}
	return sum
}

// Total is what the customer pays.
func (o Order) Total() int { return o.Goods() + o.Shipping + o.Fee - o.Discount }

var (
	families = []string{"佐藤", "鈴木", "髙橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田", "佐々木", "山口", "松本", "井上", "木村", "林", "斎藤", "清水", "森", "阿部", "池田"}
	kana     = []string{"サトウ", "スズキ", "タカハシ", "タナカ", "イトウ", "ワタナベ", "ヤマモト", "ナカムラ", "コバヤシ", "カトウ", "ヨシダ", "ヤマダ", "ササキ", "ヤマグチ", "マツモト", "イノウエ", "キムラ", "ハヤシ", "サイトウ", "シミズ", "モリ", "アベ", "イケダ"}
	latin    = []string{"Abbott", "Baker", "Carter", "Dawson", "Ellis", "Foster", "Grant", "Hayes", "Irwin", "Jarvis", "Keller", "Lambert", "Mercer", "Nolan", "Osborne", "Parker", "Quinn", "Ramsey", "Sawyer", "Turner", "Upton", "Vance", "Walton"}
	goodsJA  = []string{"コピー用紙A4", "トナー①", "ボールペン", "ファイル", "封筒（長3）", "電池 単三", "クリップ", "付箋", "ホチキス針"}
	goodsEN  = []string{"Paper A4", "Toner", "Pens", "Folders", "Envelopes", "Batteries", "Clips", "Notes", "Staples"}
	prefs    = []string{"東京都", "大阪府", "北海道", "福岡県"}
)

func code(customer int) string { return fmt.Sprintf("%06d", 1000+customer*7) }

func sku(product int) string { return fmt.Sprintf("A-%03d", product+1) }
