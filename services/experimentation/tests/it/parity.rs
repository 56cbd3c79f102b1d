use futures::stream;
use kulanz_chassis::Role;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{House, fields, on_both_backends};
use tonic::Status;

use crate::house;
use crate::planting::{decided, happened, people};

fn person(debtor_id: &str, group: &str) -> pb::AnalyzeParityRequest {
    pb::AnalyzeParityRequest { debtor_id: debtor_id.to_owned(), group: group.to_owned() }
}

async fn analyse(
    house: &House,
    persons: Vec<pb::AnalyzeParityRequest>,
) -> Result<Vec<pb::ParityRate>, Status> {
    let mut client = house.clients().experimentation();
    let asked = house.ask(Role::Analyst, stream::iter(persons));
    Ok(client.analyze_parity(asked).await?.into_inner().rates)
}

fn rate<'a>(rates: &'a [pb::ParityRate], group: &str, name: &str) -> &'a pb::ParityRate {
    rates.iter().find(|it| it.group == group && it.rate == name).expect("a rate")
}

on_both_backends! {
    async fn a_group_that_is_written_to_far_more_often_is_flagged(backend: Backend) {
        let house = house(backend).await;
        let persons = people(&house, 0.0..1.0, 1_200);
        let decisions = decided(&house, &persons).await;
        let mut happenings = Vec::new();
        for (number, decision) in decisions.iter().enumerate() {
            let messages = if number < 600 { 3 + number % 2 } else { 1 + number % 2 };
            happenings.extend((0..messages).map(|_| (decision, "sent", 0)));
        }
        happened(&house, &happenings).await;
        let grouped = persons.iter().enumerate().map(|(number, id)| {
            person(id, if number < 600 { "first" } else { "second" })
        });
        let grouped: Vec<_> = grouped.collect();
        let rates = analyse(&house, grouped.clone()).await.unwrap();
        assert_eq!(rates.len(), 10, "five rates of two groups");
        let often = rate(&rates, "first", "contacts");
        assert_eq!((often.units, often.flagged), (600, true));
        assert!((often.ratio.unwrap() - 3.5 / 1.5).abs() < 1e-9 && often.lower.unwrap() > 1.25);
        assert!(!rate(&rates, "first", "complaints").flagged);
        // Of persons about whom nothing was decided in this tenant, nothing is known.
        let mut client = house.clients().experimentation();
        let theirs = house.ask_as_other(Role::Analyst, stream::iter(grouped));
        let theirs = client.analyze_parity(theirs).await.unwrap().into_inner().rates;
        assert!(theirs.is_empty());
        house.stop().await;
    }

    async fn a_faulty_person_is_named_by_position(backend: Backend) {
        let house = house(backend).await;
        let persons = people(&house, 0.0..1.0, 2);
        let twice = vec![person(&persons[0], "a"), person(&persons[0], "b")];
        assert_eq!(fields(&analyse(&house, twice).await.unwrap_err()), ["[1].debtor_id"]);
        let nameless = vec![person(&persons[0], "a"), person(&persons[1], " ")];
        assert_eq!(fields(&analyse(&house, nameless).await.unwrap_err()), ["[1].group"]);
        let nobody = vec![person("debtor_x", "a")];
        assert_eq!(fields(&analyse(&house, nobody).await.unwrap_err()), ["[0].debtor_id"]);
        assert_eq!(fields(&analyse(&house, Vec::new()).await.unwrap_err()), ["debtor_id"]);
        house.stop().await;
    }
}
