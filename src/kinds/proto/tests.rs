//! The same objects through JSON and protobuf, and bytes that are no objects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::encode::{delimited, encode, envelope, whole};
use super::{
    Envelope, Error, Field, Kind, Message, Reader, Value, fill, from_message, from_slice, messages,
};
use crate::kinds::build::Pool;
use crate::kinds::de::Str;
use crate::kinds::tests::{objects, stem};
use crate::kinds::{KindSpec, Object, RowBuilder, SPECS};
use crate::model::Row;
use proptest::prelude::*;

/// A kind, its message, and an object of it as JSON and as protobuf.
type Fixture = (&'static KindSpec, &'static Message, String, Vec<u8>);

/// Every fixture object of every kind that has a message, with its protobuf.
fn all() -> Vec<Fixture> {
    let mut all = Vec::new();
    for spec in SPECS {
        let Some((_, message)) = spec.proto else { continue };
        for object in objects(&stem(spec)) {
            let json = object.get().to_owned();
            // A field of autoscaling/v1, whose message is another one.
            if json.contains("targetCPUUtilizationPercentage") {
                continue;
            }
            if let Some(bytes) = encode(message, &serde_json::from_str(&json).unwrap()) {
                all.push((*spec, message, json, bytes));
            }
        }
    }
    all
}

fn row(spec: &KindSpec, object: Object<'_>) -> Result<Row, String> {
    row_in(&mut Pool::default(), spec, object)
}

fn row_in(pool: &mut Pool, spec: &KindSpec, object: Object<'_>) -> Result<Row, String> {
    let mut row = RowBuilder::new(pool);
    (spec.project)(object, &mut row)?;
    Ok(row.finish())
}

#[test]
fn rows_are_the_same_however_the_object_came() {
    let all = all();
    for (spec, message, json, bytes) in &all {
        let by_json = row(spec, Object::Json(json.as_bytes()));
        let by_protobuf = row(spec, Object::Protobuf(message, bytes));
        assert_eq!(by_protobuf, by_json, "{} {json}", spec.kind);
    }
    let kinds = SPECS.iter().filter(|spec| spec.proto.is_some());
    for spec in kinds {
        assert!(all.iter().any(|(of, ..)| of.kind == spec.kind), "{} has no object", spec.kind);
    }
    assert!(all.len() > 200, "{}", all.len());
}

/// Lists are kept from object to object, and nothing that is in them.
#[test]
fn an_object_leaves_room_for_the_next_and_nothing_else() {
    let (all, mut pool) = (all(), Pool::default());
    let pods: Vec<&Fixture> = all.iter().filter(|(spec, ..)| spec.plural == "pods").collect();
    for before in &pods {
        for (spec, message, json, bytes) in &pods {
            let (_, _, _, whole) = before;
            for end in [whole.len(), whole.len() - 1] {
                let _ = row_in(&mut pool, spec, Object::Protobuf(message, &whole[..end]));
                let after = row_in(&mut pool, spec, Object::Protobuf(message, bytes));
                assert_eq!(after, row(spec, Object::Protobuf(message, bytes)), "{json}");
            }
        }
    }
    assert!(pods.len() > 10);
}

/// Each table ascends, or fields would not be found in it.
#[test]
fn fields_are_found_by_their_numbers() {
    fn walk(message: &'static Message, seen: &mut Vec<&'static str>) {
        if seen.contains(&message.name) {
            return;
        }
        seen.push(message.name);
        assert!(message.fields.is_sorted_by_key(|field| field.number), "{}", message.name);
        for field in message.fields {
            assert!(std::ptr::eq(message.field(field.number).unwrap(), field));
            let held = if let Kind::Map(held) = field.kind { held } else { &field.kind };
            if let Kind::Message(inner) | Kind::Inline(inner) = held {
                walk(inner, seen);
            }
        }
        let last = message.fields.last().map_or(0, |field| field.number);
        for number in 0..last + 2 {
            let there = message.fields.iter().any(|field| field.number == number);
            assert_eq!(message.field(number).is_some(), there, "{} {number}", message.name);
        }
    }
    let mut seen = Vec::new();
    for (_, message) in SPECS.iter().filter_map(|spec| spec.proto) {
        walk(message, &mut seen);
    }
    assert!(seen.len() > 100);
}

