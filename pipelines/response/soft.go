package response

import (
	"context"
	"errors"
	"fmt"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/warehouse"
)

// DecisionStream is the journal stream of suppressions that Tokui decides by rule.
const DecisionStream = "decisions"

// GiveUp suppresses the addresses that ops.soft_bounce has given up (P5: soft bounces count, with decay). The decision is an
// event of its own, so that sender and plan need not both know the rule, it stays when the rule is changed, and unsuppress
// takes it back. Its id derives from the row of messages that it rests on: deciding again is harmless. open opens the
// journal; it is called only where there is something to decide.
func GiveUp(ctx context.Context, db *warehouse.DB, open func() (*journal.Writer, error)) (given int, err error) {
	rows, err := db.Query(ctx, `
		select soft.decision_id, soft.address_key, soft.came_at, soft.soft_count
		from ops.soft_bounce as soft
		where
			soft.is_given_up
			and soft.decision_id not in (select event_id from ops.event where kind = 'suppress')
		order by soft.decision_id`)
	if err != nil {
		return 0, fmt.Errorf("look for addresses to give up: %w", err)
	}
	var events []journal.Event
	for rows.Next() {
		e := journal.Event{Kind: journal.Suppress, Channel: "email", Scope: journal.ScopeAll}
		var count int64
		if err := rows.Scan(&e.ID, &e.AddressKey, &e.At, &count); err != nil {
			return 0, errors.Join(fmt.Errorf("look for addresses to give up: %w", err), rows.Close())
		}
		e.Detail = fmt.Sprintf("%d messages in a row came back for passing reasons", count)
		events = append(events, e)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, fmt.Errorf("look for addresses to give up: %w", err)
	}
	if len(events) == 0 {
		return 0, nil
	}
	writer, err := open()
	if err != nil {
		return 0, fmt.Errorf("give addresses up: %w", err)
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	if err := writer.Append(ctx, events...); err != nil {
		return 0, fmt.Errorf("give addresses up: %w", err)
	}
	return len(events), nil
}
