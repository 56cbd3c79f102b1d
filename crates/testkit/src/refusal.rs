use tonic::Status;
use tonic_types::StatusExt as _;

/// The reason of a refusal, as platform clients read it.
pub fn reason(status: &Status) -> String {
    status.get_details_error_info().expect("every error has an ErrorInfo").reason
}

/// The fields of a request that the refusal names as wrong.
pub fn fields(status: &Status) -> Vec<String> {
    let details = status.get_details_bad_request().expect("a BadRequest");
    details.field_violations.into_iter().map(|violation| violation.field).collect()
}
