package node

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/torrenttx/ttx/cmd/internal/api"
	"github.com/torrenttx/ttx/cmd/internal/proofdir"
	"github.com/torrenttx/ttx/ledger"
)

// problems are what a person has to put right, with what to do.
func (b *backend) problems() []string {
	var list []string
	if err := b.ledger.Failure(); err != nil {
		list = append(list, fmt.Sprintf("%s: nothing new is accepted, all else goes on; %s", b.diskProblem(err), b.diskAdvice(err)))
	}
	if b.voter != nil {
		if err := b.voter.Refused(); err != nil {
			list = append(list, "this node does not vote: "+err.Error()+
				"; let one node alone vote with a key, on the folder that voted last")
		}
	}
	if b.proofs.More() {
		list = append(list, fmt.Sprintf("%s holds more than %d proofs: the others are left alone; move some of them away",
			b.proofs.Dir(), proofdir.MaxFiles))
	}
	return list
}

// full reports whether an error says that there is no room.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func (b *backend) diskProblem(err error) string {
	if full(err) {
		return "the disk of " + string(b.dir) + " is full"
	}
	return fmt.Sprintf("the disk of %s refuses writes (%v)", b.dir, errors.Unwrap(err))
}

func (b *backend) diskAdvice(err error) string {
	if full(err) {
		return "free some room there, and the node goes on by itself"
	}
	return "see to the disk; the node goes on by itself once it takes writes"
}

// notTaken is the answer to a payment that came while the disk refuses writes.
func (b *backend) notTaken(err error) error {
	return &api.Error{
		Message: b.diskProblem(err) + "; the payment was not taken",
		Code:    api.Disk, Hint: b.diskAdvice(err) + "; then pay again",
	}
}

// notWritten is the answer to a payment that the node has and cannot write.
func (b *backend) notWritten(o ledger.Outcome) error {
	return &api.Error{
		Message: fmt.Sprintf("%s; the payment %s was taken but is not written", b.diskProblem(o.Err), o.ID),
		Code:    api.Disk,
		Hint:    b.diskAdvice(o.Err) + " and writes this payment: do not pay it again",
	}
}
