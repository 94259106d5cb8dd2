//! Label selectors, matched with labels written as `a=b,c=d`.

/// The conditions of a selector: split at the commas that are not within parentheses.
fn conditions(selector: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    selector
        .split(move |c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ',' && depth == 0
        })
        .map(str::trim)
        .filter(|condition| !condition.is_empty())
}

/// Whether labels meet every condition of a selector; an empty selector is met by all.
pub fn matches(selector: &str, labels: &str) -> bool {
    met(selector, |key| {
        labels.split(',').find_map(|pair| {
            let (k, v) = pair.split_once('=')?;
            (k == key).then_some(v)
        })
    })
}

/// The same with labels that are looked up by their key.
pub fn met<'v>(selector: &str, value: impl Fn(&str) -> Option<&'v str>) -> bool {
    let within = |list: &str, found: &str| {
        let list = list.trim().trim_start_matches('(').trim_end_matches(')');
        list.split(',').any(|one| one.trim() == found)
    };
    conditions(selector).all(|condition| {
        if let Some((key, list)) = condition.split_once(" notin ") {
            value(key.trim()).is_none_or(|found| !within(list, found))
        } else if let Some((key, list)) = condition.split_once(" in ") {
            value(key.trim()).is_some_and(|found| within(list, found))
        } else if let Some(key) = condition.strip_prefix('!') {
            value(key).is_none()
        } else if let Some((key, other)) = condition.split_once("!=") {
            value(key.trim()) != Some(other.trim())
        } else if let Some((key, wanted)) = condition.split_once('=') {
            value(key.trim()) == Some(wanted.trim_start_matches('=').trim())
        } else {
            value(condition).is_some()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn every_condition_has_to_hold() {
        let labels = "app=web,tier=front";
        for yes in [
            "",
            "app=web",
            "app=web,tier in (back,front)",
            "tier notin (x)",
            "a notin (b)",
            "!x",
            "app",
            "app == web, tier!=back",
        ] {
            assert!(matches(yes, labels), "{yes}");
        }
        for no in [
            "app=we",
            "app=web,tier in (back)",
            "tier notin (front,x)",
            "!app",
            "x",
            "x in (y)",
            "app!=web",
        ] {
            assert!(!matches(no, labels), "{no}");
        }
    }
}
