//! CronJob.

use super::build::timestamp;
use super::containers::Template;
use super::de::{Meta, Str, nullable};
use super::health::Verdict;
use super::pod_selector::Selector;
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, workload};
use crate::model::{Cell, Health, Link, Tone};
use crate::text::Text;
use serde::Deserialize;
use serde::de::IgnoredAny;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "batch",
    plural: "cronjobs",
    kind: "CronJob",
    namespaced: true,
    columns: &[
        ColumnSpec::text("SCHEDULE").drop(1),
        ColumnSpec::text("TIMEZONE").drop(6),
        ColumnSpec::text("SUSPEND").drop(2),
        ColumnSpec::number("ACTIVE").drop(2),
        ColumnSpec::clock("LAST SCHEDULE").drop(1),
        ColumnSpec::clock("LAST SUCCESS").ours().drop(3),
        ColumnSpec::age(),
        ColumnSpec::text("CONTAINERS").wide(),
        ColumnSpec::text("IMAGES").wide(),
        ColumnSpec::text("SELECTOR").wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::CRON_JOB)),
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    schedule: Str<'a>,
    time_zone: Option<Str<'a>>,
    suspend: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    job_template: JobTemplate<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JobTemplate<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    spec: JobSpec<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JobSpec<'a> {
    #[serde(borrow)]
    selector: Option<Selector<'a>>,
    #[serde(deserialize_with = "nullable")]
    template: Template<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(deserialize_with = "nullable")]
    active: Vec<IgnoredAny>,
    #[serde(borrow)]
    last_schedule_time: Str<'a>,
    last_successful_time: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec, status } = object.read()?;
    row.meta(&metadata);
    let verdict = judge(&metadata, &spec, &status);
    row.text(&spec.schedule, Tone::Plain);
    match &spec.time_zone {
        Some(zone) => row.text(zone, Tone::Plain),
        None => row.none(),
    }
    match spec.suspend {
        Some(true) => row.text("True", Tone::Warn),
        Some(false) => row.text("False", Tone::Plain),
        None => row.text("<unset>", Tone::Dim),
    }
    row.cell(Cell::Int(i64::try_from(status.active.len()).unwrap_or(i64::MAX)));
    match timestamp(&status.last_schedule_time) {
        Some(at) => row.cell(Cell::Since(at)),
        None => row.none(),
    }
    row.cell(timestamp(&status.last_successful_time).map_or(Cell::Empty, Cell::Since));
    let job = &spec.job_template.spec;
    workload::template(row, &job.template);
    workload::selector(row, job.selector.as_ref());
    let link = Link::Children {
        plural: arcstr::literal!("jobs.batch"),
        namespace: row.shared(&metadata.namespace),
        labels: Text::new(),
        fields: Text::new(),
        owner: row.unique(&format!("CronJob/{}", &*metadata.name)),
    };
    row.link(link);
    workload::verdict(row, verdict);
    Ok(())
}

fn judge(meta: &Meta<'_>, spec: &Spec<'_>, status: &Status<'_>) -> Verdict {
    if !meta.deletion_timestamp.is_empty() {
        return Verdict::busy("Terminating");
    }
    if spec.suspend == Some(true) {
        return Verdict::suspended("Suspended");
    }
    if !status.active.is_empty() {
        return Verdict::healthy("Running");
    }
    // The controller notes the start and the job together, and the end and the success together: a
    // start without a later success, and nothing running, is a run that failed.
    match (timestamp(&status.last_schedule_time), timestamp(&status.last_successful_time)) {
        (Some(started), succeeded) if succeeded.is_none_or(|at| at < started) => {
            Verdict { health: Health::Degraded, tone: Tone::Warn, word: "Failed" }
        }
        _ => Verdict::healthy("Waiting"),
    }
}
