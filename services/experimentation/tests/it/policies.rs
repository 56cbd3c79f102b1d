use kulanz_chassis::Role;
use kulanz_policy::{Dials, Learner, Policy, Schema, Settings};
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{House, fields, on_both_backends, reason};
use tonic::Status;

use crate::house;
use crate::learning::policies;

fn file() -> Vec<u8> {
    Learner::new(Schema::default()).refresh(&Dials::default()).unwrap().write()
}

async fn create(house: &House, content: Vec<u8>) -> Result<pb::Policy, Status> {
    let request = pb::CreatePolicyRequest {
        request_id: house.request_id(),
        key: "outreach".to_owned(),
        description: "from the north".to_owned(),
        content,
    };
    let mut client = house.clients().experimentation();
    let created = client.create_policy(house.ask(Role::Admin, request)).await?;
    Ok(created.into_inner().policy.expect("a policy"))
}

fn stop(house: &House, policy_id: &str) -> pb::StopPolicyRequest {
    pb::StopPolicyRequest {
        request_id: house.request_id(),
        policy_id: policy_id.to_owned(),
        reason: "too bold".to_owned(),
    }
}

on_both_backends! {
    async fn a_policy_file_becomes_a_candidate_that_decides_for_nobody(backend: Backend) {
        let house = house(backend).await;
        let policy = create(&house, file()).await.unwrap();
        assert_eq!(policy.state(), pb::PolicyState::Candidate);
        assert_eq!((policy.kind.as_str(), policy.share.as_str()), ("given", "0"));
        assert_eq!(policy.feature_version, Schema::default().version());
        let request = pb::GetPolicyRequest {
            policy_id: policy.policy_id.clone(),
            with_content: true,
        };
        let mut client = house.clients().experimentation();
        let whole = client.get_policy(house.ask(Role::Analyst, request.clone())).await;
        assert_eq!(whole.unwrap().into_inner().content, file());
        let bare = pb::GetPolicyRequest { with_content: false, ..request.clone() };
        let bare = client.get_policy(house.ask(Role::Analyst, bare)).await.unwrap().into_inner();
        assert!(bare.content.is_empty() && bare.policy == Some(policy));
        let theirs = client.get_policy(house.ask_as_other(Role::Admin, request)).await;
        assert_eq!(reason(&theirs.unwrap_err()), "NOT_FOUND");
        house.stop().await;
    }

    async fn policies_are_listed_by_where_they_stand(backend: Backend) {
        let house = house(backend).await;
        let policy = create(&house, file()).await.unwrap();
        let mut client = house.clients().experimentation();
        let candidates = pb::ListPoliciesRequest {
            state: pb::PolicyState::Candidate.into(),
            ..Default::default()
        };
        let found = client.list_policies(house.ask(Role::Analyst, candidates)).await.unwrap();
        assert_eq!(found.into_inner().policies, [policy]);
        let live = pb::ListPoliciesRequest {
            page_size: 1,
            state: pb::PolicyState::Live.into(),
            ..Default::default()
        };
        let page = client.list_policies(house.ask(Role::Analyst, live.clone())).await.unwrap().into_inner();
        assert_eq!(page.policies[0].kind, "static");
        let next = pb::ListPoliciesRequest { page_token: page.next_page_token.clone(), ..live.clone() };
        let next = client.list_policies(house.ask(Role::Analyst, next)).await.unwrap().into_inner();
        assert_eq!((next.policies[0].kind.as_str(), next.next_page_token.as_str()), ("holdout", ""));
        let other = pb::ListPoliciesRequest { page_token: page.next_page_token, ..Default::default() };
        let refused = client.list_policies(house.ask(Role::Analyst, other)).await.unwrap_err();
        assert_eq!(fields(&refused), ["page_token"]);
        let unknown = pb::ListPoliciesRequest { state: 9, ..live };
        let refused = client.list_policies(house.ask(Role::Analyst, unknown)).await.unwrap_err();
        assert_eq!(fields(&refused), ["state"]);
        house.stop().await;
    }

    async fn a_truncated_damaged_or_foreign_file_is_refused_and_nothing_is_kept(backend: Backend) {
        let house = house(backend).await;
        let whole = file();
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        let mut schema = Schema::default();
        schema.personas.push("newcomer".to_owned());
        let foreign = Learner::new(schema).refresh(&Dials::default()).unwrap().write();
        let bold = Settings { epsilon: 5.0, ..Settings::default() };
        let bold = Policy::read_own(&whole).unwrap().with_settings(bold).write();
        for content in [whole[..whole.len() / 2].to_vec(), damaged, foreign, bold, Vec::new()] {
            let refused = create(&house, content).await.unwrap_err();
            assert_eq!(reason(&refused), "POLICY_FILE");
            assert_eq!(fields(&refused), ["content"]);
        }
        assert!(policies(&house).await.iter().all(|policy| policy.kind != "given"));
        house.stop().await;
    }

    async fn only_a_promoted_policy_can_be_stopped_and_with_a_reason(backend: Backend) {
        let house = house(backend).await;
        let policy = create(&house, file()).await.unwrap();
        let mut client = house.clients().experimentation();
        let refused = client.stop_policy(house.ask(Role::Admin, stop(&house, &policy.policy_id)));
        assert_eq!(reason(&refused.await.unwrap_err()), "POLICY_STATE");
        let silent = pb::StopPolicyRequest { reason: " ".to_owned(), ..stop(&house, &policy.policy_id) };
        let refused = client.stop_policy(house.ask(Role::Admin, silent)).await.unwrap_err();
        assert_eq!(fields(&refused), ["reason"]);
        let theirs = house.ask_as_other(Role::Admin, stop(&house, &policy.policy_id));
        assert_eq!(reason(&client.stop_policy(theirs).await.unwrap_err()), "NOT_FOUND");
        house.stop().await;
    }
}
