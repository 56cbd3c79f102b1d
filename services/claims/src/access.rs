//! Who may call what.

use kulanz_chassis::MethodRule;
use kulanz_chassis::Role::{self, Admin, Agent, Analyst, Debtor, Integration, Operator, Service};

macro_rules! path {
    ($method:literal) => {
        concat!("/kulanz.claims.v1.ClaimsService/", $method)
    };
}

const EVERYONE: &[Role] = &[Admin, Agent, Analyst, Integration, Service, Debtor, Operator];
const READERS: &[Role] = &[Admin, Agent, Analyst, Integration, Service];
const READERS_AND_DEBTOR: &[Role] = &[Admin, Agent, Analyst, Integration, Service, Debtor];
const CASEWORK: &[Role] = &[Admin, Agent, Service];
const CASEWORK_AND_DEBTOR: &[Role] = &[Admin, Agent, Service, Debtor];
const CREDITOR_SIDE: &[Role] = &[Admin, Integration];
const STAFF: &[Role] = &[Admin, Agent];
const CHALLENGE_READERS: &[Role] = &[Admin, Agent, Integration, Service, Debtor];

/// The rule of every method. A debtor's token reaches its own things only: each call checks that too.
pub const ACCESS: &[MethodRule] = &[
    MethodRule::new(path!("CreateTenant"), &[Operator]),
    MethodRule::new(path!("GetTenant"), EVERYONE),
    MethodRule::new(path!("UpdateTenant"), &[Admin]),
    MethodRule::new(path!("CreateCreditor"), CREDITOR_SIDE),
    MethodRule::new(path!("GetCreditor"), READERS),
    MethodRule::new(path!("ListCreditors"), READERS),
    MethodRule::new(path!("UpdateCreditor"), &[Admin]),
    MethodRule::new(path!("ImportClaims"), CREDITOR_SIDE),
    MethodRule::new(path!("GetImport"), &[Admin, Agent, Integration]),
    MethodRule::new(path!("GetClaim"), READERS_AND_DEBTOR),
    MethodRule::new(path!("ListClaims"), READERS_AND_DEBTOR),
    MethodRule::new(path!("WatchClaim"), READERS),
    MethodRule::new(path!("GetStatement"), &[Admin, Agent, Analyst, Service, Debtor]),
    MethodRule::new(path!("GetDebtor"), CASEWORK),
    MethodRule::new(path!("BatchGetDebtors"), &[Service, Admin]),
    MethodRule::new(path!("UpdateDebtor"), CASEWORK_AND_DEBTOR),
    MethodRule::new(path!("CreateAccessLink"), CASEWORK),
    MethodRule::public(path!("OpenAccess")),
    MethodRule::new(path!("RevokeAccess"), CASEWORK),
    MethodRule::new(path!("RecordPortalVisit"), &[Debtor]),
    MethodRule::new(path!("CheckOutreach"), &[Service, Admin, Agent, Analyst]),
    MethodRule::new(path!("OpenDispute"), CASEWORK_AND_DEBTOR),
    MethodRule::new(path!("ResolveDispute"), STAFF),
    MethodRule::public(path!("ReportWrongPerson")),
    MethodRule::new(path!("ReportAlreadyPaid"), CASEWORK_AND_DEBTOR),
    MethodRule::new(path!("HoldClaim"), &[Admin, Agent, Integration, Service]),
    MethodRule::new(path!("ReleaseClaim"), &[Admin, Agent, Integration]),
    MethodRule::new(path!("WithdrawClaim"), CREDITOR_SIDE),
    MethodRule::new(path!("WriteOffClaim"), &[Admin]),
    MethodRule::new(path!("AskCreditor"), STAFF),
    MethodRule::new(path!("AnswerQuestion"), &[Admin, Agent, Integration]),
    MethodRule::new(path!("GetStatementDocument"), &[Admin, Agent, Analyst, Service, Debtor]),
    MethodRule::new(path!("ListEntries"), READERS),
    MethodRule::new(path!("BookCost"), CREDITOR_SIDE),
    MethodRule::new(path!("BookCredit"), CREDITOR_SIDE),
    MethodRule::new(path!("ReverseEntry"), &[Admin]),
    MethodRule::new(path!("PreviewAllocation"), &[Admin, Agent, Analyst, Service]),
    MethodRule::new(path!("GetLimitation"), READERS),
    MethodRule::new(path!("RecordLimitationFact"), &[Admin, Agent, Integration]),
    MethodRule::new(path!("SellClaim"), CREDITOR_SIDE),
    MethodRule::new(path!("RecallClaim"), CREDITOR_SIDE),
    MethodRule::new(path!("CheckSettlement"), &[Admin, Agent, Analyst, Service]),
    MethodRule::new(path!("ListMovements"), &[Admin, Agent, Analyst, Integration]),
    MethodRule::new(path!("CreateWebhookEndpoint"), CREDITOR_SIDE),
    MethodRule::new(path!("ListWebhookEndpoints"), CREDITOR_SIDE),
    MethodRule::new(path!("PauseWebhookEndpoint"), CREDITOR_SIDE),
    MethodRule::new(path!("RotateWebhookSecret"), CREDITOR_SIDE),
    MethodRule::new(path!("DeleteWebhookEndpoint"), CREDITOR_SIDE),
    MethodRule::new(path!("ListWebhookDeliveries"), CREDITOR_SIDE),
    MethodRule::new(path!("ReplayWebhookDeliveries"), CREDITOR_SIDE),
    MethodRule::new(path!("GetChallenge"), CHALLENGE_READERS),
    MethodRule::new(path!("ListChallenges"), CHALLENGE_READERS),
    MethodRule::new(path!("RequestEvidence"), STAFF),
    MethodRule::new(path!("UploadEvidence"), &[Admin, Agent, Integration, Debtor]),
    MethodRule::new(path!("GetEvidence"), &[Admin, Agent, Integration]),
    MethodRule::new(path!("ResolveChallenge"), STAFF),
    MethodRule::new(path!("ProtectDebtor"), CASEWORK_AND_DEBTOR),
    MethodRule::new(path!("EndProtection"), STAFF),
    MethodRule::new(path!("ListQuestions"), &[Admin, Agent, Integration]),
    MethodRule::new(path!("RestrictProcessing"), STAFF),
    MethodRule::new(path!("ListAuditRecords"), &[Admin]),
    MethodRule::new(path!("ExportDebtorData"), &[Admin, Debtor]),
    MethodRule::new(path!("EraseDebtor"), &[Admin]),
];
