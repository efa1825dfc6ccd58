//! A small sync server on samod, as its own documentation shows one, to be measured beside the relay.

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use samod::storage::TokioFilesystemStorage;
use samod::{Repo, ShareConfig};

#[tokio::main]
async fn main() {
    let data = std::env::args().nth(1).expect("a data folder");
    let repo = Repo::build_tokio()
        .with_peer_id("server".into())
        .with_storage(TokioFilesystemStorage::new(data))
        // Like the others: documents are for those who ask for them.
        .with_share_policy(ShareConfig::read_write().with_announce(false))
        .load()
        .await;
    let url = "ws://127.0.0.1/".parse().expect("an address");
    let acceptor = repo.make_acceptor(url).expect("a running repo");
    let connect = move |upgrade: WebSocketUpgrade| async move {
        upgrade.on_upgrade(move |socket| async move {
            let _ = acceptor.accept_axum(socket, None);
        })
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("listening on {}", listener.local_addr().expect("an address"));
    let app = Router::new().route("/", get(connect));
    axum::serve(listener, app).await.expect("a server");
}
