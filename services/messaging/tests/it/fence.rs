//! No hand-over starts later than one second after the answer to the call that silences, however slow
//! the mail server is; and nobody's claim reaches an address that was disowned.

use kulanz_proto::messaging::v1::MessageState;
use kulanz_testkit::{on_both_backends, until};

use crate::smtp::{Mood, bench};

on_both_backends! {
    async fn claims_is_asked_after_the_mail_server_took_the_recipient(backend: Backend) {
        let (bench, server) = bench(backend, Mood::WaitsAtTheRecipient).await;
        let opened = bench.open_claim();
        let silenced = async {
            let reached = async || server.waits().then_some(());
            until("the server to be told the recipient", reached).await;
            assert_eq!(bench.neighbours.world().checks, 0, "asked before the server was ready");
            bench.neighbours.world().blocks = vec!["claims.hold.wrong_person".to_owned()];
            server.change(Mood::Takes);
        };
        tokio::join!(opened, silenced);
        let message = bench.message().await;
        assert_eq!(message.state(), MessageState::Cancelled);
        assert_eq!(message.state_reason, "claims.hold.wrong_person");
        assert_eq!((server.mails().len(), server.data()), (0, 0));
    }

    async fn a_server_that_lets_the_mail_wait_gets_none(backend: Backend) {
        let (bench, server) = bench(backend, Mood::WaitsAtTheMail).await;
        bench.open_claim().await;
        let message = bench.message().await;
        assert_eq!(message.state(), MessageState::Scheduled);
        assert_eq!(message.state_reason, "SMTP_DATA timeout");
        assert!(server.mails().is_empty());
        server.change(Mood::Takes);
        bench.house.advance_to(bench.house.now() + chrono::TimeDelta::minutes(30)).await;
        assert_eq!(bench.states().await, [MessageState::Sent]);
        assert_eq!(server.mails().len(), 1);
    }

    async fn the_last_question_names_the_address(backend: Backend) {
        let (bench, _) = bench(backend, Mood::Takes).await;
        bench.open_claim().await;
        assert_eq!(bench.neighbours.world().addresses, ["erika@example.org"]);
    }
}
