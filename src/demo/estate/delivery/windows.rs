//! Sync windows of a project that begin at one time of every day, which is all that the estate has.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::Value;

/// Whether a sync may run now. Denying windows that are open come first; where some allow, one of
/// them has to be open. A manual sync passes those that let it.
pub fn allows(project: &Value, app: &Value, manual: bool, now: i64) -> bool {
    let name = app["metadata"]["name"].as_str().unwrap_or_default();
    let windows = project["spec"]["syncWindows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let matching = windows.iter().filter(|window| {
        let names = window["applications"].as_array();
        names.into_iter().flatten().any(|one| one == "*" || one == name)
    });
    let (mut denied, mut open, mut shut) = (Vec::new(), 0, Vec::new());
    for window in matching {
        match (window["kind"] == "deny", is_open(window, now)) {
            (true, true) => denied.push(window),
            (true, false) => {}
            (false, true) => open += 1,
            (false, false) => shut.push(window),
        }
    }
    let passes = |list: &[&Value]| manual && list.iter().all(|one| one["manualSync"] == true);
    if !denied.is_empty() {
        return passes(&denied);
    }
    open > 0 || shut.is_empty() || passes(&shut)
}

/// Whether a window that opens daily is open at this moment (Unix seconds).
fn is_open(window: &Value, now: i64) -> bool {
    let text = |field: &str| window[field].as_str().unwrap_or_default();
    let mut fields = text("schedule").split(' ').map(|field| field.parse::<i8>());
    let (Some(Ok(minute)), Some(Ok(hour))) = (fields.next(), fields.next()) else { return false };
    let Ok(length) = text("duration").parse::<SignedDuration>() else { return false };
    let zone = TimeZone::get(text("timeZone")).unwrap_or(TimeZone::UTC);
    let Ok(now) = Timestamp::from_second(now) else { return false };
    let now = now.to_zoned(zone);
    let today = now.with().hour(hour).minute(minute).second(0).subsec_nanosecond(0).build();
    let begun = today.and_then(|at| if at > now { at.checked_sub(1.day()) } else { Ok(at) });
    begun.is_ok_and(|at| now.duration_since(&at) < length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// 2026-03-02T09:30:00Z.
    const MORNING: i64 = 1_772_443_800;

    #[test]
    fn a_window_is_open_from_its_time_of_day_on_for_as_long_as_it_lasts() {
        let window = |kind: &str, schedule: &str, manual: bool| {
            json!({"spec": {"syncWindows": [{"kind": kind, "schedule": schedule, "duration": "6h",
                "applications": ["web"], "manualSync": manual, "timeZone": "UTC"}]}})
        };
        let app = json!({"metadata": {"name": "web"}});
        let other = json!({"metadata": {"name": "api"}});
        for (kind, schedule, manual, by_itself, by_hand) in [
            ("allow", "0 22 * * *", true, false, true),
            ("allow", "0 22 * * *", false, false, false),
            ("allow", "0 4 * * *", false, true, true),
            ("deny", "0 4 * * *", false, false, false),
            ("deny", "0 4 * * *", true, false, true),
            ("deny", "0 22 * * *", false, true, true),
        ] {
            let project = window(kind, schedule, manual);
            assert_eq!(allows(&project, &app, false, MORNING), by_itself, "{kind} {schedule}");
            assert_eq!(allows(&project, &app, true, MORNING), by_hand, "{kind} {schedule}");
            assert!(allows(&project, &other, false, MORNING));
        }
    }
}
