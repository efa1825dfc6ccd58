//! A browser that can do just enough.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The address of a relay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Http(pub(crate) SocketAddr);

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {}", self.body))
            .to_owned()
    }

    /// The status and key of a problem, which has everything a problem must have.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let key = self.text("key");
        assert_eq!(self.text("type"), format!("urn:kruispunt:problem:{key}"));
        assert_eq!(self.json()["status"], self.status);
        assert!(!self.text("title").is_empty());
        assert_eq!(self.text("trace").len(), 16);
        (self.status, key)
    }
}

impl Http {
    pub(crate) async fn get(self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, "").await
    }

    pub(crate) async fn post(self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.ask("POST", path, &headers, &body.to_string()).await
    }

    pub(crate) async fn ask(
        self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let own = [
            ("host", self.0.to_string()),
            ("connection", "close".to_owned()),
        ];
        let length = ("content-length", body.len().to_string());
        let own = own.into_iter().chain([length]);
        let given = headers
            .iter()
            .map(|&(name, value)| (name, value.to_owned()));
        let lines = own
            .chain(given)
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let head: String = lines.collect();
        let request = format!("{method} {path} HTTP/1.1\r\n{head}\r\n{body}");
        let mut socket = TcpStream::connect(self.0).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A relay that has heard enough may hang up before it read everything.
        let _ = socket.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("{answer:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }
}
