//! Honest frames and changes, spoilt in many ways. `KRUISPUNT_FUZZ_SEED` chooses another beginning and
//! `KRUISPUNT_FUZZ_TIMES` how often; libFuzzer finds more, and slower (`cargo xtask fuzz`).

#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what does not hold ends the run"
)]

use fastrand::Rng;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} holds a number"))
    })
}

/// One of the seeds with a few things changed.
fn spoil(seeds: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = rng.choice(seeds).cloned().unwrap_or_default();
    for _ in 0..rng.usize(1..5) {
        let at = rng.usize(0..=bytes.len());
        let until = rng.usize(at..=bytes.len().min(at + 8));
        match rng.u8(0..6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.u8(0..8),
            1 if at < bytes.len() => bytes[at] = rng.u8(..),
            2 => drop(bytes.drain(at..until)),
            3 => bytes.insert(at, rng.u8(..)),
            4 => {
                let piece = bytes[at..until].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let other = rng.choice(seeds).cloned().unwrap_or_default();
                let from = rng.usize(0..=other.len());
                let piece = other[from..other.len().min(from + rng.usize(0..40))].to_vec();
                bytes.splice(at..until, piece);
            }
        }
    }
    bytes
}

fn spoilt(name: &str, seeds: &[Vec<u8>], target: fn(&[u8])) {
    assert!(!seeds.is_empty(), "there is nothing to spoil");
    for seed in seeds {
        target(seed);
    }
    let (seed, times) = (
        number("KRUISPUNT_FUZZ_SEED", 1),
        number("KRUISPUNT_FUZZ_TIMES", 3_000),
    );
    println!("{name}: {times} times from KRUISPUNT_FUZZ_SEED={seed}");
    for seed in seed..seed + times {
        let bytes = spoil(seeds, &mut Rng::with_seed(seed));
        let fine = std::panic::catch_unwind(|| target(&bytes)).is_ok();
        assert!(
            fine,
            "{name}: KRUISPUNT_FUZZ_SEED={seed} KRUISPUNT_FUZZ_TIMES=1 shows it again"
        );
    }
}

#[test]
fn spoilt_frames_do_no_harm() {
    spoilt("frame", &kruispunt_fuzz::frames(), kruispunt_fuzz::frame);
}

#[test]
fn spoilt_changes_do_no_harm() {
    spoilt("change", &kruispunt_fuzz::changes(), kruispunt_fuzz::change);
}
