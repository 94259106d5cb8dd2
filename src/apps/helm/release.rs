//! What a record of Helm's holds: one revision of a release, as JSON (`encodeRelease` in Helm's
//! `pkg/storage/driver/util.go`). Helm 3 and Helm 4 write the same, but that Helm 4 tells how it
//! applied, and leaves out moments that have not come where Helm 3 writes empty text.

use crate::kinds::build::timestamp;
use crate::model::{Fault, FaultKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Map, Value};
use std::fmt;
use std::io::{Read as _, Write as _};
use zeroize::Zeroizing;

/// Most bytes that a record may have when it is unpacked: etcd takes a megabyte, and gzip makes a
/// thousand of one.
const MAX_PLAIN: u64 = 50 << 20;

/// One revision of a release. It may hold passwords: it is neither logged nor shown as it is.
#[derive(Clone, PartialEq)]
pub struct Release {
    body: Value,
    /// Bytes of the record as it is stored.
    pub stored: usize,
}

impl fmt::Debug for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Release({} v{})", self.name(), self.revision())
    }
}

/// Something that is run at a moment of a release's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook<'a> {
    /// Name of its object.
    pub name: &'a str,
    /// Kind of its object.
    pub kind: &'a str,
    /// Its object, YAML.
    pub manifest: &'a str,
    /// When it runs: `pre-upgrade`.
    pub events: Vec<&'a str>,
    /// How it went last: `Succeeded`; empty where it never ran.
    pub phase: &'a str,
}

impl Release {
    /// Reads a record: a Secret or a ConfigMap.
    ///
    /// # Errors
    /// It is none, it is damaged, or too large to be true.
    pub fn of(record: &Value) -> Result<Self, Fault> {
        let name = record.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("it");
        let what = format!("read the record {name}");
        let damaged = |why: &str| Fault::new(FaultKind::Invalid, what.clone(), why);
        let data = record.pointer("/data/release").and_then(Value::as_str);
        let data = data.ok_or_else(|| damaged("it has no data.release"))?;
        // The API writes a Secret's data as base64, around that of Helm's own.
        let is_secret = record.get("kind").and_then(Value::as_str) != Some("ConfigMap");
        let inner = if is_secret {
            let inner = STANDARD.decode(data).map_err(|_| damaged("data.release is no base64"))?;
            Zeroizing::new(inner)
        } else {
            Zeroizing::new(data.as_bytes().to_vec())
        };
        let packed = STANDARD
            .decode(inner.trim_ascii())
            .map_err(|_| damaged("what is in data.release is no base64"))?;
        let packed = Zeroizing::new(packed);
        let mut plain = Zeroizing::new(Vec::new());
        // Its earliest versions did not pack.
        if packed.starts_with(&[0x1f, 0x8b, 0x08]) {
            GzDecoder::new(&packed[..])
                .take(MAX_PLAIN + 1)
                .read_to_end(&mut plain)
                .map_err(|_| damaged("it is cut off, or no gzip"))?;
        } else {
            plain.extend_from_slice(&packed);
        }
        if plain.len() as u64 > MAX_PLAIN {
            return Err(damaged("it has more than 50 MiB unpacked, which no release has"));
        }
        let body: Value = serde_json::from_slice(&plain)
            .map_err(|_| damaged("what is packed in it is no JSON"))?;
        if !body.is_object() || !body["info"].is_object() {
            return Err(damaged("what is packed in it is no release"));
        }
        Ok(Self { body, stored: inner.len() })
    }

    /// The release whose revision `after` is new, made from this one as Helm does it for a rollback
    /// (`prepareRollback` in Helm's `pkg/action/rollback.go`): pending. `at` in Unix seconds.
    pub fn rolled_back(&self, after: &Self, at: i64) -> Self {
        let moment = jiff::Timestamp::from_second(at).map(|at| at.to_string()).unwrap_or_default();
        let mut info = Map::new();
        let mut put = |key: &str, value: Value| {
            if value != Value::Null && value != "" {
                info.insert(key.into(), value);
            }
        };
        put("first_deployed", after.body["info"]["first_deployed"].clone());
        put("last_deployed", moment.into());
        put("description", format!("Rollback to {}", self.revision()).into());
        put("status", "pending-rollback".into());
        put("notes", self.body["info"]["notes"].clone());
        let mut body = Map::new();
        for key in ["name", "info", "chart", "config", "manifest", "hooks"] {
            let value =
                if key == "info" { Value::Object(info.clone()) } else { self.body[key].clone() };
            if value != Value::Null {
                body.insert(key.into(), value);
            }
        }
        body.insert("version".into(), (after.revision() + 1).into());
        body.insert("namespace".into(), after.namespace().into());
        body.insert("apply_method".into(), "ssa".into());
        Self { body: Value::Object(body), stored: 0 }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: &str) -> Self {
        self.body["info"]["status"] = status.into();
        self
    }

