package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// configuration is the config.yaml that is measured.
const configuration = `company: {name: 株式会社とくい商会, address: 東京都千代田区丸の内1-1-1, contact: info@example.co.jp}
locale: ja
timezone: Asia/Tokyo
currency: ¥
data_dir: var
as_of: %s
seed: bench
engine: {memory_limit: %s, threads: %d}
sources:
  sales:
    path: incoming/sales_*.csv
    columns:
      order_id: 受注番号
      customer_id: 得意先コード
      product_id: 商品コード
      ordered_on: day(受注日)
      quantity: num(数量)
      amount: num(数量) * num(単価)
      cost: num(原価)
      status: 区分
    values: {status: {受注: completed, 取消: cancelled, 返品: returned}}
  customers:
    path: customers.csv
    columns: {customer_id: 得意先コード, name: 得意先名, region: 地域, industry: 業種, sales_rep: 担当者}
  products:
    path: products.csv
    columns: {product_id: 商品コード, name: 商品名, category: 分類, category_group: 中分類, category_department: 大分類, replacement_days: num(交換日数)}
  contacts:
    path: contacts.csv
    columns: {contact_id: 担当者コード, customer_id: 得意先コード, name: 氏名, email: メール}
ranks:
  window: 365d
  measure: gross_profit
  rules: [{rank: A, when: large and growing}, {rank: B-2, when: large}, {rank: B-1, when: growing}, {rank: C, when: sales_amount > 0}, {rank: other}]
`

// configure writes config.yaml, and puts the sales files where it looks for them.
func (b *bench) configure(files ...string) error {
	incoming := filepath.Join(b.dir, "incoming")
	if err := os.MkdirAll(incoming, 0o700); err != nil {
		return err
	}
	for _, file := range files {
		link := filepath.Join(incoming, file)
		if err := os.Remove(link); err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := os.Link(filepath.Join(b.dir, file), link); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(b.dir, "config.yaml"), fmt.Appendf(nil, configuration, "today", b.memoryLimit, b.threads), 0o600)
}
