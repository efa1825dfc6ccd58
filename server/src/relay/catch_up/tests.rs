use super::*;

const DOCUMENT: DocumentId = DocumentId::from_bytes([1; 16]);

fn changes(count: usize, size: usize) -> Vec<Bytes> {
    (0..count).map(|_| Bytes::from(vec![0; size])).collect()
}

/// A snapshot of so many bytes at change 100, and three changes after it.
fn at_103(snapshot: usize) -> CatchUp {
    let at = Cursor {
        document: DOCUMENT,
        epoch: 0,
        seq: 100,
    };
    CatchUp::new(at, Some(&Bytes::from(vec![0; snapshot])), changes(3, 100))
}

fn told(way: Way) -> Vec<String> {
    let (Way::Frames(frames) | Way::Whole(frames)) = way else {
        return vec![format!("{way:?}")];
    };
    let tell = |frame: &Bytes| match Frame::decode(frame).unwrap() {
        Frame::Changes(changes) => {
            format!(
                "{}..{}",
                changes.first,
                changes.first + changes.changes.len() as u64 - 1
            )
        }
        Frame::Snapshot(snapshot) => format!("snapshot at {}", snapshot.cursor.seq),
        other => format!("{other:?}"),
    };
    frames.iter().map(tell).collect()
}

#[test]
fn a_device_gets_what_it_lacks() {
    let catch_up = at_103(5_000);
    assert_eq!(told(catch_up.way(Some(103), None)), [""; 0]);
    assert_eq!(told(catch_up.way(Some(102), None)), ["103..103"]);
    assert_eq!(told(catch_up.way(Some(100), None)), ["101..103"]);
    assert_eq!(
        told(catch_up.way(Some(0), None)),
        ["snapshot at 100", "101..103"]
    );
}

#[test]
fn the_smaller_of_snapshot_and_changes_is_sent() {
    let catch_up = at_103(5_000);
    assert_eq!(
        told(catch_up.way(Some(98), None)),
        ["NeedsOlder { after: 98, base: 100 }"]
    );
    let older = |size| Older {
        epoch: 0,
        after: 98,
        base: 100,
        changes: changes(2, size),
    };
    assert_eq!(told(catch_up.way(Some(98), Some(&older(100)))), ["99..103"]);
    assert_eq!(
        told(catch_up.way(Some(98), Some(&older(9_000)))),
        ["snapshot at 100", "101..103"]
    );
    // Read for another snapshot, or for another device.
    assert_eq!(
        told(catch_up.way(Some(97), Some(&older(100)))),
        ["NeedsOlder { after: 97, base: 100 }"]
    );
}

#[test]
fn a_snapshot_that_fits_in_no_frame_is_not_sent() {
    let catch_up = at_103(MAX_FRAME);
    assert_eq!(
        told(catch_up.way(Some(0), None)),
        ["NeedsOlder { after: 0, base: 100 }"]
    );
    let older = Older {
        epoch: 0,
        after: 0,
        base: 100,
        changes: changes(100, 4_000),
    };
    assert_eq!(
        told(catch_up.way(Some(0), Some(&older))),
        ["1..65", "66..103"]
    );
}

#[test]
fn a_document_from_a_lost_disk_is_replaced() {
    assert_eq!(
        told(at_103(500).way(Some(104), None)),
        ["snapshot at 100", "101..103"]
    );
    assert_eq!(
        told(at_103(500).way(None, None)),
        ["snapshot at 100", "101..103"]
    );
    let at = Cursor {
        document: DOCUMENT,
        epoch: 0,
        seq: 0,
    };
    assert_eq!(
        told(CatchUp::new(at, None, changes(2, 9)).way(Some(3), None)),
        ["NeedsSnapshot"]
    );
}

#[test]
fn a_later_epoch_cannot_be_made_up_from_changes() {
    let at = Cursor {
        document: DOCUMENT,
        epoch: 1,
        seq: 100,
    };
    let large = Bytes::from(vec![0; MAX_FRAME]);
    let catch_up = CatchUp::new(at, Some(&large), changes(3, 9));
    assert_eq!(told(catch_up.way(None, None)), ["NeedsSnapshot"]);
    assert_eq!(told(catch_up.way(Some(101), None)), ["102..103"]);
}

#[test]
fn it_grows_and_is_cut_back() {
    let mut catch_up = at_103(500);
    catch_up.extend(changes(2, 50));
    assert_eq!((catch_up.end().seq, catch_up.size()), (105, 400));
    catch_up.truncate(101);
    assert_eq!((catch_up.end().seq, catch_up.size()), (101, 100));
}
