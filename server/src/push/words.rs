//! The words of notifications and mail, from the same files as the app's, in the language of whoever reads them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kruispunt_core::model::Tongue;

type Words = BTreeMap<String, String>;

fn read(texts: [&str; 2]) -> Words {
    // A test reads all of them.
    let read = texts.map(|text| serde_json::from_str::<Words>(text).unwrap_or_default());
    read.into_iter().flatten().collect()
}

/// The files of one language.
macro_rules! files {
    ($language:literal) => {
        [
            include_str!(concat!("../../../pwa/locales/push/", $language, ".json")),
            include_str!(concat!("../../../pwa/locales/mail/", $language, ".json")),
        ]
    };
}

static DUTCH: LazyLock<Words> = LazyLock::new(|| read(files!("nl")));
static ENGLISH: LazyLock<Words> = LazyLock::new(|| read(files!("en")));
static ARABIC: LazyLock<Words> = LazyLock::new(|| read(files!("ar")));

/// The text of a key, with what is to be filled in.
pub(super) fn say(tongue: Tongue, key: &str, given: &[(&str, &str)]) -> String {
    let words = match tongue {
        Tongue::Dutch => &*DUTCH,
        Tongue::English => &*ENGLISH,
        Tongue::Arabic => &*ARABIC,
    };
    let mut text = words.get(key).cloned().unwrap_or_default();
    for (name, what) in given {
        text = text.replace(&format!("{{{name}}}"), what);
    }
    text
}

/// Whether a language is written from right to left.
pub(super) const fn direction(tongue: Tongue) -> &'static str {
    match tongue {
        Tongue::Arabic => "rtl",
        Tongue::Dutch | Tongue::English => "ltr",
    }
}

#[cfg(test)]
mod tests {
    use kruispunt_core::model::{NoticeKind, Theme, Word as _};

    use super::*;

    #[test]
    fn there_are_words_for_everything_in_every_language() {
        for &tongue in Tongue::ALL {
            let kinds = NoticeKind::ALL.iter().map(|kind| kind.key());
            for kind in kinds.chain(["several"]) {
                for part in ["title", "body"] {
                    let key = format!("push.{kind}.{part}");
                    assert_ne!(say(tongue, &key, &[]), "", "{} {key}", tongue.key());
                }
            }
            for theme in Theme::ALL {
                let key = format!("push.theme.{}", theme.key());
                assert_ne!(say(tongue, &key, &[]), "", "{} {key}", tongue.key());
            }
            let mail = ["confirm.subject", "confirm.body"].into_iter();
            for part in mail.chain(["digest.subject", "digest.begin", "digest.end"]) {
                let key = format!("mail.{part}");
                assert_ne!(say(tongue, &key, &[]), "", "{} {key}", tongue.key());
            }
            assert_ne!(say(tongue, "push.accept", &[]), "");
            assert_ne!(say(tongue, "push.not_now", &[]), "");
        }
    }
}
