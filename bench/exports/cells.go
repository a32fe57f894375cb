package exports

import (
	"fmt"
	"strings"
	"time"
)

// cell is what stands under one meaning, for a line of an order. l is nil on rows of heads.
func (s System) cell(meaning string, o Order, l *Line, n int) string {
	c := o.Customer
	japanese := !s.English
	pick := func(ja, en string) string {
		if japanese {
			return ja
		}
		return en
	}
	if text, ok := strings.CutPrefix(meaning, "="); ok {
		return text
	}
	if l != nil {
		switch meaning {
		case "line":
			return fmt.Sprint(n + 1)
		case "lineid":
			return fmt.Sprint(o.No*10 + n)
		case "sku":
			return sku(l.Product)
		case "pid":
			return fmt.Sprint(500 + l.Product)
		case "product":
			return pick(goodsJA[l.Product], goodsEN[l.Product])
		case "qty":
			return fmt.Sprint(l.Quantity)
		case "price":
			return s.money(Price(l.Product))
		case "amount":
			return s.money(l.Amount())
		case "cost":
			return s.money(UnitCost(l.Product) * l.Quantity)
		case "unitcost":
			return s.money(UnitCost(l.Product))
		case "profit":
			return s.money(l.Amount() - UnitCost(l.Product)*l.Quantity)
		case "category":
			return pick("事務用品", "Office")
		}
	}
	switch meaning {
	case "order":
		return fmt.Sprintf(s.OrderForm, o.No)
	case "date":
		return s.date(o.At)
	case "time":
		return o.At.Format("15:04:05")
	case "hhmmss":
		return o.At.Format("150405")
	case "paid":
		return s.date(o.At.AddDate(0, 0, 1))
	case "due":
		return s.date(o.At.AddDate(0, 1, 0))
	case "customer":
		return code(c)
	case "member":
		if c%4 == 3 { // a guest
			return ""
		}
		return code(c)
	case "name":
		return pick(families[c]+" 太郎", latin[c]+" Jo")
	case "company":
		return pick(families[c]+"商店㈱", latin[c]+" Ltd")
	case "sei":
		return families[c]
	case "mei":
		return "太郎"
	case "seikana":
		return kana[c]
	case "meikana":
		return "タロウ"
	case "kana":
		return kana[c] + "タロウ"
	case "halfkana":
		return "ﾀﾛｳ"
	case "email":
		return fmt.Sprintf("buyer%02d@example.com", c)
	case "zip":
		return fmt.Sprintf("%03d%04d", 60+c, 100+c)
	case "zip1":
		return fmt.Sprintf("%03d", 60+c)
	case "zip2":
		return fmt.Sprintf("%04d", 100+c)
	case "pref":
		return prefs[c%len(prefs)]
	case "address":
		return pick(fmt.Sprintf("架空市見本町%d-%d", c+1, c+2), fmt.Sprintf("%d Sample Street", c+1))
	case "tel":
		return fmt.Sprintf("00-0000-%04d", c)
	case "tel1":
		return "00"
	case "tel2":
		return "0000"
	case "tel3":
		return fmt.Sprintf("%04d", c)
	case "shipname": // a gift: somebody else
		return pick(families[(c+5)%customerCount]+" 花子", latin[(c+5)%customerCount]+" Al")
	case "shipzip":
		return fmt.Sprintf("%03d%04d", 90, (c*31+7)%10000)
	case "total":
		return s.money(o.Total())
	case "goods":
		return s.money(o.Goods())
	case "tax":
		return s.money(o.Goods() * 10 / 110)
	case "shipping":
		return s.money(o.Shipping)
	case "fee":
		return s.money(o.Fee)
	case "discount":
		return s.money(o.Discount)
	case "rep":
		return pick("営業"+fmt.Sprint(c%3+1), fmt.Sprintf("Rep %d", c%3+1))
	case "status":
		if word := s.Words[o.Status]; word != "" {
			return word
		}
		return s.Words["completed"]
	case "cancelled":
		if o.Status == "cancelled" {
			return s.date(o.At.AddDate(0, 0, 1))
		}
	}
	return ""
}

func (s System) money(n int) string {
	switch s.Money {
	case "commas":
		return commas(n)
	case "dollars":
		return "$" + commas(n) + ".00"
	case "cents":
		return commas(n) + ".00"
	}
	return fmt.Sprint(n)
}

func commas(n int) string {
	text, sign := fmt.Sprint(n), ""
	if n < 0 {
		text, sign = text[1:], "-"
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

func (s System) date(t time.Time) string {
	if s.DateForm == "heisei" {
		return fmt.Sprintf("%02d%2d%02d", t.Year()-1988, int(t.Month()), t.Day())
	}
	return t.Format(s.DateForm)
}
