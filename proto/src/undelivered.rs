//! What the contracts promise and no service does yet.

/// Full paths of the calls that answer UNIMPLEMENTED for now. Empty at the end.
pub const UNDELIVERED: &[&str] = &[
    "/kulanz.personas.v1.PersonasService/TrainModel",
    "/kulanz.personas.v1.PersonasService/PromoteModel",
    "/kulanz.messaging.v1.MessagingService/ReceiveInbound",
    "/kulanz.payments.v1.PaymentsService/CreatePayment",
    "/kulanz.payments.v1.PaymentsService/ReportProviderEvent",
    "/kulanz.payments.v1.PaymentsService/ChangeArrangement",
    "/kulanz.payments.v1.PaymentsService/RefundPayment",
    "/kulanz.payments.v1.PaymentsService/CreateAccountConsent",
    "/kulanz.payments.v1.PaymentsService/RefreshAccountView",
    "/kulanz.payments.v1.PaymentsService/GetAccountInsight",
    "/kulanz.payments.v1.PaymentsService/RevokeAccountConsent",
    "/kulanz.payments.v1.PaymentsService/ExportDirectDebits",
    "/kulanz.payments.v1.PaymentsService/CreatePayout",
];
