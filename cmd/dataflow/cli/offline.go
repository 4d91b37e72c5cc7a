package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	automation "dataflow/flow-automation"
	"dataflow/flow-automation/flow"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table/duck"
)

// offline checks flows without a server. The files that they read are those of the folders that they lie in.
type offline struct {
	w      *World
	code   *codeValidator
	dir    string
	store  *artifacts.Store
	tables *duck.Engine // nil until it is needed
}

func (o *offline) problems(ctx context.Context, name string, _ []byte, doc *flow.Document, places *flow.Places) ([]flow.Problem, error) {
	if err := o.start(); err != nil {
		return nil, err
	}
	store, err := files.Fixed(filepath.Dir(o.w.Path(name)))
	if err != nil {
		return nil, err
	}
	log, err := localLogger(o.w)
	if err != nil {
		return nil, err
	}
	code, err := o.code.problems(ctx, doc, places)
	if err != nil {
		return nil, err
	}
	return flow.Merge(automation.NewOffline(o.tables, o.store, store, log).Problems(ctx, auth.DefaultTenant, doc, places), code), nil
}

// start makes the engine, which opens nothing before the first SQL.
func (o *offline) start() (err error) {
	if o.tables != nil {
		return nil
	}
	if o.dir, err = os.MkdirTemp("", "dataflow-validate-"); err != nil {
		return fmt.Errorf("make a folder for tables: %w", err)
	}
	if o.store, err = artifacts.New(filepath.Join(o.dir, "artifacts")); err != nil {
		return err
	}
	o.store.Passing()
	o.tables, err = duck.New(duck.Config{Store: o.store, TempDir: filepath.Join(o.dir, "tmp"), Once: true})
	return err
}

// close ends the engine and removes its folder, of which nothing is kept.
func (o *offline) close() {
	var err error
	if o.tables != nil {
		err = o.tables.Close()
	}
	if o.dir != "" {
		err = errors.Join(err, os.RemoveAll(o.dir))
	}
	if err != nil {
		say(o.w.Stderr, "What was needed to check is not tidied up: %v\n", err)
	}
}
