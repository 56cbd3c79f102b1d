//! Payment options, statements, matching, the ledger and arrangements