#[test]
fn an_object_that_ends_early_is_an_error_or_less_of_it() {
    let (spec, message, _, bytes) =
        all().into_iter().filter(|(spec, ..)| spec.plural == "pods").nth(1).unwrap();
    for end in 0..bytes.len() {
        // Where it ends between two fields, nothing can be wrong with it.
        let _ = row(spec, Object::Protobuf(message, &bytes[..end]));
    }
    let cut = row(spec, Object::Protobuf(message, &bytes[..bytes.len() - 1]));
    assert!(cut.unwrap_err().contains("it ends within a field"));
}

static INNER: Message = Message { name: "INNER", fields: &[one(1, "deep", Kind::Text, false)] };
static EVERY: Message = Message {
    name: "EVERY",
    fields: &[
        one(1, "text", Kind::Text, false),
        one(2, "empty", Kind::Text, true),
        one(3, "ints", Kind::Int, true),
        one(4, "time", Kind::Time, true),
        one(5, "micro", Kind::MicroTime, true),
        one(6, "either", Kind::IntOrString, true),
        one(7, "", Kind::Inline(&INNER), true),
        one(8, "map", Kind::Map(&Kind::Quantity), false),
        one(9, "bytes", Kind::Bytes, false),
        one(10, "flag", Kind::Bool, false),
        one(11, "fraction", Kind::Double, false),
        one(12, "opaque", Kind::Skip, false),
        one(20, "last", Kind::Int, false),
    ],
};

const fn one(number: u32, name: &'static str, kind: Kind, zero: bool) -> Field {
    let many = number == 3;
    Field { number, name, kind, many, zero }
}

fn read(bytes: &[u8]) -> Result<serde_json::Value, Error> {
    from_slice(&EVERY, bytes)
}

#[test]
fn every_kind_of_field_reads_as_json_has_it() {
    let json = serde_json::json!({
        "text": "ä", "empty": "", "ints": [1, -2, i64::MAX], "time": "2026-02-28T23:59:59Z",
        "micro": "1969-12-31T23:59:59.000123Z", "either": "80%", "deep": "in",
        "map": {"cpu": "1", "memory": "2Gi"}, "bytes": "AAEC", "flag": true, "fraction": 0.5,
        "last": -1,
    });
    let bytes = encode(&EVERY, &json).unwrap();
    assert_eq!(read(&bytes).unwrap(), json);
    // Numbers that the table does not know are passed over, and so is what is not read.
    let mut more = bytes.clone();
    for number in [12, 13, 19, 21, 536_870_911] {
        delimited(&mut more, number, b"what?");
    }
    assert_eq!(read(&more).unwrap(), json);
    // What is zero is left out where JSON leaves it out.
    let mut zeros = Vec::new();
    for number in [1, 2, 4, 5, 9] {
        delimited(&mut zeros, number, b"");
    }
    whole(&mut zeros, 10, 0);
    whole(&mut zeros, 20, 0);
    assert_eq!(
        read(&zeros).unwrap(),
        serde_json::json!({"empty": "", "time": null, "micro": null})
    );
    let mut packed = Vec::new();
    delimited(&mut packed, 3, &[1, 0xac, 2]);
    whole(&mut packed, 3, 7);
    assert_eq!(read(&packed).unwrap()["ints"], serde_json::json!([1, 300, 7]));
    let mut number = Vec::new();
    delimited(&mut number, 6, &[0x10, 80]);
    assert_eq!(read(&number).unwrap(), serde_json::json!({"either": 80}));
}

