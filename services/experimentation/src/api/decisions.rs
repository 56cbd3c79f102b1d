//! Decisions, what came of them, and their log.

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kulanz_chassis::{Streamed, Violations, status};
use kulanz_proto::convert::instant;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_store::Begin;
use kulanz_types::{DecisionId, TenantId};
use tonic::Status;

use super::spaces::Offered;
use super::{Server, read, write};
use crate::app;
use crate::app::ask::Ask;
use crate::app::outcomes::{Entry, Report};
use crate::domain::outcome::OutcomeKind;
use crate::error::Error;
use crate::store::decision::Filter;

/// Questions of one batch.
const BATCH_MAX: usize = 1_000;
/// Log rows read at a time while streaming.
const PAGE: u64 = 200;

/// By how much the clock of who reports an outcome may be ahead of ours.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);

const RECORD: &str = "kulanz.experimentation.v1.ExperimentationService/RecordOutcome";

impl Server {
    pub(super) async fn decide_one(
        &self,
        tenant: TenantId,
        request: pb::DecideRequest,
    ) -> Result<pb::DecideResponse, Error> {
        let mut wrong = Violations::default();
        let ask = read::ask(request, (&self.spaces, &Offered::None), "", &mut wrong);
        let decided = self.decided(tenant, ask.into_iter().collect(), wrong).await?;
        Ok(pb::DecideResponse { decision: decided.into_iter().next() })
    }

    pub(super) async fn decide_many(
        &self,
        tenant: TenantId,
        request: pb::DecideBatchRequest,
    ) -> Result<pb::DecideBatchResponse, Error> {
        let mut wrong = Violations::default();
        let count = request.requests.len();
        wrong.require((1..=BATCH_MAX).contains(&count), "requests", "1 to 1000 questions");
        let offered = match request.space {
            None => Offered::None,
            Some(space) => wrong
                .parse("space", self.spaces.catalogue(&space.factors))
                .map_or(Offered::Faulty, Offered::Space),
        };
        let of = (&self.spaces, &offered);
        let asks = request.requests.into_iter().enumerate().filter_map(|(position, request)| {
            read::ask(request, of, &format!("requests[{position}]."), &mut wrong)
        });
        let asks = asks.collect();
        Ok(pb::DecideBatchResponse { decisions: self.decided(tenant, asks, wrong).await? })
    }

    async fn decided(
        &self,
        tenant: TenantId,
        asks: Vec<Ask>,
        wrong: Violations,
    ) -> Result<Vec<pb::Decision>, Error> {
        wrong.into_result().map_err(Error::Invalid)?;
        let logged = self.desk.decide(tenant, asks).await?;
        Ok(logged.into_iter().map(write::decision).collect())
    }

    pub(super) async fn record(
        &self,
        tenant: TenantId,
        request: pb::RecordOutcomeRequest,
    ) -> Result<pb::RecordOutcomeResponse, Error> {
        let begun = self.store.begin_write(tenant, RECORD, &request.request_id, &request).await?;
        let work = match begun {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let booked = app::outcomes::record(&work, report(request, work.now())?).await?;
        let outcome = Some(write::outcome(booked)?);
        Ok(work.finish(pb::RecordOutcomeResponse { outcome }).await?)
    }

    pub(super) fn stream_decisions(
        &self,
        tenant: TenantId,
        request: &pb::ListDecisionsRequest,
    ) -> Result<Streamed<pb::ListDecisionsResponse>, Error> {
        let filter = filter(request)?;
        let server = self.clone();
        let pages = stream::try_unfold(Some(String::new()), move |cursor| {
            let (server, filter) = (server.clone(), filter.clone());
            async move {
                let Some(cursor) = cursor else { return Ok(None) };
                server.page(tenant, &filter, cursor).await.map(Some).map_err(status)
            }
        });
        let rows = pages.map_ok(|page| stream::iter(page).map(Ok::<_, Status>)).try_flatten();
        Ok(Box::pin(rows))
    }

    async fn page(
        &self,
        tenant: TenantId,
        filter: &Filter,
        cursor: String,
    ) -> Result<(Vec<pb::ListDecisionsResponse>, Option<String>), Error> {
        let after = (!cursor.is_empty()).then_some(cursor.as_str());
        let rows = app::outcomes::list(&self.store, tenant, filter, after, PAGE).await?;
        let full = u64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
        let next = rows.last().filter(|_| full).map(|entry| entry.logged.decision_id.clone());
        Ok((rows.into_iter().map(entry).collect::<Result<_, _>>()?, next))
    }
}

fn entry(entry: Entry) -> Result<pb::ListDecisionsResponse, Error> {
    let Entry { logged, known, factors, outcomes, chain_version, chained } = entry;
    Ok(pb::ListDecisionsResponse {
        outcomes: outcomes.into_iter().map(write::outcome).collect::<Result<_, _>>()?,
        mask: known.is_some().then(|| write::mask(logged.bounds.clone())),
        context: known.map(|known| write::context(known, logged.claim_ids.clone())),
        space: Some(write::space(factors)),
        sequence: logged.sequence,
        chain_hash: logged.chain_hash.clone(),
        chain_version,
        chained,
        decision: Some(write::decision(logged)),
    })
}

fn report(request: pb::RecordOutcomeRequest, now: DateTime<Utc>) -> Result<Report, Error> {
    let mut wrong = Violations::default();
    wrong.parse("decision_id", request.decision_id.parse::<DecisionId>());
    let kind = read::outcome_kind(request.kind);
    wrong.require(kind.is_some(), "kind", "must be stated");
    let occurred_at = match request.occurred_at.as_ref().map(instant) {
        Some(Ok(at)) => Some(kulanz_types::to_micros(at)),
        _ => None,
    };
    let happened = occurred_at.is_some_and(|at| at <= now + CLOCKS_DIFFER);
    wrong.require(happened, "occurred_at", "must be an instant that is not in the future");
    let amount = request.amount.as_ref().map(kulanz_types::Money::try_from).transpose();
    let amount = wrong.parse("amount", amount).flatten();
    let money = amount.map(kulanz_types::Money::minor_units);
    let (sound, needed) = match kind {
        Some(OutcomeKind::Payment) => (money.is_some_and(|it| it > 0), "must be above 0"),
        Some(OutcomeKind::Reversal) => (money.is_some_and(|it| it < 0), "must be below 0"),
        _ => (money.is_none_or(|it| it >= 0), "must be 0 or more"),
    };
    wrong.require(sound, "amount", needed);
    wrong.into_result().map_err(Error::Invalid)?;
    let (Some(kind), Some(occurred_at)) = (kind, occurred_at) else {
        return Err(Error::field("kind", "must be stated"));
    };
    Ok(Report {
        request_id: request.request_id,
        decision_id: request.decision_id,
        kind,
        amount: amount.map(|money| (money.currency().code().to_owned(), money.minor_units())),
        occurred_at,
        claim_id: request.claim_id,
    })
}

fn filter(request: &pb::ListDecisionsRequest) -> Result<Filter, Error> {
    let mut wrong = Violations::default();
    let from = wrong.parse("from", request.from.as_ref().map(instant).transpose()).flatten();
    let until = wrong.parse("until", request.until.as_ref().map(instant).transpose()).flatten();
    wrong.into_result().map_err(Error::Invalid)?;
    let set = |text: &String| (!text.is_empty()).then(|| text.clone());
    Ok(Filter {
        debtor_id: set(&request.debtor_id),
        policy_key: set(&request.policy_key),
        from,
        until,
        decision_id: set(&request.decision_id),
        claim_id: set(&request.claim_id),
    })
}
