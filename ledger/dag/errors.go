package dag

// ErrorKind names why Add refused an entry. Kinds are compared with errors.Is.
type ErrorKind string

// Error returns the kind as words.
func (k ErrorKind) Error() string { return string(k) }

// The kinds of errors of Add.
const (
	ErrDuplicate     = ErrorKind("already in the DAG")
	ErrMissingParent = ErrorKind("a parent is not in the DAG")
	// ErrMalformed: an entry that ledger/tx would not have let through.
	ErrMalformed = ErrorKind("malformed entry")
	// ErrChain: a witness of no voter of the table, or one that does not
	// follow its voter's witness of the number before.
	ErrChain = ErrorKind("witness outside its voter's chain")
)
