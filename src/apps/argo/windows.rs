//! Sync windows of a project: when an app may be synced (`pkg/apis/application/v1alpha1/types.go`,
//! `SyncWindows.CanSync`). argocd-server asks before it starts a sync; here, we do.

use super::cron::Cron;
use super::glob::matches;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::DateTime};
use serde_json::Value;

/// One window that is about the app.
#[derive(Clone, Debug)]
pub(super) struct Window {
    allow: bool,
    manual: bool,
    schedule: String,
    description: String,
    length: String,
    zone: String,
    read: Result<(Cron, SignedDuration), String>,
}

/// Whether a window is open, and when that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct When {
    /// It is open now.
    pub(super) open: bool,
    /// When it closes, or opens next, Unix seconds; 0 where it never will.
    pub(super) changes: i64,
}

/// The windows of a project that are about an Application, in the project's order.
pub(super) fn of(project: &Value, app: &Value) -> Vec<Window> {
    let windows = project["spec"]["syncWindows"].as_array();
    windows.into_iter().flatten().filter(|window| is_about(window, app)).map(read).collect()
}

/// One of its lists names the app; with `andOperator` all of those that it has.
fn is_about(window: &Value, app: &Value) -> bool {
    let destination = &app["spec"]["destination"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (server, cluster) = (text(&destination["server"]), text(&destination["name"]));
    let (name, namespace) = (text(&app["metadata"]["name"]), text(&destination["namespace"]));
    let named = |list: &str, texts: &[&str]| -> Option<bool> {
        let list = window[list].as_array().filter(|list| !list.is_empty())?;
        let mut globs = list.iter().filter_map(Value::as_str);
        Some(
            globs
                .any(|glob| texts.iter().any(|text| !text.is_empty() && matches(glob, text, None))),
        )
    };
    let said = [
        named("applications", &[name.as_str()]),
        named("clusters", &[server.as_str(), cluster.as_str()]),
        named("namespaces", &[namespace.as_str()]),
    ];
    let mut said = said.into_iter().flatten().peekable();
    if said.peek().is_none() {
        return false;
    }
    if window["andOperator"] == true { said.all(|named| named) } else { said.any(|named| named) }
}

fn read(window: &Value) -> Window {
    let text = |value: &Value| {
        crate::text::sanitise::clean(value.as_str().unwrap_or_default()).into_owned()
    };
    let (schedule, length) = (text(&window["schedule"]), text(&window["duration"]));
    let read = Cron::read(&schedule).and_then(|cron| Ok((cron, duration(&length)?)));
    Window {
        allow: window["kind"] == "allow",
        manual: window["manualSync"] == true,
        schedule,
        description: text(&window["description"]),
        length,
        zone: text(&window["timeZone"]),
        read,
    }
}

/// A length of time as Go writes it: `1h30m`, `90s`, `1.5h`.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("{text:?} is no length of time");
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        let after = &rest[digits..];
        let units = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        seconds += number
            * match &after[..units] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                _ => return Err(wrong()),
            };
        rest = &after[units..];
    }
    if text.is_empty() {
        return Err(wrong());
    }
    SignedDuration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

impl Window {
    /// `allow "nights"`, `deny 0 22 * * * for 6h`.
    pub(super) fn words(&self) -> String {
        let kind = if self.allow { "allow" } else { "deny" };
        let name = if self.description.is_empty() {
            String::new()
        } else {
            format!(" \"{}\"", self.description)
        };
        let zone = if self.zone.is_empty() || self.zone == "UTC" {
            String::new()
        } else {
            format!(" {}", self.zone)
        };
        let manual = if self.manual { ", manual syncs allowed" } else { "" };
        format!("{kind}{name} {} for {}{zone}{manual}", self.schedule, self.length)
    }

    /// It lets syncs through while it is open; otherwise it stops them.
    pub(super) fn allows(&self) -> bool {
        self.allow
    }

    /// The wall clock that its schedule is read by: a zone that nobody knows is UTC, as it is for
    /// Argo CD.
    fn clock(&self, now: i64) -> (DateTime, SignedDuration) {
        let now = Timestamp::from_second(now).unwrap_or_default();
        let zone = match self.zone.as_str() {
            "" => TimeZone::UTC,
            name => TimeZone::get(name).unwrap_or(TimeZone::UTC),
        };
        let offset = SignedDuration::from(zone.to_offset(now));
        (TimeZone::UTC.to_datetime(now).saturating_add(offset), offset)
    }

    /// How it stands at `now` (Unix seconds).
    ///
    /// # Errors
    /// Its schedule or its length cannot be read.
    pub(super) fn when(&self, now: i64) -> Result<When, String> {
        let (cron, length) = self
            .read
            .as_ref()
            .map_err(|why| format!("sync window {} cannot be read: {why}", self.schedule))?;
        let (clock, offset) = self.clock(now);
        let moment = |clock: DateTime| {
            let utc = TimeZone::UTC.to_timestamp(clock.saturating_sub(offset));
            utc.map(Timestamp::as_second).unwrap_or(0)
        };
        // The first begin that would not be over yet: it has begun, or it is the next one.
        let Some(mut begin) = cron.next(clock.saturating_sub(*length)) else {
            return Ok(When { open: false, changes: 0 });
        };
        if begin >= clock {
            return Ok(When { open: false, changes: moment(begin) });
        }
        // One that begins before this one is over prolongs it; some never close.
        let mut end = begin.saturating_add(*length);
        for _ in 0..400 {
            match cron.next(begin) {
                Some(next) if next <= end => {
                    begin = next;
                    end = next.saturating_add(*length);
                }
                _ => return Ok(When { open: true, changes: moment(end) }),
            }
        }
        Ok(When { open: true, changes: 0 })
    }
}

