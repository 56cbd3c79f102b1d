//! Paying now: the transfer with its QR code.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use kulanz_proto::payments::v1::{BankTransfer, ListPaymentOptionsRequest, payment_option::Method};

use super::claim::record_visit;
use crate::answer::{Page, page};
use crate::error::{PortalError, is_about_input};
use crate::format::{fours, money, number};
use crate::language::Language;
use crate::qr::epc_svg;
use crate::texts::Claims;
use crate::visit::Debtor;

struct TransferView {
    holder: String,
    iban: String,
    bic: String,
    reference: String,
    amount: String,
    /// The bare number, as amount fields of banks take it.
    number: String,
    /// Drawn by us from checked figures: needs no escaping.
    qr_svg: Option<String>,
}

impl TransferView {
    fn of(transfer: &BankTransfer, language: Language) -> Self {
        Self {
            holder: transfer.holder.clone(),
            iban: fours(&transfer.iban),
            bic: transfer.bic.clone(),
            // Not in groups: what is copied from here must match to the letter.
            reference: transfer.reference.clone(),
            amount: money(transfer.amount.as_ref(), language),
            number: number(transfer.amount.as_ref(), language),
            qr_svg: epc_svg(&transfer.epc_qr_payload),
        }
    }
}

#[derive(Template)]
#[template(path = "pay.html")]
struct PayPage {
    page: Page,
    text: &'static Claims,
    claim_id: String,
    transfer: Option<TransferView>,
}

/// Everything needed for a transfer.
pub(super) async fn show(
    debtor: Debtor,
    Path(claim_id): Path<String>,
) -> Result<Response, PortalError> {
    let request = ListPaymentOptionsRequest { claim_ids: vec![claim_id.clone()] };
    let mut client = debtor.clients().payments();
    let (answer, ()) = tokio::join!(
        client.list_payment_options(debtor.outgoing(request)),
        record_visit(&debtor, "pay", &claim_id)
    );
    let options = match answer {
        Ok(answer) => answer.into_inner().options,
        Err(status) if is_about_input(&status) => return Err(PortalError::NotFound),
        Err(status) => return Err(status.into()),
    };
    let transfer = options.iter().find_map(|option| option.method.as_ref()).map(|method| {
        let Method::BankTransfer(transfer) = method;
        TransferView::of(transfer, debtor.language())
    });
    let text = Claims::of(debtor.language());
    let frame = Page::of_debtor(&debtor, text.pay_title).back(format!("/claims/{claim_id}"));
    page(&PayPage { page: frame, text, claim_id, transfer })
}
