package adversary_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/torrenttx/ttx/ext/prove"
	"github.com/torrenttx/ttx/ledger/keeper"
	"github.com/torrenttx/ttx/ledger/tx"
	"github.com/torrenttx/ttx/proofs"
)

// proofsPart is what a proof can make who reads it do, and who imports it.
func proofsPart(t *testing.T) part {
	const verify, forms = "proofs.TestBounds", "refused"
	dir, node := func(name string) int { return constant(t, "cmd/internal/proofdir", name) }, func(name string) int { return constant(t, "cmd/internal/node", name) }
	return part{"Proofs", []row{
		{"the file of a proof", size(proofs.MaxFile) + fmt.Sprintf(", %d levels", tx.MaxFileNesting), "proofs.MaxFile tx.MaxFileNesting", forms, verify},
		{"transactions, signatures of a proof", count(proofs.MaxTransactions) + ", " + count(proofs.MaxSignatures), "proofs.MaxTransactions proofs.MaxSignatures", forms, verify},
		{"statements of a proof, paths of each", fmt.Sprintf("%s, %d of either kind", count(proofs.MaxStatements), proofs.MaxPaths), "proofs.MaxStatements proofs.MaxPaths", forms, verify},
		{"transactions of a proof that spend one output", count(proofs.MaxRivals), "proofs.MaxRivals", forms, "proofs.TestGolden"},
		{"the rule applied to a proof", count(constant(t, "proofs", "maxRuleWork")) + " inputs times voters", "proofs.maxRuleWork", "not applied, which the verdict says", ""},
		{"gaps and conflicts that a verdict lists", fmt.Sprintf("%d, %d", proofs.MaxGaps, proofs.MaxConflicts), "proofs.MaxGaps proofs.MaxConflicts", "counted", "proofs.TestVerify_ListsAreBounded"},
		{"peers and trackers that a proof names", fmt.Sprintf("%d, %d", tx.MaxPeers, tx.MaxTrackers), "tx.MaxPeers tx.MaxTrackers", forms, "proofs.TestGolden"},
		{"a magnet link to a transaction", size(tx.MaxMagnetSize), "tx.MaxMagnetSize", forms, "ledger/tx.TestParseMagnet_Refuses"},
		{"files in the folder of proofs", count(dir("MaxFiles")) + ", of " + count(dir("maxEntries")) + " entries", "proofdir.MaxFiles proofdir.maxEntries", "left alone, which the status says", "cmd/internal/node.TestTenThousandProofs"},
		{"transactions announced to trackers that proofs name", count(node("maxAnnounced")), "node.maxAnnounced", "the oldest is no more", "cmd/internal/node.TestAnnouncedIsBounded"},
		{"transactions sought because of proofs and links", count(node("maxSought")), "node.maxSought", "not sought", "cmd/internal/node.TestAnnouncedIsBounded"},
		{"what a proof that is made goes through: transactions above the subject, above a rival", count(constant(t, "proofs", "maxClimb")) + ", " + count(constant(t, "proofs", "maxRivalClimb")), "proofs.maxClimb proofs.maxRivalClimb", "witnesses higher up are not in it", ""},
		{"peers asked for one path at once", count(prove.AtOnce), "prove.AtOnce", "one more when they are silent", "ext/prove.TestTheSilentArePassedOver"},
		{"coins and ancestors that are looked after", count(keeper.MaxCoins) + ", " + count(keeper.MaxAncestors), "keeper.MaxCoins keeper.MaxAncestors", "the smallest and the farthest are not", "ledger/keeper.TestBounds"},
		{"the file of who holds them", size(node("maxKept")), "node.maxKept", "the counts are made anew", "cmd/internal/node.TestABrokenFileOfCounts"},
		{"ancestors that others are asked about", fmt.Sprintf("%d a minute, each every %v", node("checkMost"), keeper.CheckAgain), "node.checkMost keeper.CheckAgain", "the next minute", "ledger/keeper.TestChecksComeRound"},
	}}
}

// constant is the value of an integer constant that cannot be imported here, from its source.
func constant(t *testing.T, folder, name string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if value, ok := literal(d, name); ok {
				return value
			}
		}
	}
	t.Fatalf("%s has no constant %s that is a number or a shift of one", folder, name)
	return 0
}

// literal is the value that a declaration gives a constant: 10_000 or 1 << 20.
func literal(d ast.Decl, name string) (value int, ok bool) {
	decl, ok := d.(*ast.GenDecl)
	if !ok || decl.Tok != token.CONST {
		return 0, false
	}
	for _, spec := range decl.Specs {
		v := spec.(*ast.ValueSpec)
		for i, n := range v.Names {
			if n.Name == name && i < len(v.Values) {
				return number(v.Values[i])
			}
		}
	}
	return 0, false
}

func number(e ast.Expr) (int, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		n, err := strconv.ParseInt(e.Value, 0, 0)
		return int(n), err == nil
	case *ast.BinaryExpr:
		x, okX := number(e.X)
		y, okY := number(e.Y)
		return x << y, okX && okY && e.Op == token.SHL
	}
	return 0, false
}
