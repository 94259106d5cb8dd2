//! Bodies of lists and watches in pieces of any size, and what servers say when they say no.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::errors;
use super::split::{self, EventKind, LineSplitter, ListMeta, SplitError};
use super::split_protobuf::{self, FrameSplitter};
use crate::fuzz::{Shape, Target, is_safe, of_input, pieces};
use crate::kinds::proto::encode::{delimited, envelope, frame, whole};
use http::{HeaderMap, StatusCode, header};

/// Objects, and how it ended.
type Cut = (Vec<Vec<u8>>, Result<ListMeta, SplitError>);

/// Reads all pieces with `next`, then finishes. What is too large is passed over by both.
fn read<S>(
    mut splitter: S,
    pieces: &[&[u8]],
    next: impl for<'s, 'i> Fn(&'s mut S, &mut &'i [u8]) -> Result<Option<Vec<u8>>, SplitError>,
    finish: impl FnOnce(S) -> Result<ListMeta, SplitError>,
) -> Cut {
    let mut items = Vec::new();
    for piece in pieces {
        let mut input = *piece;
        loop {
            let before = input.len();
            match next(&mut splitter, &mut input) {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(SplitError::TooLarge) => assert!(input.len() < before || input.is_empty()),
                Err(error) => return (items, Err(error)),
            }
        }
        assert!(input.is_empty(), "it stops before the end of a piece");
    }
    (items, finish(splitter))
}

/// The same in one piece and in many; no more comes out than went in.
fn same(input: &[u8], read: impl Fn(&[&[u8]]) -> Cut) -> Cut {
    let whole = read(&[input]);
    let mut random = of_input(input);
    for _ in 0..3 {
        assert_eq!(read(&pieces(input, &mut random)), whole, "in pieces");
    }
    let bytes: usize = whole.0.iter().map(Vec::len).sum();
    assert!(bytes <= input.len(), "{bytes} of {}", input.len());
    whole
}

#[test]
fn fuzz_list_json() {
    let seeds = [
        r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"42","continue":"x"},"items":[{"metadata":{"name":"a\"}]"}},{"b":[1,[2,{}]]},{}]}"#,
        r#" { "items" : [ null , 5, "x]" ,[1] ] , "x":{"items":[7]}, "metadata":null } "#,
        r#"{"items":[]}"#,
        r#"{"items":null,"metadata":{"resourceVersion":""}}"#,
    ];
    let words = [
        "\"items\"",
        "\"metadata\"",
        "\"resourceVersion\"",
        "\\\"",
        "\\\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
    ];
    let target = Target::new("list-json", Shape::Json).seeds(seeds).words(&words).longest(600);
    target.quick(1500).run(|input| {
        let (items, end) = same(input, |pieces| {
            let next = |splitter: &mut split::ListSplitter, input: &mut &[u8]| {
                splitter.next(input).map(|item| item.map(<[u8]>::to_vec))
            };
            read(split::ListSplitter::default(), pieces, next, split::ListSplitter::finish)
        });
        // What a parser takes for a list is one, with the same items.
        #[derive(serde::Deserialize)]
        struct List<'a> {
            #[serde(borrow)]
            items: Vec<&'a serde_json::value::RawValue>,
        }
        if let Ok(list) = serde_json::from_slice::<List<'_>>(input)
            && end.is_ok()
        {
            let theirs: Vec<&[u8]> = list.items.iter().map(|item| item.get().as_bytes()).collect();
            assert_eq!(items, theirs);
        }
    });
}

#[test]
fn fuzz_watch_json() {
    let seeds = [
        "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"1\"}}}\n{\"type\":\"DELETED\",\"object\":{}}\n",
        "{\"object\":{\"a\":\"}\"},\"type\":\"BOOKMARK\"}\r\n\n  \n{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}",
    ];
    let words =
        ["\"type\"", "\"object\"", "ADDED", "MODIFIED", "ERROR", "BOOKMARK", "\n", "{", "}", "\""];
    let target = Target::new("watch-json", Shape::Text).seeds(seeds).words(&words).longest(600);
    target.quick(1500).run(|input| {
        let (lines, _) = same(input, |pieces| {
            let next = |lines: &mut LineSplitter, input: &mut &[u8]| {
                lines.next(input).map(|line| line.map(<[u8]>::to_vec))
            };
            read(LineSplitter::default(), pieces, next, |_| Ok(ListMeta::default()))
        });
        for line in &lines {
            assert!(!line.contains(&b'\n') && !line.trim_ascii().is_empty());
            // The quick cut and the parser agree where both understand the line and its object.
            if let (Some(quick), Some(parsed)) =
                (split::watch_event(line), split::parsed_event(line))
                && serde_json::from_slice::<serde::de::IgnoredAny>(quick.1).is_ok()
            {
                assert_eq!(quick, parsed);
            }
        }
    });
}

fn list_of(items: &[&[u8]]) -> Vec<u8> {
    let (mut meta, mut raw) = (Vec::new(), Vec::new());
    delimited(&mut meta, 2, b"42");
    delimited(&mut meta, 3, b"more");
    delimited(&mut raw, 1, &meta);
    whole(&mut raw, 9, 300);
    items.iter().for_each(|item| delimited(&mut raw, 2, item));
    envelope("v1", "PodList", &raw)
}