#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
struct Told<'a> {
    #[serde(borrow)]
    text: Str<'a>,
    empty: Option<Str<'a>>,
    ints: Vec<i64>,
    time: Option<Str<'a>>,
    micro: Option<Str<'a>>,
    #[serde(rename = "deep")]
    inner: Str<'a>,
    map: Two<'a>,
    flag: bool,
    opaque: Option<Str<'a>>,
    last: Option<i64>,
}

from_message!(Told<'de> { text, empty, ints, time, micro, inner = "deep", map, flag, opaque, last });

#[derive(Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
struct Two<'a> {
    #[serde(borrow)]
    cpu: Str<'a>,
    memory: Str<'a>,
}

from_message!(Two<'de> { cpu, memory });

/// Both ways to read a message.
fn both(bytes: &[u8]) -> [Result<Told<'_>, Error>; 2] {
    let mut filled = Told::default();
    let told = fill(&mut filled, &EVERY, bytes).map(|()| filled);
    [told, from_slice(&EVERY, bytes)]
}

#[test]
fn what_is_filled_in_place_is_what_serde_reads() {
    let json = serde_json::json!({
        "text": "ä", "empty": "", "ints": [1, -2, i64::MAX], "time": "2026-02-28T23:59:59Z",
        "micro": "1969-12-31T23:59:59.000123Z", "either": "80%", "deep": "in",
        "map": {"cpu": "1", "pods": "3", "memory": "2Gi"}, "bytes": "AAEC", "flag": true,
        "fraction": 0.5, "last": -1,
    });
    let bytes = encode(&EVERY, &json).unwrap();
    let [filled, read] = both(&bytes);
    let (filled, read) = (filled.unwrap(), read.unwrap());
    assert_eq!(filled, read);
    assert_eq!((&*filled.inner, &*filled.map.memory, filled.last), ("in", "2Gi", Some(-1)));
    let mut zeros = Vec::new();
    for number in [1, 2, 4, 5, 12] {
        delimited(&mut zeros, number, b"");
    }
    whole(&mut zeros, 10, 0);
    whole(&mut zeros, 20, 0);
    let [filled, read] = both(&zeros);
    assert_eq!(filled, read);
    assert_eq!(filled.unwrap().empty, Some(Str::default()));
    let mut packed = Vec::new();
    delimited(&mut packed, 3, &[1, 0xac, 2]);
    whole(&mut packed, 3, 7);
    let [filled, read] = both(&packed);
    assert_eq!(filled, read);
    for wrong in
        [&[0x0a, 5, b'x'][..], &[0x08, 1], &[0x1a, 1, 0x80], &[0x0a, 1, 0xff], &[0x50 | 2, 1, 1]]
    {
        let [filled, read] = both(wrong);
        assert!(filled.is_err() && filled == read, "{wrong:?} {filled:?} {read:?}");
    }
}

#[test]
fn times_are_written_as_go_writes_them() {
    for text in [
        "0001-01-01T00:00:01Z",
        "1600-02-29T12:00:00Z",
        "1970-01-01T00:00:00Z",
        "2000-02-29T00:00:00Z",
        "2024-12-31T23:59:59Z",
        "2100-03-01T00:00:00Z",
        "9999-12-30T00:00:00Z",
    ] {
        let json = serde_json::json!({ "time": text });
        assert_eq!(read(&encode(&EVERY, &json).unwrap()).unwrap(), json);
    }
    let mut late = Vec::new();
    whole(&mut late, 1, u64::MAX >> 1);
    let mut bytes = Vec::new();
    delimited(&mut bytes, 4, &late);
    assert_eq!(read(&bytes), Err(Error::Wire("a time that no calendar has")));
}

#[test]
fn what_is_no_message_is_an_error() {
    for (bytes, why) in [
        (&[0x0a, 5, b'x'][..], "it ends within a field"),
        (&[0x0a], "it ends within a number"),
        (&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], "within a field"),
        (&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2], "more than 64 bits"),
        (&[0x80; 12], "more than 64 bits"),
        (&[0x0b, 0x0c], "a wire type that is not used"),
        (&[0x02, 0], "a field number that cannot be"),
        (&[0x08, 1], "another type than expected"),
        (&[0x1a, 1, 0x80], "it ends within a number"),
        (&[0x0a, 1, 0xff], "not UTF-8"),
    ] {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.contains(why), "{bytes:?}: {error}");
    }
    // A list that goes on behind another field.
    #[derive(Debug, serde::Deserialize)]
    struct Ints {
        #[allow(dead_code)]
        ints: Vec<i64>,
    }
    let twice = [0x18, 1, 0x18, 2, 0x52, 0, 0x18, 3];
    let error = from_slice::<Ints>(&EVERY, &twice).unwrap_err().to_string();
    assert!(error.contains("duplicate field"), "{error}");
}

