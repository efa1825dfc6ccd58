//! Where push services are. A device says where it can be reached, so without a list anybody who is signed in could have
//! the relay ask any machine it reaches.

use reqwest::Url;

/// The push services of the browsers there are: a host, or with a dot before it everything below it.
const KNOWN: [&str; 5] = [
    "fcm.googleapis.com",
    "jmt17.google.com",
    ".push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
];

/// Longer than any endpoint.
const LONGEST: usize = 1_024;

/// An operator named something else than a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no push host like push.example or 127.0.0.1:8090")]
pub struct HostError(String);

/// Where push services may be: the known ones, and those an operator added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts {
    more: Vec<(String, Option<u16>)>,
}

impl Hosts {
    /// The known push services and these, as `host` or `host:port`. On this machine itself they may speak plain HTTP.
    ///
    /// # Errors
    /// When one is no host.
    pub fn with(more: &[String]) -> Result<Self, HostError> {
        let read = |text: &String| {
            let url = Url::parse(&format!("https://{text}/"));
            let url = url.map_err(|_| HostError(text.clone()))?;
            let is_host = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            let host = url.host_str().filter(|_| is_host && url.username() == "");
            let host = host.ok_or_else(|| HostError(text.clone()))?;
            Ok((host.to_owned(), url.port()))
        };
        let more = more.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { more })
    }

    /// Reads an endpoint; `None` where no push service may be.
    #[must_use]
    pub fn endpoint(&self, text: &str) -> Option<Url> {
        if text.len() > LONGEST {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let host = url.host_str()?;
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return None;
        }
        let is_here = self.more.iter().any(|(known, port)| {
            known == host && (*port == url.port() || *port == url.port_or_known_default())
        });
        let is_known = || {
            url.port().is_none()
                && KNOWN.iter().any(|known| match known.strip_prefix('.') {
                    Some(above) => host.ends_with(known) && host.len() > above.len() + 1,
                    None => host == *known,
                })
        };
        let may_be = match url.scheme() {
            "https" => is_here || is_known(),
            "http" => is_here && is_this_machine(&url),
            _ => false,
        };
        may_be.then_some(url)
    }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_push_services_are_taken() {
        for endpoint in [
            "https://fcm.googleapis.com/fcm/send/abc:def",
            "https://updates.push.services.mozilla.com/wpush/v2/abc",
            "https://web.push.apple.com/QGuQ",
            "https://am3p.notify.windows.com/w/?token=abc",
        ] {
            assert!(Hosts::default().endpoint(endpoint).is_some(), "{endpoint}");
        }
    }

    #[test]
    fn nothing_else_is_asked_in_anybodys_name() {
        for endpoint in [
            "http://fcm.googleapis.com/fcm/send/abc",
            "https://fcm.googleapis.com:8443/fcm/send/abc",
            "https://fcm.googleapis.com.example/abc",
            "https://user@fcm.googleapis.com/abc",
            "https://push.services.mozilla.com.example/abc",
            "https://evilpush.services.mozilla.com.example/",
            "https://.push.apple.com/",
            "https://127.0.0.1/admin",
            "http://127.0.0.1:8080/api/me",
            "http://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "ftp://fcm.googleapis.com/",
            "file:///etc/passwd",
            "fcm.googleapis.com",
            "",
        ] {
            assert_eq!(Hosts::default().endpoint(endpoint), None, "{endpoint}");
        }
        let long = format!("https://fcm.googleapis.com/{}", "a".repeat(LONGEST));
        assert_eq!(Hosts::default().endpoint(&long), None);
    }

    #[test]
    fn an_operator_adds_hosts_and_only_this_machine_may_do_without_tls() {
        let hosts = Hosts::with(&["127.0.0.1:8090".to_owned(), "push.example".to_owned()]).unwrap();
        for (endpoint, may_be) in [
            ("http://127.0.0.1:8090/wpush/v2/abc", true),
            ("http://127.0.0.1:8091/wpush/v2/abc", false),
            ("https://push.example/abc", true),
            ("http://push.example/abc", false),
            ("https://push.example:444/abc", false),
            ("https://fcm.googleapis.com/fcm/send/abc", true),
        ] {
            assert_eq!(hosts.endpoint(endpoint).is_some(), may_be, "{endpoint}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            "http://push.example",
            "push.example/path",
            "a b",
            "me@push.example",
        ] {
            assert!(Hosts::with(&[text.to_owned()]).is_err(), "{text}");
        }
    }
}
