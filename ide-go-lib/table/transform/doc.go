// Package transform is the room of the transforms: one folder each, a configuration that is a table.Relation. Nodes of
// flows and of streams are made of this one list.
package transform