/// Why a sync that a person asks for cannot run at `now` (Unix seconds): which window stops it, and
/// when that changes. None where it can.
pub(super) fn stops(windows: &[Window], now: i64) -> Result<Option<(String, i64)>, String> {
    let mut denies = Vec::new();
    let mut closed = Vec::new();
    let mut allowed = false;
    for window in windows {
        let when = window.when(now)?;
        match (window.allow, when.open) {
            (false, true) => denies.push((window, when)),
            (true, true) => allowed = true,
            (true, false) => closed.push((window, when)),
            (false, false) => {}
        }
    }
    if !denies.is_empty() {
        let strict = denies.iter().find(|(window, _)| !window.manual);
        return Ok(strict.map(|(window, when)| (window.words(), when.changes)));
    }
    if allowed {
        return Ok(None);
    }
    if closed.iter().all(|(window, _)| window.manual) {
        return Ok(None);
    }
    // Whichever opens first.
    closed.sort_by_key(|(_, when)| if when.changes == 0 { i64::MAX } else { when.changes });
    Ok(closed.first().map(|(window, when)| (window.words(), when.changes)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::apps::argo::testing::{NOW, payments};
    use serde_json::json;

    fn windows(list: &Value) -> Vec<Window> {
        of(&json!({"spec": {"syncWindows": list}}), &payments())
    }

    fn window(kind: &str, schedule: &str, length: &str, manual: bool) -> Value {
        json!({"kind": kind, "schedule": schedule, "duration": length, "manualSync": manual,
            "applications": ["pay*"]})
    }

    #[test]
    fn what_argo_cd_would_let_a_person_sync() {
        // It is Saturday noon.
        let open_allow = || window("allow", "0 10 * * *", "4h", false);
        let closed_allow = |manual| window("allow", "0 22 * * *", "6h", manual);
        let open_deny = |manual| window("deny", "0 10 * * *", "4h", manual);
        let closed_deny = || window("deny", "0 22 * * *", "6h", false);
        for (list, stopped) in [
            (json!([]), false),
            (json!([open_allow()]), false),
            (json!([closed_allow(false)]), true),
            (json!([closed_allow(true)]), false),
            (json!([closed_allow(true), closed_allow(false)]), true),
            (json!([closed_allow(false), open_allow()]), false),
            (json!([open_deny(false)]), true),
            (json!([open_deny(true)]), false),
            (json!([open_deny(true), open_deny(false)]), true),
            (json!([open_deny(false), open_allow()]), true),
            (json!([closed_deny()]), false),
            (json!([closed_deny(), closed_allow(false)]), true),
            // A manual deny lets a manual sync through although no allow is open: the first rule wins.
            (json!([open_deny(true), closed_allow(false)]), false),
        ] {
            assert_eq!(stops(&windows(&list), NOW).unwrap().is_some(), stopped, "{list}");
        }
        let odd = windows(&json!([window("allow", "0 25 * * *", "6h", false)]));
        assert!(stops(&odd, NOW).unwrap_err().contains("0 25 * * *"));
    }

    #[test]
    fn a_window_opens_and_closes_on_its_own_clock() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        let mut list = json!([window("allow", "0 22 * * *", "6h", false)]);
        let when = |list: &Value, now: &str| windows(list)[0].when(at(now)).unwrap();
        let closed = when(&list, "2026-11-28T12:00:00Z");
        assert_eq!(closed, When { open: false, changes: at("2026-11-28T22:00:00Z") });
        let open = when(&list, "2026-11-29T01:00:00Z");
        assert_eq!(open, When { open: true, changes: at("2026-11-29T04:00:00Z") });
        // Argo CD: open if next(now - duration) < now. The very moment of its begin is not.
        assert!(!when(&list, "2026-11-28T22:00:00Z").open);
        assert!(!when(&list, "2026-11-29T04:00:00Z").open);
        list[0]["timeZone"] = "Asia/Tokyo".into();
        let tokyo = when(&list, "2026-11-28T12:00:00Z");
        assert_eq!(tokyo, When { open: false, changes: at("2026-11-28T13:00:00Z") });
        list[0]["timeZone"] = "Nowhere/Else".into();
        assert_eq!(when(&list, "2026-11-28T12:00:00Z"), closed);
        let always = json!([window("allow", "0 * * * *", "1h", false)]);
        assert_eq!(when(&always, "2026-11-28T12:30:00Z"), When { open: true, changes: 0 });
    }

    #[test]
    fn a_window_is_about_what_its_lists_name() {
        let about = |window: Value| windows(&json!([window])).len() == 1;
        assert!(about(json!({"applications": ["payments"]})));
        assert!(!about(json!({"applications": ["other"]})));
        assert!(about(json!({"namespaces": ["sh*"]})));
        assert!(about(json!({"clusters": ["https://kubernetes.default.svc"]})));
        assert!(about(json!({"applications": ["other"], "namespaces": ["shop"]})));
        assert!(!about(
            json!({"applications": ["other"], "namespaces": ["shop"], "andOperator": true})
        ));
        assert!(about(json!({"applications": ["*"], "namespaces": ["shop"], "andOperator": true})));
        assert!(!about(json!({})));
    }

    #[test]
    fn lengths_are_read_as_go_writes_them() {
        for (text, seconds) in [("1h", 3600), ("1h30m", 5400), ("90s", 90), ("1.5h", 5400)] {
            assert_eq!(duration(text).unwrap().as_secs(), seconds);
        }
        for text in ["", "h", "1", "1d", "-1h", "1h30", "1.2.3h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
