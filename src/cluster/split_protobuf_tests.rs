#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::kinds::proto::encode::{delimited, envelope, frame, whole};
use proptest::prelude::*;

/// A list of these items; its metadata first, as servers write it, or last.
fn raw(items: &[&[u8]], meta_last: bool) -> Vec<u8> {
    let mut meta = Vec::new();
    delimited(&mut meta, 1, b"");
    delimited(&mut meta, 2, b"42");
    delimited(&mut meta, 3, b"more");
    whole(&mut meta, 4, 7);
    let mut raw = Vec::new();
    if !meta_last {
        delimited(&mut raw, 1, &meta);
    }
    // What later servers may add.
    whole(&mut raw, 9, 300);
    delimited(&mut raw, 10, b"unknown");
    for item in items {
        delimited(&mut raw, 2, item);
    }
    if meta_last {
        delimited(&mut raw, 1, &meta);
    }
    raw
}

fn split(body: &[u8], step: usize) -> Result<(Vec<Vec<u8>>, ListMeta), SplitError> {
    let mut splitter = ListSplitter::default();
    let mut items = Vec::new();
    for mut input in body.chunks(step.max(1)) {
        while let Some(item) = splitter.next(&mut input)? {
            items.push(item.to_vec());
        }
    }
    Ok((items, splitter.finish()?))
}

fn objects() -> Vec<Vec<u8>> {
    vec![b"one".to_vec(), Vec::new(), vec![7; 300], b"last".to_vec()]
}

#[test]
fn a_list_gives_the_same_items_in_pieces_of_any_size() {
    let items = objects();
    let slices: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
    for meta_last in [false, true] {
        let body = envelope("v1", "PodList", &raw(&slices, meta_last));
        for step in [1, 2, 3, 7, 64, body.len()] {
            let (found, meta) = split(&body, step).unwrap();
            assert_eq!(found, items, "{step}");
            assert_eq!(meta.resource_version.as_deref(), Some("42"));
            assert_eq!(meta.token.as_deref(), Some("more"));
        }
    }
    let (none, meta) = split(&envelope("v1", "PodList", &raw(&[], false)), 5).unwrap();
    assert!(none.is_empty());
    assert_eq!(meta.resource_version.as_deref(), Some("42"));
    assert_eq!(split(&envelope("v1", "PodList", b""), 3).unwrap().1, ListMeta::default());
}

#[test]
fn a_list_that_ends_early_is_truncated() {
    let items = objects();
    let slices: Vec<&[u8]> = items.iter().map(Vec::as_slice).collect();
    let body = envelope("v1", "PodList", &raw(&slices, false));
    // What follows the list in its envelope are two empty fields of two bytes.
    for end in 0..body.len() - 4 {
        assert_eq!(split(&body[..end], 16).unwrap_err(), SplitError::Truncated, "{end}");
    }
}

#[test]
fn what_is_no_list_is_told() {
    let pod = envelope("v1", "Pod", b"");
    assert_eq!(split(&pod, 4).unwrap_err(), SplitError::NotProtobuf("its kind is no list"));
    let json = SplitError::NotProtobuf("its first bytes are others");
    assert_eq!(split(b"{\"kind\":\"PodList\"}", 4).unwrap_err(), json);
    let mut longer = b"k8s\0".to_vec();
    longer.extend([RAW as u8, 3, ITEMS as u8, 200, 1, 0]);
    assert!(matches!(split(&longer, 2).unwrap_err(), SplitError::NotProtobuf(_)));
    let mut group = b"k8s\0".to_vec();
    group.extend([0x0b, 0x0c]);
    assert!(matches!(split(&group, 2).unwrap_err(), SplitError::NotProtobuf(_)));
}

#[test]
fn an_item_that_is_too_large_is_passed_over() {
    let large = vec![1; MAX_ITEM + 1];
    let body = envelope("v1", "PodList", &raw(&[b"a", &large, b"b"], false));
    let mut splitter = ListSplitter::default();
    let (mut items, mut passed) = (Vec::new(), 0);
    for mut input in body.chunks(1 << 20) {
        loop {
            match splitter.next(&mut input) {
                Ok(Some(item)) => items.push(item.to_vec()),
                Ok(None) => break,
                Err(SplitError::TooLarge) => passed += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }
    splitter.finish().unwrap();
    assert_eq!((items, passed), (vec![b"a".to_vec(), b"b".to_vec()], 1));
    let mut endless = b"k8s\0".to_vec();
    endless.extend([RAW as u8, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    endless.extend([ITEMS as u8, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(split(&endless, 3).unwrap_err(), SplitError::Endless);
}

#[test]
fn a_watch_gives_the_same_events_in_pieces_of_any_size() {
    let status = envelope("v1", "Status", b"gone");
    let pod = |raw: &[u8]| envelope("v1", "Pod", raw);
    let mut stream = Vec::new();
    for (kind, object) in [
        ("ADDED", pod(b"a")),
        ("DELETED", pod(&[3; 500])),
        ("BOOKMARK", pod(b"")),
        ("ERROR", status.clone()),
    ] {
        stream.extend(frame(kind, &object));
        stream.extend([0; 4]);
    }
    let expected = [
        (EventKind::Upsert, b"a".to_vec()),
        (EventKind::Deleted, vec![3; 500]),
        (EventKind::Bookmark, Vec::new()),
        (EventKind::Error, status),
    ];
    for step in [1, 2, 3, 7, 64, stream.len()] {
        let mut frames = FrameSplitter::default();
        let mut seen = Vec::new();
        for mut input in stream.chunks(step) {
            while let Some(frame) = frames.next(&mut input).unwrap() {
                let (kind, object) = watch_event(frame).unwrap();
                seen.push((kind, object.to_vec()));
            }
        }
        assert_eq!(seen, expected, "{step}");
    }
    assert!(watch_event(b"{}").is_none());
}

#[test]
fn a_frame_that_is_too_large_is_passed_over() {
    let mut stream = frame("ADDED", &vec![0; MAX_ITEM]);
    stream.extend(frame("ADDED", &envelope("v1", "Pod", b"x")));
    let mut frames = FrameSplitter::default();
    let mut input = stream.as_slice();
    assert_eq!(frames.next(&mut input), Err(SplitError::TooLarge));
    let (_, object) = watch_event(frames.next(&mut input).unwrap().unwrap()).unwrap();
    assert_eq!(object, b"x");
    let mut input = &[0xff; 4][..];
    assert_eq!(frames.next(&mut input), Err(SplitError::Endless));
}

proptest! {
    #[test]
    fn any_bytes_have_an_end(bytes in prop::collection::vec(any::<u8>(), 0..300), step in 1usize..9) {
        let _ = split(&bytes, step);
        let mut body = envelope("v1", "PodList", &bytes);
        let _ = split(&body, step);
        for byte in bytes.iter().take(3) {
            let at = usize::from(*byte) % body.len();
            body[at] ^= 0x11;
        }
        let mut all = Vec::new();
        let mut splitter = ListSplitter::default();
        for mut input in body.chunks(step) {
            let mut turns = 0;
            loop {
                turns += 1;
                prop_assert!(turns < 100);
                match splitter.next(&mut input) {
                    Ok(Some(item)) => all.push(item.len()),
                    Ok(None) => break,
                    Err(SplitError::TooLarge) => {}
                    Err(_) => return Ok(()),
                }
            }
        }
        prop_assert!(all.iter().sum::<usize>() <= body.len());
    }
}
