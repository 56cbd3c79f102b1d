use kulanz_chassis::Role;
use kulanz_proto::convert::timestamp;
use kulanz_proto::personas::v1 as pb;
use kulanz_proto::personas::v1::feature_value::Value;
use kulanz_testkit::{House, fields, on_both_backends};

use crate::neighbours::{debtor, house, persona, tell};

fn fact(house: &House, debtor_id: &str, feature: &str, value: Value) -> pb::FeatureValue {
    pb::FeatureValue {
        debtor_id: debtor_id.to_owned(),
        feature: feature.to_owned(),
        value: Some(value),
        observed_at: Some(timestamp(house.now())),
    }
}

fn batch(house: &House, values: Vec<pb::FeatureValue>) -> pb::RecordFeaturesRequest {
    pb::RecordFeaturesRequest { request_id: house.request_id(), values }
}

async fn record(
    house: &House,
    batches: Vec<pb::RecordFeaturesRequest>,
) -> Result<pb::RecordFeaturesResponse, tonic::Status> {
    let stream = tokio_stream::iter(batches);
    let mut client = house.clients().personas();
    Ok(client.record_features(house.ask(Role::Integration, stream)).await?.into_inner())
}

on_both_backends! {
    async fn a_recorded_feature_moves_the_assignment_and_a_repeat_does_not(backend: Backend) {
        let (house, known) = house(backend).await;
        let person = debtor(&house, 80, &[]);
        tell(&house, &known, &person).await;
        house.settle().await;
        let before = persona(&house, &person.debtor_id).await.unwrap().assignment.unwrap();
        let paid = fact(&house, &person.debtor_id, "payment_method", Value::Category("instalments".to_owned()));
        let once = batch(&house, vec![paid.clone()]);
        let taken = record(&house, vec![once.clone(), once, batch(&house, vec![paid])]).await.unwrap();
        assert_eq!((taken.recorded_count, taken.unchanged_count), (1, 2));
        house.settle().await;
        let after = persona(&house, &person.debtor_id).await.unwrap().assignment.unwrap();
        assert!(after.probabilities["planner"] > before.probabilities["planner"]);
        house.stop().await;
    }

    async fn a_feature_without_a_legal_basis_is_refused_with_its_batch(backend: Backend) {
        let (house, _) = house(backend).await;
        let id = debtor(&house, 80, &[]).debtor_id;
        let values = vec![
            fact(&house, &id, "orders_12m", Value::Number(2.0)),
            fact(&house, &id, "shoe_size", Value::Number(43.0)),
            fact(&house, &id, "age_band", Value::Number(44.0)),
            fact(&house, &id, "open_amount", Value::Number(f64::NAN)),
        ];
        let refused = record(&house, vec![batch(&house, values)]).await.unwrap_err();
        assert_eq!(fields(&refused), ["values[1].feature", "values[2].feature", "values[3].feature"]);
        let kept = batch(&house, vec![fact(&house, &id, "orders_12m", Value::Number(2.0))]);
        assert_eq!(record(&house, vec![kept]).await.unwrap().recorded_count, 1);
        house.stop().await;
    }
}
