//! Who may call what.

use kulanz_chassis::{MethodRule, Role};

const STAFF: &[Role] = &[Role::Admin, Role::Agent, Role::Analyst];
const STAFF_AND_SERVICES: &[Role] = &[Role::Admin, Role::Agent, Role::Analyst, Role::Service];
const OFFICE: &[Role] = &[Role::Admin, Role::Agent, Role::Service];
const READERS: &[Role] = &[Role::Admin, Role::Agent, Role::Service, Role::Debtor];

macro_rules! path {
    ($method:literal) => {
        concat!("/kulanz.messaging.v1.MessagingService/", $method)
    };
}

/// One rule per method.
pub const ACCESS: &[MethodRule] = &[
    MethodRule::new(path!("CountVariants"), STAFF),
    MethodRule::new(path!("PreviewMessage"), STAFF),
    MethodRule::new(path!("LintText"), STAFF_AND_SERVICES),
    MethodRule::new(path!("CreateBlock"), &[Role::Admin, Role::Agent]),
    MethodRule::new(path!("ApproveBlock"), &[Role::Admin]),
    MethodRule::new(path!("ListBlocks"), STAFF),
    MethodRule::new(path!("SendMessage"), OFFICE),
    MethodRule::new(path!("GetMessage"), READERS),
    MethodRule::new(path!("ListMessages"), READERS),
    MethodRule::new(path!("CancelMessage"), OFFICE),
    MethodRule::new(path!("SetContactPreferences"), &[Role::Debtor, Role::Admin, Role::Agent]),
    MethodRule::new(path!("PauseContact"), OFFICE),
    MethodRule::new(
        path!("GetContactBudget"),
        &[Role::Debtor, Role::Admin, Role::Agent, Role::Analyst, Role::Service],
    ),
    MethodRule::public(path!("ReceiveInbound")),
    MethodRule::public(path!("ReportReceipt")),
    MethodRule::public(path!("VerifyMessage")),
    MethodRule::new(path!("ExportPersonData"), &[Role::Service, Role::Admin]),
    MethodRule::new(path!("ErasePersonData"), &[Role::Service, Role::Admin]),
];
