package explain

import (
	"context"
	"slices"

	"github.com/tokui/tokui/internal/warehouse"
)

// caution repeats what the latest backtests say of forecasts whose numbers must not be read as numbers; of several, the
// first that is flagged speaks for all.
func (s *section) caution(ctx context.Context, models ...string) error {
	type flag struct{ model, en, ja string }
	rows, err := warehouse.Collect(ctx, s.db, "select model, reason, reason_ja from predictions.calibration where is_flagged",
		func(f *flag) []any { return []any{&f.model, &f.en, &f.ja} })
	if err != nil {
		return err
	}
	for _, model := range models {
		at := slices.IndexFunc(rows, func(f flag) bool { return f.model == model })
		if at >= 0 {
			s.tell("Beware: %s.", "注意：%s。", s.say("%[1]s", "%[2]s", rows[at].en, rows[at].ja))
			return nil
		}
	}
	return nil
}
