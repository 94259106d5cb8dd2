//! CertificateSigningRequest.

use super::condition::{self, Condition};
use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::{Cell, Health, Tone};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "certificates.k8s.io",
    plural: "certificatesigningrequests",
    kind: "CertificateSigningRequest",
    namespaced: false,
    columns: &[
        ColumnSpec::age(),
        ColumnSpec::text("SIGNERNAME").drop(4),
        ColumnSpec::text("REQUESTOR").drop(3),
        ColumnSpec::text("REQUESTEDDURATION").drop(5),
        ColumnSpec::text("CONDITION").drop(0),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::CERTIFICATE_SIGNING_REQUEST)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    signer_name: Str<'a>,
    username: Str<'a>,
    expiration_seconds: Option<i64>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow)]
    certificate: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    row.text_or_none(&facts.spec.signer_name);
    row.text(&facts.spec.username, Tone::Plain);
    match facts.spec.expiration_seconds {
        Some(seconds) => row.cell(Cell::Seconds(seconds)),
        None => row.none(),
    }

    // A condition of these types counts by being there, whatever its status: the server's rule.
    let has = |kind: &str| condition::find(&facts.status.conditions, kind).is_some();
    let (denied, failed) = (has("Denied"), has("Failed"));
    let issued = !facts.status.certificate.is_empty();
    let mut text = match (denied, has("Approved")) {
        (true, _) => "Denied",
        (false, true) => "Approved",
        (false, false) => "Pending",
    }
    .to_owned();
    if failed {
        text.push_str(",Failed");
    }
    if issued {
        text.push_str(",Issued");
    }
    let (tone, health) = match (failed, denied, issued) {
        (true, _, _) => (Tone::Bad, Health::Degraded),
        (_, true, _) => (Tone::Warn, Health::Degraded),
        (_, _, true) => (Tone::Good, Health::Healthy),
        _ => (Tone::Busy, Health::Progressing),
    };
    row.text(&text, tone);
    row.health(health);
    if tone != Tone::Good {
        row.tone(tone);
    }
    Ok(())
}
