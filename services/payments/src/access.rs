//! Who may call what.

use kulanz_chassis::MethodRule;
use kulanz_chassis::Role::{self, Admin, Agent, Analyst, Debtor, Integration, Service};

macro_rules! path {
    ($method:literal) => {
        concat!("/kulanz.payments.v1.PaymentsService/", $method)
    };
}

/// The debtor about themselves, staff, and services on the way to the debtor.
const ALL: &[Role] = &[Debtor, Agent, Admin, Service];
/// Who may bind: the debtor, or staff who speak with them.
const BINDING: &[Role] = &[Debtor, Agent, Admin];

/// The rule of every method.
pub const ACCESS: &[MethodRule] = &[
    MethodRule::new(path!("ListPaymentOptions"), ALL),
    MethodRule::new(path!("CreatePayment"), BINDING),
    MethodRule::new(path!("GetPayment"), ALL),
    MethodRule::public(path!("ReportProviderEvent")),
    MethodRule::new(path!("QuoteArrangement"), ALL),
    MethodRule::new(path!("GetQuote"), ALL),
    MethodRule::new(path!("ConfirmCostNotice"), BINDING),
    MethodRule::new(path!("AcceptArrangement"), BINDING),
    MethodRule::new(path!("ChangeArrangement"), BINDING),
    MethodRule::new(path!("GetArrangement"), ALL),
    MethodRule::new(path!("MakePromise"), BINDING),
    MethodRule::new(path!("ImportBankStatement"), &[Admin, Integration]),
    MethodRule::new(path!("ListUnmatchedEntries"), &[Admin, Agent]),
    MethodRule::new(path!("MatchEntry"), &[Admin, Agent]),
    MethodRule::new(path!("RefundPayment"), &[Admin]),
    MethodRule::new(path!("CreateAccountConsent"), &[Debtor]),
    MethodRule::new(path!("RefreshAccountView"), &[Debtor, Service]),
    MethodRule::new(path!("GetAccountInsight"), &[Debtor, Service]),
    MethodRule::new(path!("RevokeAccountConsent"), BINDING),
    MethodRule::new(path!("ExportDirectDebits"), &[Admin]),
    MethodRule::new(path!("CreatePayout"), &[Admin]),
    MethodRule::new(path!("GetTrialBalance"), &[Admin, Analyst, Service]),
    MethodRule::new(path!("ExportPersonData"), &[Service, Admin]),
    MethodRule::new(path!("ErasePersonData"), &[Service, Admin]),
];
