package pipelines

import (
	"context"
	"errors"

	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
)

// Test runs the tests beside the models, in memory.
func (p *Program) Test(ctx context.Context, pattern string, update bool, report func(model.TestResult)) (err error) {
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	set, err := p.models(ctx, db)
	if err != nil {
		return err
	}
	return model.Test(ctx, set, p.Contract, pattern, update, report)
}