static ENDLESS: Message = Message {
    name: "ENDLESS",
    fields: &[
        one(1, "again", Kind::Message(&ENDLESS), false),
        one(2, "", Kind::Inline(&ENDLESS), false),
    ],
};

#[derive(Debug, Default)]
struct Again {
    again: Vec<Again>,
}

from_message!(Again { again });

#[test]
fn nesting_has_an_end_in_place_too() {
    for number in [1, 2] {
        let mut bytes = Vec::new();
        let depth = (0..100).find(|_| {
            let result = fill(&mut Again::default(), &ENDLESS, &bytes);
            let mut outer = Vec::new();
            delimited(&mut outer, number, &bytes);
            bytes = outer;
            result.is_err()
        });
        assert_eq!(depth, Some(64));
    }
}

#[test]
fn nesting_has_an_end() {
    for (number, most) in [(1, 63), (2, 2)] {
        let mut bytes = Vec::new();
        let mut depth = 0;
        let error = loop {
            match from_slice::<serde_json::Value>(&ENDLESS, &bytes) {
                Ok(_) => {}
                Err(error) => break error,
            }
            let mut outer = Vec::new();
            delimited(&mut outer, number, &bytes);
            bytes = outer;
            depth += 1;
        };
        assert_eq!((error, depth - 1), (Error::Wire("it is nested too deep"), most));
    }
}

#[test]
fn an_envelope_tells_what_is_in_it() {
    let whole = envelope("v1", "Status", b"raw");
    let opened = Envelope::open(&whole).unwrap();
    assert_eq!((opened.api_version, opened.kind, opened.raw), ("v1", "Status", &b"raw"[..]));
    assert!(Envelope::open(b"{}").is_err());
    assert!(Envelope::open(&whole[..10]).is_err());
}

proptest! {
    /// Whatever is done to an object's bytes: an error or a row, and an end.
    #[test]
    fn broken_objects_never_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        end in any::<prop::sample::Index>(),
    ) {
        static ALL: std::sync::LazyLock<Vec<Fixture>> = std::sync::LazyLock::new(all);
        let (spec, message, _, bytes) = which.get(&ALL);
        let mut bytes = bytes.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = row(spec, Object::Protobuf(message, &bytes));
        bytes.truncate(end.index(bytes.len()) + 1);
        let _ = row(spec, Object::Protobuf(message, &bytes));
    }

    /// Bytes of any kind: every field takes at least one of them.
    #[test]
    fn any_bytes_have_an_end(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut fields = Reader::new(&bytes);
        let mut count = 0;
        while let Ok(Some(_)) = fields.field() {
            count += 1;
        }
        prop_assert!(count <= bytes.len());
        let _ = from_slice::<serde_json::Value>(&messages::POD, &bytes);
        let _ = Envelope::open(&bytes);
    }

    #[test]
    fn numbers_come_back(number in any::<u64>()) {
        let mut bytes = Vec::new();
        whole(&mut bytes, 5, number);
        prop_assert_eq!(Reader::new(&bytes).field(), Ok(Some((5, Value::Varint(number)))));
    }
}
