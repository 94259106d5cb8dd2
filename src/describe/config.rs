//! Namespaces, configuration, accounts, quotas and limits.

use super::amount::Amount;
use super::ask::{Ask, Got, Key};
use super::conditions::{self, Column};
use super::meta::{self, target};
use super::node::Node;
use super::writer::{Cell, Out};
use super::{Context, Subject};
use crate::model::{FaultKind, Tone};
use crate::text::mask::MASK;
use std::collections::BTreeSet;

pub(super) fn namespace_asks(subject: &Subject) -> Vec<Ask> {
    let name = subject.name();
    vec![
        Ask::list(Key::Quotas, ("", "v1", "resourcequotas", "ResourceQuota"), name),
        Ask::list(Key::LimitRanges, ("", "v1", "limitranges", "LimitRange"), name),
    ]
}

pub(super) fn namespace(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    out.field(0, "Name", object.at("metadata.name").text());
    meta::labels_and_annotations(out, object);
    let phase = object.at("status.phase").text();
    let tone = if phase == "Active" { Tone::Good } else { Tone::Busy };
    out.field(0, "Status", Cell::toned(phase, tone));
    let columns = [Column::Transition, Column::Reason, Column::Message];
    conditions::write(out, object, context.now, &columns, true);
    for (key, title, write) in [
        (Key::Quotas, "Resource Quotas", quotas as fn(&[Node<'_>], &mut Out)),
        (Key::LimitRanges, "Resource Limits", limits),
    ] {
        match context.answers.got(&key) {
            // A server without them.
            Got::Fault(fault) if fault.kind == FaultKind::NotFound => {}
            Got::Here(list) => {
                out.blank();
                write(&list.get("items").items().collect::<Vec<_>>(), out);
            }
            Got::Waiting | Got::Fault(_) => {
                let why = context.answers.missing(&key).unwrap_or_default();
                out.blank();
                out.own(|out| out.field(0, title, Cell::toned(why, Tone::Warn)));
            }
        }
    }
}

/// What a scope of a quota means.
fn scope_help(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
        }
        _ => return None,
    })
}

fn scopes(out: &mut Out, level: usize, quota: Node<'_>, bullet: &str) {
    let mut scopes = quota.at("spec.scopes").texts();
    if scopes.is_empty() {
        return;
    }
    scopes.sort_unstable();
    out.field(level, "Scopes", scopes.join(", "));
    for help in scopes.iter().filter_map(|scope| scope_help(scope)) {
        out.line(level, format!("{bullet}* {help}"));
    }
}

/// A quota that is used up is told by its colour.
fn usage(out: &mut Out, level: usize, name: &str, used: String, hard: String) {
    let full = match (Amount::parse(&used), Amount::parse(&hard)) {
        (Some(used), Some(hard)) => used.is_positive() && !hard.exceeds(used),
        _ => false,
    };
    let tone = if full { Tone::Warn } else { Tone::Plain };
    out.row(level, [name.into(), Cell::toned(used, tone), hard.into()]);
}