    /// The same as it is kept while it is taken away: since when, and in Helm's words.
    #[must_use]
    pub fn leaving(mut self, at: i64) -> Self {
        let moment = jiff::Timestamp::from_second(at).map(|at| at.to_string()).unwrap_or_default();
        self.body["info"]["deleted"] = moment.into();
        self.body["info"]["description"] = "Deletion in progress (or silently failed)".into();
        self.with_status("uninstalling")
    }

    /// As it is stored: base64 of gzipped JSON.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn packed(&self) -> Result<String, Fault> {
        let fault = |error: &dyn fmt::Display| {
            Fault::new(FaultKind::Other, format!("pack {:?}", self), error.to_string())
        };
        let plain = Zeroizing::new(serde_json::to_vec(&self.body).map_err(|e| fault(&e))?);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&plain).map_err(|e| fault(&e))?;
        Ok(STANDARD.encode(gzip.finish().map_err(|e| fault(&e))?))
    }

    fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or("")
    }

    fn moment(&self, pointer: &str) -> i64 {
        timestamp(self.text(pointer)).unwrap_or(0).max(0)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.text("/name")
    }

    /// The namespace that its objects go to where they name none.
    pub fn namespace(&self) -> &str {
        self.text("/namespace")
    }

    /// The number of this revision.
    pub fn revision(&self) -> u32 {
        self.body["version"].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
    }

    /// Helm's word for how it went.
    pub fn status(&self) -> &str {
        self.text("/info/status")
    }

    /// What Helm says of it: `Upgrade complete`.
    pub fn description(&self) -> &str {
        self.text("/info/description")
    }

    /// When the release was first deployed, Unix seconds; 0 where not known.
    pub fn first_deployed(&self) -> i64 {
        self.moment("/info/first_deployed")
    }

    /// When this revision was deployed, Unix seconds; 0 where not known.
    pub fn last_deployed(&self) -> i64 {
        self.moment("/info/last_deployed")
    }

    /// What the chart tells whoever installed it; may be empty.
    pub fn notes(&self) -> &str {
        self.text("/info/notes")
    }

    /// Name of the chart.
    pub fn chart(&self) -> &str {
        self.text("/chart/metadata/name")
    }

    /// Version of the chart.
    pub fn chart_version(&self) -> &str {
        self.text("/chart/metadata/version")
    }

    /// Version of what the chart brings; may be empty.
    pub fn app_version(&self) -> &str {
        self.text("/chart/metadata/appVersion")
    }

    /// `grafana-8.5.1`, as `helm list` shows it.
    pub fn chart_and_version(&self) -> String {
        match (self.chart(), self.chart_version()) {
            ("", _) => String::new(),
            (chart, "") => chart.to_owned(),
            (chart, version) => format!("{chart}-{version}"),
        }
    }

    /// Its objects without hooks, YAML of several documents.
    pub fn manifest(&self) -> &str {
        self.text("/manifest")
    }

    /// Its objects were applied by the server; Helm 3 knows only its own way.
    pub fn is_applied_by_server(&self) -> bool {
        self.text("/apply_method") == "ssa"
    }

    /// What is run at moments of its life.
    pub fn hooks(&self) -> Vec<Hook<'_>> {
        fn of<'a>(hook: &'a Value, pointer: &str) -> &'a str {
            hook.pointer(pointer).and_then(Value::as_str).unwrap_or("")
        }
        let hooks = self.body["hooks"].as_array().map_or(&[][..], Vec::as_slice);
        hooks
            .iter()
            .map(|hook| Hook {
                name: of(hook, "/name"),
                kind: of(hook, "/kind"),
                manifest: of(hook, "/manifest"),
                events: match hook["events"].as_array() {
                    Some(events) => events.iter().filter_map(Value::as_str).collect(),
                    None => Vec::new(),
                },
                phase: of(hook, "/last_run/phase"),
            })
            .collect()
    }

    /// Values that were given when it was deployed.
    pub fn given(&self) -> Value {
        match &self.body["config"] {
            Value::Object(values) => Value::Object(values.clone()),
            _ => Value::Object(Map::new()),
        }
    }

    /// All values: the chart's own with those that were given over them. Charts inside the chart are not
    /// in a record, nor are their own values.
    pub fn computed(&self) -> Value {
        let mut all = match &self.body["chart"]["values"] {
            Value::Object(values) => values.clone(),
            _ => Map::new(),
        };
        if let Value::Object(given) = &self.body["config"] {
            lay_over(&mut all, given);
        }
        Value::Object(all)
    }
}

/// Lays values over others: maps are merged, `null` takes a key out, everything else stands in place
/// of what was there (`CoalesceTables` in Helm's `pkg/chart/common/util/coalesce.go`).
fn lay_over(under: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (_, Value::Null) => {
                under.shift_remove(key);
            }
            (Some(Value::Object(under)), Value::Object(over)) => lay_over(under, over),
            _ => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}
