//! The debtor's web pages; owns no data
