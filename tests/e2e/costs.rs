//! What pursuing a claim costs its debtor, from the first demand on.

use kulanz_proto::claims::v1::Creditor;
use kulanz_proto::messaging::v1::PolicyClass;
use kulanz_testkit::on_both_backends;
use kulanz_tests::{ERIKA, World, calls};

on_both_backends! {
    async fn a_first_demand_names_what_the_fee_rises_by_and_then_it_rises(backend: Backend) {
        let world = World::open(backend).await;
        let settings = Creditor { raises_costs: true, ..Creditor::default() };
        let creditor_id = world.further_creditor(settings).await;
        let results = world.import_for(&creditor_id, vec![ERIKA.to_import()]).await;
        let (debtor_id, claim_id) = (&results[0].debtor_id, &results[0].claim_id);
        world.house.settle().await;
        let costs = async || {
            let claim = calls::claim(&world, claim_id).await;
            claim.balance.unwrap().costs.unwrap().minor_units
        };
        let demand = calls::await_message(&world, debtor_id).await;
        assert_eq!(demand.policy_class(), PolicyClass::FirstNotice);
        // 0.5 x 51.50 and 20 %; with 0.9 they are 24.72 more.
        assert_eq!(costs().await, 2_575 + 515);
        assert!(demand.body.contains("24,72 € mehr, wenn nicht"), "{}", demand.body);
        world.house.advance_days(22).await;
        assert_eq!(costs().await, 2_575 + 515 + 2_472);
        world.house.stop().await;
    }
}
