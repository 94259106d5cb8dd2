//! What a comparison asks, counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::drift::testing::catalogue;
use crate::text::mask::LAST_APPLIED;
use serde_json::json;

fn job(origin: Origin) -> Job {
    Job {
        cluster: ClusterId(1),
        catalogue: catalogue(),
        origin,
        only: Only::All,
        depth: Depth::Reads,
        rules: Arc::default(),
        before: None,
    }
}

fn name(number: usize) -> String {
    format!("n-{number:04}")
}

fn map(number: usize) -> Value {
    let applied = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"namespace": "shop", "name": name(number)}, "data": {"a": "1"}});
    let is = if number.is_multiple_of(10) { "2" } else { "1" };
    json!({"metadata": {"namespace": "shop", "name": name(number),
        "annotations": {LAST_APPLIED: applied.to_string()}}, "data": {"a": is}})
}

/// Answers lists page by page from this many ConfigMaps, the others with nothing. What was asked, how many
/// pieces of work there were, and what was found.
fn made(job: Job, maps: usize) -> (Vec<String>, usize, Vec<ObjectDrift>) {
    let mut inquiry = Inquiry::new(job);
    let (mut asked, mut pieces, mut found) = (Vec::new(), 0, Vec::new());
    loop {
        while inquiry.work() {
            pieces += 1;
        }
        let asks = inquiry.asks(10);
        found.extend(inquiry.news().into_iter().filter_map(|news| match news {
            News::Object(one) => Some(*one),
            _ => None,
        }));
        if asks.is_empty() && inquiry.is_over() {
            return (asked, pieces, found);
        }
        for (id, ask) in asks {
            let ErrandAsk::Read(read) = ask else { panic!("{ask:?}") };
            let number = |what: &str| {
                let text = read.path.split_once(what)?.1;
                text.split('&').next()?.parse::<usize>().ok()
            };
            let limit = number("limit=").expect("a list");
            let (mut items, mut token) = (Vec::new(), String::new());
            if read.path.contains("/configmaps?") {
                let from = number("continue=").unwrap_or(0);
                let to = (from + limit).min(maps);
                items = (from..to).map(map).collect();
                token = if to < maps { to.to_string() } else { String::new() };
            }
            asked.push(read.path);
            let list = json!({"metadata": {"continue": token}, "items": items});
            inquiry.answer(id, Ok(&list.to_string()));
        }
    }
}

fn drifted(found: &[ObjectDrift]) -> usize {
    found.iter().filter(|one| one.state == State::Changed).count()
}

#[test]
fn many_objects_are_read_by_lists_and_judged_in_pieces() {
    let of = |kind: &str, number| ObjectId {
        group: "".into(),
        kind: kind.into(),
        namespace: "shop".into(),
        name: name(number).into(),
    };
    let maps = (0..480).map(|number| of("ConfigMap", number));
    let services = (0..20).map(|number| of("Service", number));
    let (asked, pieces, found) = made(job(Origin::Objects(maps.chain(services).collect())), 480);
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(pieces >= 50, "others have their turn between: {pieces}");
    assert_eq!((found.len(), drifted(&found)), (500, 48));
    assert_eq!(found.iter().filter(|one| one.state == State::Missing).count(), 20);
}

#[test]
fn what_was_applied_in_a_namespace_is_judged_from_the_lists_that_found_it() {
    let (asked, _, found) = made(job(Origin::Applied("shop".into(), BTreeSet::new())), 300);
    let maps = asked.iter().filter(|path| path.contains("/configmaps?")).count();
    assert_eq!(maps, 2, "{asked:?}");
    // Every other kind that is served here is looked at once.
    assert_eq!(asked.len(), 5, "{asked:?}");
    assert_eq!((found.len(), drifted(&found)), (300, 30));
}

#[test]
fn what_kubectl_applied_on_the_server_is_found_too() {
    let entry = |manager: &str, operation: &str, field: &str| {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1",
            "time": "2026-11-28T10:00:00Z", "fieldsV1": {"f:data": {format!("f:{field}"): {}}}})
    };
    let object = |name: &str, applier: &str| {
        json!({"data": {"a": "1", "b": "1"}, "metadata": {"namespace": "shop", "name": name,
            "managedFields": [entry(applier, "Apply", "a"), entry("k9s", "Update", "b")]}})
    };
    let list = json!({"items": [object("mine", "kubectl"), object("theirs", "some-operator")]});
    let mut inquiry = Inquiry::new(job(Origin::Applied("shop".into(), BTreeSet::new())));
    let mut told = Vec::new();
    loop {
        while inquiry.work() {}
        let asks = inquiry.asks(10);
        told.extend(inquiry.news());
        if asks.is_empty() {
            break;
        }
        for (id, ask) in asks {
            let ErrandAsk::Read(read) = ask else { panic!("{ask:?}") };
            let of_maps = read.path.contains("/configmaps?");
            let list = if of_maps { list.to_string() } else { json!({"items": []}).to_string() };
            inquiry.answer(id, Ok(&list));
        }
    }
    let found: Vec<&ObjectDrift> = told
        .iter()
        .filter_map(|news| match news {
            News::Object(one) => Some(&**one),
            _ => None,
        })
        .collect();
    let [mine] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(mine.id.name, "mine");
    assert_eq!(mine.fields[0].change.path.to_string(), "data.b");
}
