//! An arrangement that is kept ends the matter: nothing is left to ask for, not even a cent.

use chrono::{Days, NaiveDate, NaiveTime};
use kulanz_chassis::Role;
use kulanz_proto::{
    claims::v1::ClaimState,
    payments::v1::{ArrangementState, GetArrangementRequest, get_arrangement_request::Lookup},
};
use kulanz_testkit::on_both_backends;
use kulanz_tests::{Booking, ERIKA, World, calls};
use kulanz_types::berlin_time;

async fn state(world: &World, arrangement_id: &str) -> ArrangementState {
    let lookup = Some(Lookup::ArrangementId(arrangement_id.into()));
    let request = world.ask(Role::Agent, GetArrangementRequest { lookup });
    let reply = world.house.clients().payments().get_arrangement(request).await.unwrap();
    reply.into_inner().arrangement.unwrap().state()
}

on_both_backends! {
    async fn an_arrangement_kept_to_the_day_settles_its_claim(backend: Backend) {
        let world = World::open(backend).await;
        let imported = world.import(vec![ERIKA.to_import()]).await;
        world.house.settle().await;
        let message = calls::await_message(&world, &imported[0].debtor_id).await;
        let token = calls::link_token(&message);
        let session = calls::open_access(&world, &token, ERIKA.birth_date).await.session_token;
        let claim_id = &imported[0].claim_id;
        let reference = calls::transfer_details(&world, &session, claim_id).await.reference;
        let quote = calls::quote_instalments(&world, &session, claim_id, 6).await;
        calls::confirm_notice(&world, &session, &quote).await;
        let arrangement = calls::accept(&world, &session, &quote).await.unwrap();
        for (number, due) in (1..).zip(&arrangement.instalments) {
            let cents = due.amount.as_ref().unwrap().minor_units;
            let day = NaiveDate::try_from(due.due_date.unwrap()).unwrap();
            // The bank reports on the morning after.
            let morning = berlin_time(day + Days::new(1), NaiveTime::from_hms_opt(7, 0, 0).unwrap());
            world.house.advance_to(morning).await;
            let booking = Booking::transfer(number, cents, day, &reference);
            let id = format!("2026-{number:03}");
            let imported = calls::import_statement(&world, &id, &[booking]).await;
            assert_eq!(imported.matched_count, 1);
            world.house.settle().await;
        }
        assert_eq!(state(&world, &arrangement.arrangement_id).await, ArrangementState::Completed);
        let claim = calls::claim(&world, claim_id).await;
        assert_eq!(claim.state(), ClaimState::Paid, "{:?}", claim.balance);
        assert_eq!(claim.balance.unwrap().total.unwrap().minor_units, 0);
    }
}
