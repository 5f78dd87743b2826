// Package voter is what an honest voter does (docs/spec/finality.md, the
// voter's policy): which transactions its next witness refers to, and when.
//
// It is a state machine over a dag.DAG. Time comes in as a value, the reach of
// the node's links as a number; nothing here signs, stores, sends or waits.
// Safety does not depend on this package: whatever voters do, less than a third
// of the stake cannot make two nodes disagree. What depends on it is that
// payments get confirmed, and that of two rivals one does.
package voter
