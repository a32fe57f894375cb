package model

import "slices"

// Two tables of core are dense keys that the stage `source` keeps, and one holds the sale lines.
const (
	salesTable       = "core.sales"
	customerKeyTable = "core.customer_key"
	productKeyTable  = "core.product_key"
)

// analysed are the schemas that segments and all after them may read.
func analysed(more ...string) []string {
	return append([]string{Core, Rollups, Metrics, Predictions, Segments, Ops, "config"}, more...)
}

// layers says which schemas, and which single tables, the models of a schema may read. core.sales is nobody's but the
// rollups', so that the cost of a night grows with the lines in a handful of files.
func layers(schema string) (schemas, tables []string) {
	switch schema {
	case Core:
		return []string{"raw", Core}, nil
	case Rollups:
		return []string{Core, Rollups}, []string{salesTable}
	case Metrics, Predictions:
		return []string{Core, Rollups, Metrics, Predictions, Ops, "config"}, nil
	case Segments:
		return analysed(), nil
	case Effects:
		return analysed(Effects), nil
	case Reports:
		return analysed(Effects, Reports), []string{"raw.file", "raw.reject"}
	case Ops:
		return []string{"journal", "config", Ops}, []string{"core.consents", "core.contacts"}
	}
	return nil, nil
}

// breaks reports whether a model of a schema may not read a table, and what it should do.
func breaks(schema, readSchema, table string) (try string, broken bool) {
	schemas, tables := layers(schema)
	switch {
	case slices.Contains(tables, table):
		return "", false
	case table == salesTable:
		return "read a rollup; only rollups read " + salesTable, true
	case slices.Contains(schemas, readSchema):
		return "", false
	case readSchema == "raw":
		return "read the table of core that is made from it", true
	default:
		return "move the model to a later schema: core, rollups, metrics, predictions, segments, effects, reports", true
	}
}

// maker names the step that makes the tables of a schema.
func maker(schema, table string) string {
	switch {
	case schema == "raw" || table == salesTable || table == customerKeyTable || table == productKeyTable:
		return "load"
	case schema == "journal" || schema == Ops:
		return "collect"
	case schema == Effects || schema == Reports:
		return "report"
	case schema == "config":
		return "any step"
	default:
		return "analyze"
	}
}
