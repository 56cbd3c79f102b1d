//! Quotes, notices, acceptances, arrangements, promises.

use kulanz_chassis::{Answer, Caller, answer, parse_field, status};
use kulanz_proto::payments::v1::{
    self, ArrangementKind, quote_arrangement_request::Wish as WireWish,
};
use kulanz_types::QuoteId;
use tonic::Request;

use super::fields::Fields;
use super::{wire, write};
use crate::app::quotes::{self, QuoteWish};
use crate::app::reads::{self, Which};
use crate::app::{Desk, promise};
use crate::domain::plan::{Kind, Language, Wish};
use crate::error::Error;

pub async fn quote(
    desk: &Desk,
    request: Request<v1::QuoteArrangementRequest>,
) -> Answer<v1::QuoteArrangementResponse> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let wish = wish(&request).map_err(status)?;
    let write = write(&caller, "QuoteArrangement", (&request.request_id, &request))?;
    let reply = |row: &_| Ok(v1::QuoteArrangementResponse { quote: Some(wire::quote(row)?) });
    answer(quotes::quote(desk, write, wish, reply).await)
}

fn wish(request: &v1::QuoteArrangementRequest) -> Result<QuoteWish, Error> {
    let mut fields = Fields::default();
    let claim = fields.id("claim_id", &request.claim_id);
    let first_date = fields.date("first_date", request.first_date.as_ref());
    let down_payment = fields.amount("down_payment", request.down_payment.as_ref());
    let (mut instalment, mut months) = (None, None);
    match &request.wish {
        Some(WireWish::DesiredRate(rate)) => {
            instalment = fields.amount("desired_rate", Some(rate));
        }
        Some(WireWish::Months(number)) => {
            fields.require((2..=60).contains(number), "months", "must be from 2 to 60");
            months = usize::try_from(*number).ok();
        }
        None => {}
    }
    let kind = match request.kind() {
        ArrangementKind::Instalments => Some(Kind::Instalments),
        ArrangementKind::Deferral => Some(Kind::Deferral),
        ArrangementKind::DownPayment => Some(Kind::DownPayment),
        ArrangementKind::Settlement => Some(Kind::Settlement),
        ArrangementKind::Unspecified => {
            fields.require(false, "kind", "is required");
            None
        }
    };
    let language = Language::of_tag(&request.language);
    fields.finish(claim.zip(kind).map(|(claim, kind)| {
        let wish = Wish { kind, instalment, months, first_date, down_payment };
        QuoteWish { claim, wish, language }
    }))
}

fn quote_id(text: &str) -> Result<QuoteId, Error> {
    parse_field("quote_id", text).map_err(Error::Invalid)
}

pub async fn get_quote(
    desk: &Desk,
    request: Request<v1::GetQuoteRequest>,
) -> Answer<v1::GetQuoteResponse> {
    let caller = Caller::of(&request)?;
    let id = quote_id(&request.get_ref().quote_id).map_err(status)?;
    let row = quotes::find(desk, caller.tenant()?, &caller, id).await;
    let quote = row.and_then(|row| wire::quote(&row));
    answer(quote.map(|quote| v1::GetQuoteResponse { quote: Some(quote) }))
}

pub async fn confirm_cost_notice(
    desk: &Desk,
    request: Request<v1::ConfirmCostNoticeRequest>,
) -> Answer<v1::ConfirmCostNoticeResponse> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let mut fields = Fields::default();
    let id = fields.id("quote_id", &request.quote_id);
    let places = ["portal", "phone", "letter"];
    let known = places.contains(&request.shown_on.as_str());
    fields.require(known, "shown_on", "must be portal, phone or letter");
    let id = fields.finish(id).map_err(status)?;
    let write = write(&caller, "ConfirmCostNotice", (&request.request_id, &request))?;
    let shown = (request.cost_notice_hash.as_str(), request.shown_on.as_str());
    let reply = |row: &_| Ok(v1::ConfirmCostNoticeResponse { quote: Some(wire::quote(row)?) });
    answer(quotes::confirm_notice(desk, write, id, shown, reply).await)
}

pub async fn accept(
    desk: &Desk,
    request: Request<v1::AcceptArrangementRequest>,
) -> Answer<v1::AcceptArrangementResponse> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = quote_id(&request.quote_id).map_err(status)?;
    let write = write(&caller, "AcceptArrangement", (&request.request_id, &request))?;
    let reply = |stored: &_| {
        Ok(v1::AcceptArrangementResponse { arrangement: Some(wire::arrangement(stored)?) })
    };
    answer(quotes::accept(desk, write, id, &request.option_id, reply).await)
}

pub async fn get(
    desk: &Desk,
    request: Request<v1::GetArrangementRequest>,
) -> Answer<v1::GetArrangementResponse> {
    use v1::get_arrangement_request::Lookup;
    let caller = Caller::of(&request)?;
    let mut fields = Fields::default();
    let which = match &request.get_ref().lookup {
        Some(Lookup::ArrangementId(id)) => fields.id("arrangement_id", id).map(Which::Arrangement),
        Some(Lookup::ClaimId(id)) => fields.id("claim_id", id).map(Which::Running),
        None => fields.required("lookup", None),
    };
    let which = fields.finish(which).map_err(status)?;
    let stored = reads::find_arrangement(desk, caller.tenant()?, &caller, which).await;
    let arrangement = stored.and_then(|stored| wire::arrangement(&stored));
    answer(arrangement.map(|found| v1::GetArrangementResponse { arrangement: Some(found) }))
}

pub async fn make_promise(
    desk: &Desk,
    request: Request<v1::MakePromiseRequest>,
) -> Answer<v1::MakePromiseResponse> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let mut fields = Fields::default();
    let claim = fields.id("claim_id", &request.claim_id);
    let amount = fields.amount("amount", request.amount.as_ref());
    let day = fields.date("promised_date", request.promised_date.as_ref());
    fields.require(request.promised_date.is_some(), "promised_date", "is required");
    let (claim, day) = fields.finish(claim.zip(day)).map_err(status)?;
    let write = write(&caller, "MakePromise", (&request.request_id, &request))?;
    let reply = |stored: &_| v1::MakePromiseResponse { promise: Some(wire::promise(stored)) };
    answer(promise::make(desk, write, claim, (amount, day), reply).await)
}
