use kulanz_testkit::on_both_backends;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::setup::Bench;

/// The page under a path, as a browser gets it.
async fn page(bench: &Bench, path: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let pages = bench.house.constellation().pages();
    let server = tokio::spawn(async move { axum::serve(listener, pages).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: inbox\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    server.abort();
    answer
}

on_both_backends! {
    async fn the_inbox_shows_a_message_as_its_recipient_sees_it(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let message_id = bench.message().await.message_id;
        let list = page(&bench, "/inbox").await;
        assert!(list.contains(&message_id) && list.contains("Erika Beispiel"), "{list}");
        assert!(list.contains("name=\"by\" value=\"1d\""));
        let shown = page(&bench, &format!("/inbox/{message_id}")).await;
        assert!(shown.contains("href=\"https://kulanz.example/l/"), "{shown}");
        let body = page(&bench, &format!("/inbox/{message_id}/view")).await;
        assert!(body.contains("<html lang=\"de\">") && body.contains("Bundesamt für Justiz"));
        let missing = page(&bench, "/inbox/message_unknown").await;
        assert!(missing.starts_with("HTTP/1.1 404"));
    }
}