#[test]
fn fuzz_list_protobuf() {
    let seeds = [list_of(&[b"one", b"", &[7; 300]]), list_of(&[]), envelope("v1", "Pod", b"")];
    let target = Target::new("list-protobuf", Shape::Protobuf).seeds(seeds).longest(600);
    target.words(&["PodList", "v1", "k8s\0", "42"]).quick(2500).run(|input| {
        let _ = same(input, |pieces| {
            let next = |splitter: &mut split_protobuf::ListSplitter, input: &mut &[u8]| {
                splitter.next(input).map(|item| item.map(<[u8]>::to_vec))
            };
            let splitter = split_protobuf::ListSplitter::default();
            read(splitter, pieces, next, split_protobuf::ListSplitter::finish)
        });
    });
}

#[test]
fn fuzz_watch_protobuf() {
    let mut gone = Vec::new();
    delimited(&mut gone, 2, b"Failure");
    delimited(&mut gone, 3, b"too old resource version");
    delimited(&mut gone, 4, b"Expired");
    whole(&mut gone, 6, 410);
    let seed = [
        frame("ADDED", &envelope("v1", "Pod", b"\x0a\x03\x0a\x01a")),
        vec![0; 4],
        frame("DELETED", &envelope("v1", "Pod", &[3; 100])),
        frame("ERROR", &envelope("v1", "Status", &gone)),
    ]
    .concat();
    let target = Target::new("watch-protobuf", Shape::Bytes).seeds([seed]).longest(600);
    target.words(&["ADDED", "ERROR", "k8s\0", "\0\0\0\x05"]).quick(2000).run(|input| {
        let (frames, _) = same(input, |pieces| {
            let next = |frames: &mut FrameSplitter, input: &mut &[u8]| {
                frames.next(input).map(|frame| frame.map(<[u8]>::to_vec))
            };
            read(FrameSplitter::default(), pieces, next, |_| Ok(ListMeta::default()))
        });
        for frame in &frames {
            if let Some((kind, object)) = split_protobuf::watch_event(frame) {
                assert!(object.len() <= frame.len());
                if kind == EventKind::Error {
                    said(&errors::watch_error("watch pods", object).fault);
                }
            }
        }
    });
}

/// What a person is told: harmless, and not endless.
fn said(fault: &crate::model::Fault) {
    for text in [&fault.what, &fault.why, &fault.hint] {
        assert!(is_safe(text, &[]), "{text:?}");
        assert!(text.chars().count() <= 1200, "{} characters", text.chars().count());
    }
    assert!(fault.causes.len() <= 50);
    for cause in fault.causes.iter() {
        assert!(is_safe(&cause.field, &[]) && is_safe(&cause.message, &[]), "{cause:?}");
    }
}

#[test]
fn fuzz_status() {
    let mut proto = Vec::new();
    delimited(&mut proto, 2, b"Failure");
    delimited(&mut proto, 3, b"no \x1b[2J");
    delimited(&mut proto, 4, b"Invalid");
    delimited(&mut proto, 5, b"\x22\x0b\x0a\x01r\x12\x01m\x1a\x03a.b\x28\x05");
    whole(&mut proto, 6, 422);
    let seeds = [
        br#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Too large resource version: 9, current: 5","reason":"Timeout","details":{"retryAfterSeconds":1,"causes":[{"reason":"ResourceVersionTooLarge","message":"m","field":"spec.x"}]},"code":504}"#.to_vec(),
        br#"{"kind":"Status","message":"strict decoding error: unknown field \"spec.x\", duplicate field \"y\"","code":400}"#.to_vec(),
        br#"{"kind":"Status","message":"json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32","code":422}"#.to_vec(),
        b"<html><head><title>Log in \x1b[31m</title></head></html>".to_vec(),
        envelope("v1", "Status", &proto),
        b"no healthy upstream".to_vec(),
    ];
    let words = [
        "<title>",
        "</title>",
        "unknown field \"",
        " into Go struct field ",
        " of type ",
        "causes",
        "code",
    ];
    let target = Target::new("status", Shape::Json).seeds(seeds).words(&words).longest(1500);
    target.quick(1500).run(|input| {
        let mut random = of_input(input);
        let code = *random.pick(&[302, 400, 401, 403, 404, 409, 410, 422, 429, 500, 503, 504, 599]);
        let mut headers = HeaderMap::new();
        if let Ok(value) = http::HeaderValue::from_bytes(&input[..input.len().min(80)]) {
            headers.insert(header::RETRY_AFTER, value.clone());
            headers.insert(header::LOCATION, value);
        }
        let refusal =
            errors::refused("list pods", StatusCode::from_u16(code).unwrap(), &headers, input);
        said(&refusal.fault);
        let error = errors::watch_error("watch pods", input);
        said(&error.fault);
        let timing = super::Timing::default();
        for refusal in [refusal, error] {
            assert!(refusal.wait(&timing, timing.throttled) <= timing.retry_after_max);
        }
        let _ = errors::is_failure(input);
        if let Err(error) = serde_json::from_slice::<Vec<u8>>(input) {
            said(&errors::unreadable("read it", input, &error));
        }
    });
}
