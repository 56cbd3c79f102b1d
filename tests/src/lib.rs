//! Tests of the whole constellation
