package model

import (
	"errors"
	"testing"
	"testing/fstest"

	"github.com/tokui/tokui/internal/warehouse"
)

// TestContractOfAnotherVersion: tables that have the contract's columns are left alone; one that has not is told.
func TestContractOfAnotherVersion(t *testing.T) {
	db, err := warehouse.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	contract := func(text string) fstest.MapFS {
		return fstest.MapFS{"raw.sql": {Data: []byte("create schema if not exists raw; create table raw.a (" + text + ");")}}
	}
	first := contract("x varchar, amount decimal(18, 2), at_time timestamptz")
	for range 2 {
		if err := Contract(t.Context(), db, first); err != nil {
			t.Fatal(err)
		}
	}
	for _, other := range []string{"x varchar, amount decimal(18, 2)", "x varchar, amount decimal(18, 4), at_time timestamptz", "y varchar, amount decimal(18, 2), at_time timestamptz"} {
		if err := Contract(t.Context(), db, contract(other)); !errors.Is(err, ErrOtherContract) {
			t.Errorf("%s: got %v, want ErrOtherContract", other, err)
		}
	}
}
