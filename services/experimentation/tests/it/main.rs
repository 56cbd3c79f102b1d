//! The service as its callers and neighbours meet it, on both backends.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "it only runs in tests"
)]

mod asking;
mod decisions;
mod experiments;
mod learning;
mod order;
mod outcomes;

use kulanz_testkit::{Backend, House, stand_in};

/// The service with neighbours that only publish.
async fn house(backend: Backend) -> House {
    let neighbours = [stand_in("claims"), stand_in("messaging"), stand_in("payments")];
    let all = [&[kulanz_experimentation::DEFINITION][..], &neighbours].concat();
    House::start(backend, &all).await
}

/// The reason of an error, as platform clients read it.
fn reason(status: &tonic::Status) -> String {
    use tonic_types::StatusExt as _;
    status.get_details_error_info().expect("every error has an ErrorInfo").reason
}

/// The fields of an error that were wrong.
fn fields(status: &tonic::Status) -> Vec<String> {
    use tonic_types::StatusExt as _;
    let details = status.get_details_bad_request().expect("a BadRequest");
    details.field_violations.into_iter().map(|violation| violation.field).collect()
}
