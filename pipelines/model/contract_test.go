package model_test

import (
	"os"
	"strings"
	"testing"

	"github.com/tokui/tokui/pipelines/model"
)

func TestContractLeavesWhatIsThere(t *testing.T) {
	db := inMemory(t)
	exec(t, db, "create schema raw; create view raw.customers as select 'a' as customer_id, 'A' as name, null::varchar as region")
	for range 2 {
		if err := model.Contract(t.Context(), db, os.DirFS("testdata/shop")); err != nil {
			t.Fatal(err)
		}
		if got := cell(t, db, "select count(*) from raw.customers"); got != "1" {
			t.Errorf("the view: got %s rows", got)
		}
		exec(t, db, "insert into core.sales (order_id) values ('1')")
	}
	if got := cell(t, db, "select count(*) || ' ' || any_value(typeof(amount)) from core.sales"); got != "2 DECIMAL(18,2)" {
		t.Errorf("got %s", got)
	}
}

func TestContractFault(t *testing.T) {
	err := model.Contract(t.Context(), inMemory(t), layer(map[string]string{"contract/a.sql": "create schema s;\ncreate table s.t (\n    at date\n);"}))
	if err == nil || !strings.Contains(err.Error(), "sql/contract/a.sql:3:5: Parser Error") {
		t.Errorf("got %v", err)
	}
}
