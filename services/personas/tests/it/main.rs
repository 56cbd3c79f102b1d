//! The service as its callers and neighbours meet it, on both backends.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "it only runs in tests")]

mod assignment;
mod features;
mod neighbours;
mod people;

/// The reason of an error, as platform clients read it.
fn reason(status: &tonic::Status) -> String {
    use tonic_types::StatusExt as _;
    status.get_details_error_info().expect("every error has an ErrorInfo").reason
}
