//! Signatures of devices: ECDSA on P-256 with SHA-256, in the forms that `WebCrypto` gives them (raw point, `r‖s`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kruispunt_storage::PublicKey;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};

/// How long an uncompressed point is; other encodings of the same key are not taken, so that keys compare as bytes.
const POINT: usize = 65;

/// Reads a public key: URL-safe base64 of an uncompressed point that lies on the curve.
pub(crate) fn public_key(text: &str) -> Option<PublicKey> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    (bytes.len() == POINT && VerifyingKey::from_sec1_bytes(&bytes).is_ok())
        .then_some(PublicKey(bytes))
}

/// Whether the holder of the key signed `purpose` followed by `text`. The purpose keeps a signature for one thing
/// from being used for another.
pub(crate) fn is_signed(key: &PublicKey, purpose: &str, text: &str, signature: &str) -> bool {
    let Ok(key) = VerifyingKey::from_sec1_bytes(&key.0) else {
        return false;
    };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
        return false;
    };
    let Ok(signature) = Signature::from_slice(&signature) else {
        return false;
    };
    key.verify(format!("{purpose}{text}").as_bytes(), &signature)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer as _;

    fn signed(text: &str) -> (String, String) {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        let signature: Signature = key.sign(text.as_bytes());
        (
            URL_SAFE_NO_PAD.encode(point.as_bytes()),
            URL_SAFE_NO_PAD.encode(signature.to_bytes()),
        )
    }

    #[test]
    fn a_signature_is_for_one_purpose() {
        let (key, signature) = signed("purpose\ntext");
        let key = public_key(&key).unwrap();
        assert!(is_signed(&key, "purpose\n", "text", &signature));
        assert!(!is_signed(&key, "other\n", "text", &signature));
        assert!(!is_signed(&key, "purpose\n", "text", "AAAA"));
    }

    #[test]
    fn what_is_no_point_is_no_key() {
        let (key, _) = signed("");
        let mut bent = URL_SAFE_NO_PAD.decode(&key).unwrap();
        bent[64] ^= 1;
        assert_eq!(public_key(&URL_SAFE_NO_PAD.encode(&bent)), None);
        assert_eq!(public_key(&URL_SAFE_NO_PAD.encode(&bent[..33])), None);
        assert_eq!(public_key("not base64!"), None);
    }
}
