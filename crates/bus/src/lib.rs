//! Transactional outbox, relay, streams, inbox and dead letters
