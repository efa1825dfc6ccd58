//! Sealing to somebody's public key: HPKE (RFC 9180) in base mode, as the phones do it.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{
    Deserializable as _, HpkeError, Kem as KemTrait, OpModeR, OpModeS, Serializable as _,
    setup_receiver, setup_sender_with_rng,
};
use zeroize::Zeroizing;

use super::ring::RecordKey;
use crate::clock::{NoRandomness, dice};

pub(super) type Kem = DhP256HkdfSha256;
pub(super) type PrivateKey = <Kem as KemTrait>::PrivateKey;

/// What a phone sealed to a record key, or the relay to a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedCard {
    /// The encapsulated key.
    pub(crate) enc: Vec<u8>,
    /// The ciphertext.
    pub(crate) sealed: Vec<u8>,
}

impl SealedCard {
    /// Opens it; `None` when it was not sealed to this key, for this purpose and about this.
    pub(crate) fn open(
        &self,
        key: &RecordKey,
        info: &[u8],
        about: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let open = || -> Result<Vec<u8>, HpkeError> {
            let enc = <Kem as KemTrait>::EncappedKey::from_bytes(&self.enc)?;
            let mode = OpModeR::Base;
            let mut receiver =
                setup_receiver::<AesGcm256, HkdfSha256, Kem>(&mode, &key.private_key, &enc, info)?;
            receiver.open(&self.sealed, about)
        };
        open().ok().map(Zeroizing::new)
    }
}

/// Seals to a public key; `None` when it is none.
pub(crate) fn seal_to(
    public_key: &[u8],
    info: &[u8],
    about: &[u8],
    content: &[u8],
) -> Result<Option<SealedCard>, NoRandomness> {
    let mut dice = dice()?;
    let mut seal = || -> Result<SealedCard, HpkeError> {
        let public_key = <Kem as KemTrait>::PublicKey::from_bytes(public_key)?;
        let (enc, mut sender) = setup_sender_with_rng::<AesGcm256, HkdfSha256, Kem>(
            &OpModeS::Base,
            &public_key,
            info,
            &mut dice,
        )?;
        Ok(SealedCard {
            enc: enc.to_bytes().to_vec(),
            sealed: sender.seal(content, about)?,
        })
    };
    Ok(seal().ok())
}