fn quotas(quotas: &[Node<'_>], out: &mut Out) {
    if quotas.is_empty() {
        return out.line(0, "No resource quota.");
    }
    let mut quotas = quotas.to_vec();
    quotas.sort_by_key(|quota| quota.at("metadata.name").str());
    out.line(0, Cell::label("Resource Quotas"));
    for quota in quotas {
        let (name, namespace) =
            (quota.at("metadata.name").str(), quota.at("metadata.namespace").str());
        out.field(1, "Name", Cell::link(name, target("", "ResourceQuota", namespace, name)));
        scopes(out, 1, quota, "");
        out.titles(1, &["Resource", "Used", "Hard"]);
        out.row(1, ["--------", "---", "---"].map(Cell::label));
        for (name, hard) in quota.at("status.hard").entries() {
            let used = quota.at("status.used").get(name).or("0");
            usage(out, 1, name, used, hard.text());
        }
    }
}

pub(super) fn resource_quota(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    meta::name(out, object);
    scopes(out, 0, object, " ");
    out.table(0, &["Resource", "Used", "Hard"]);
    for (name, hard) in object.at("status.hard").entries() {
        let mut used = object.at("status.used").get(name).or("0");
        // What is used is told in the units of what is allowed.
        if let (Some(amount), Some(hard)) = (Amount::parse(&used), Amount::parse(&hard.text())) {
            used = amount.like(hard).map_or(used, |amount| amount.to_string());
        }
        usage(out, 0, name, used, hard.text());
    }
}

const LIMITS: [&str; 7] = [
    "Type",
    "Resource",
    "Min",
    "Max",
    "Default Request",
    "Default Limit",
    "Max Limit/Request Ratio",
];

fn limits(ranges: &[Node<'_>], out: &mut Out) {
    if ranges.is_empty() {
        return out.line(0, "No LimitRange resource.");
    }
    out.line(0, Cell::label("Resource Limits"));
    let dashes = LIMITS.map(|title| "-".repeat(title.len()));
    let set_in = |cells: Vec<Cell>| {
        cells
            .into_iter()
            .enumerate()
            .map(|(at, cell)| if at == 0 { Cell::label(" ").and(cell) } else { cell })
            .collect::<Vec<_>>()
    };
    out.row(0, set_in(LIMITS.map(Cell::label).to_vec()));
    out.row(0, set_in(dashes.map(Cell::label).to_vec()));
    for range in ranges {
        for row in limit_rows(*range) {
            out.row(0, set_in(row));
        }
    }
}

fn limit_rows(range: Node<'_>) -> Vec<Vec<Cell>> {
    const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    let mut rows = Vec::new();
    for item in range.at("spec.limits").items() {
        let names: BTreeSet<&str> = FIELDS
            .iter()
            .flat_map(|field| item.get(field).entries())
            .map(|(name, _)| name)
            .collect();
        for name in names {
            let mut row: Vec<Cell> = vec![item.get("type").text().into(), name.into()];
            row.extend(FIELDS.iter().map(|field| Cell::from(item.get(field).get(name).or("-"))));
            rows.push(row);
        }
    }
    rows
}

pub(super) fn limit_range(context: &Context<'_>, out: &mut Out) {
    meta::name(out, context.object);
    out.table(0, &LIMITS);
    for row in limit_rows(context.object) {
        out.row(0, row);
    }
}

pub(super) fn config_map(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    meta::header(out, object);
    out.blank();
    out.line(0, Cell::label("Data"));
    out.line(0, Cell::label("===="));
    for (key, value) in object.get("data").entries() {
        out.head(0, key);
        out.line(0, Cell::label("----"));
        out.line(0, value.text());
        out.blank();
    }
    out.blank();
    out.line(0, Cell::label("BinaryData"));
    out.line(0, Cell::label("===="));
    for (key, value) in object.get("binaryData").entries() {
        let words = size(value.str()).unwrap_or_else(|| "unreadable".to_owned());
        out.line(0, Cell::label(format!("{key}: ")).and(words));
    }
    out.blank();
}

/// `12 bytes`: how much base64 text holds. None where it is masked.
fn size(base64: &str) -> Option<String> {
    if base64 == MASK {
        return None;
    }
    let digits = base64.bytes().filter(|b| !matches!(b, b'=' | b'\n' | b'\r')).count();
    Some(format!("{} bytes", digits * 3 / 4))
}

/// Values are never told, of whatever type the Secret is: kubectl shows tokens of accounts.
pub(super) fn secret(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    meta::header(out, object);
    out.blank();
    out.field(0, "Type", object.get("type").text());
    out.blank();
    out.line(0, Cell::label("Data"));
    out.line(0, Cell::label("===="));
    for (key, value) in object.get("data").entries() {
        out.field(0, key, size(value.str()).unwrap_or_else(|| MASK.to_owned()));
    }
}

pub(super) fn service_account(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    meta::header(out, object);
    let secrets = object.get("imagePullSecrets").items().map(|secret| {
        let name = secret.get("name");
        Cell::link(name.text(), target("", "Secret", context.namespace, name.str()))
    });
    meta::list(out, 0, "Image pull secrets", secrets.collect());
}
