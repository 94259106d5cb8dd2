//! `describe`: what `kubectl describe` tells of objects, once.

use super::args::{Describe, DescribeFormat, Global};
use super::headless::{self, Headless};
use super::output::print;
use super::{FAILED, OK, USAGE, exit_code, tell, tui};
use crate::describe::{Answers, Line, Subject, describe_in, needs};
use crate::model::{Fault, FaultKind, Read, Resource};
use crate::runtime::now;
use crate::ui::settings::Loaded;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Prints descriptions: 1 when one of the objects is not there, 2 when one could not be read.
pub fn run(global: &Global, args: &Describe) -> Result<u8, Fault> {
    let (_, config, _) = tui::configuration(global);
    let targets = targets(&args.targets)?;
    let place = headless::place(global)?;
    let namespace = namespace(global, &place.namespace)?;
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    // Wrong usage is told before anything is printed.
    let targets: Vec<(Resource, &str)> = targets
        .into_iter()
        .map(|(kind, name)| Ok((resource(&cluster, &config, kind)?, name)))
        .collect::<Result<_, Fault>>()?;
    let mut code = OK;
    let mut printed = false;
    for (resource, name) in targets {
        match page(&mut cluster, &resource, &namespace, name) {
            Ok((subject, lines)) => {
                match args.output {
                    DescribeFormat::Json => print(&format!("{}\n", json(&subject, &lines)))?,
                    DescribeFormat::Text => {
                        let text: String = lines
                            .iter()
                            .map(|line| line.text().trim_end().to_owned() + "\n")
                            .collect();
                        print(&format!("{}{text}", if printed { "\n\n" } else { "" }))?;
                    }
                }
                printed = true;
            }
            Err(fault) => {
                tell(&fault);
                code = worse(code, exit_code(&fault));
            }
        }
    }
    Ok(code)
}

/// Could not tell weighs more than is not there.
fn worse(a: u8, b: u8) -> u8 {
    if a == USAGE || b == USAGE { USAGE } else { a.max(b).min(FAILED) }
}

fn input(why: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Input, "describe", why)
        .hint("describe pod/api deploy/web, describe pod api")
}

/// `KIND/NAME…`, or `KIND NAME…`.
fn targets(words: &[String]) -> Result<Vec<(&str, &str)>, Fault> {
    let (first, rest) = words.split_first().ok_or_else(|| input("of what?"))?;
    let pairs: Vec<(&str, &str)> = if first.contains('/') {
        // A kind may have slashes of its own: apps/v1/deployments/web.
        if let Some(word) = rest.iter().find(|word| !word.contains('/')) {
            return Err(input(format!("{word:?} is no KIND/NAME, and the first word is one")));
        }
        words.iter().filter_map(|word| word.rsplit_once('/')).collect()
    } else if rest.is_empty() {
        return Err(input(format!("which {first}? A name is missing")));
    } else {
        if let Some(word) = rest.iter().find(|word| word.contains('/')) {
            return Err(input(format!("{word:?} is no name; the first word is the kind of all")));
        }
        rest.iter().map(|name| (first.as_str(), name.as_str())).collect()
    };
    match pairs.iter().find(|(kind, name)| kind.is_empty() || matches!(*name, "" | "." | "..")) {
        Some((kind, name)) => Err(input(format!("{kind:?}/{name:?} names no object"))),
        None => Ok(pairs),
    }
}

fn namespace(global: &Global, default: &str) -> Result<String, Fault> {
    if global.all_namespaces {
        return Err(input("an object is looked for in one namespace: -n NAME instead of -A"));
    }
    let name = global.namespace.as_deref().unwrap_or(default);
    if name.contains(',') {
        return Err(input("an object is looked for in one namespace, not in several"));
    }
    Ok(if name.is_empty() { "default" } else { name }.to_owned())
}

fn resource(cluster: &Headless, config: &Loaded, kind: &str) -> Result<Resource, Fault> {
    let word = config.settings.alias(kind).unwrap_or(kind);
    cluster.catalogue.find(word).cloned().ok_or_else(|| {
        let near = cluster.catalogue.nearest(word);
        let hint = match near.as_slice() {
            [] => "`wheelhouse kinds` lists them".to_owned(),
            near => format!("did you mean {}?", near.join(", ")),
        };
        let what = format!("describe {kind}");
        Fault::new(FaultKind::Input, what, "the cluster serves no such kind").hint(hint)
    })
}

/// Reads the object and all that its page needs.
fn page(
    cluster: &mut Headless,
    resource: &Resource,
    namespace: &str,
    name: &str,
) -> Result<(Subject, Vec<Line>), Fault> {
    let namespace = if resource.namespaced { namespace } else { "" };
    let what = format!("describe {}/{name}", resource.gvr.plural);
    let path = resource.gvr.object_path(namespace, name);
    let object = parse(&what, &cluster.read(Read { what: what.clone(), path })?)?;
    let subject = Subject { gvr: resource.gvr.clone(), kind: resource.kind.clone(), object };
    let mut answers = Answers::default();
    for ask in needs(&subject) {
        let read = ask.read();
        let what = read.what.clone();
        // What may not be read is said in its place.
        let answer = cluster.read(read).and_then(|text| parse(&what, &text));
        answers.insert(ask.key, answer);
    }
    // Times of day as on the person's clock, as kubectl has them.
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    let page = describe_in(&subject, &answers, now(), zone);
    Ok((subject, page.lines))
}

fn parse(what: &str, text: &str) -> Result<Value, Fault> {
    serde_json::from_str(text).map_err(|why| Fault::new(FaultKind::Other, what, why.to_string()))
}

/// One object: what it is, and its lines with what they name.
fn json(subject: &Subject, lines: &[Line]) -> Value {
    let meta = &subject.object["metadata"];
    let line = |line: &Line| {
        let links: Vec<Value> = line
            .spans
            .iter()
            .filter_map(|span| Some((span, span.link.as_ref()?)))
            .map(|(span, to)| {
                json!({
                    "text": span.text, "group": to.group, "kind": to.kind,
                    "namespace": to.namespace, "name": to.name,
                })
            })
            .collect();
        let mut out = json!({ "text": line.text().trim_end() });
        if !links.is_empty() {
            out["links"] = links.into();
        }
        out
    };
    json!({
        "group": subject.gvr.group.as_str(),
        "version": subject.gvr.version.as_str(),
        "kind": subject.kind.as_str(),
        "namespace": meta["namespace"].as_str().unwrap_or(""),
        "name": meta["name"].as_str().unwrap_or(""),
        "lines": lines.iter().map(line).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(words: &[&str]) -> Result<Vec<(String, String)>, String> {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let pairs = targets(&words).map_err(|fault| fault.why)?;
        Ok(pairs.into_iter().map(|(kind, name)| (kind.to_owned(), name.to_owned())).collect())
    }

    #[test]
    fn objects_are_named_as_for_kubectl() {
        let pair = |kind: &str, name: &str| (kind.to_owned(), name.to_owned());
        assert_eq!(of(&["pod/a", "svc/b"]).unwrap(), [pair("pod", "a"), pair("svc", "b")]);
        assert_eq!(of(&["pod", "a", "b"]).unwrap(), [pair("pod", "a"), pair("pod", "b")]);
        assert_eq!(of(&["apps/v1/deployments/web"]).unwrap(), [pair("apps/v1/deployments", "web")]);
        for wrong in
            [&["pod"][..], &["pod/a", "b"], &["pod", "a/b"], &["pod/"], &["/a"], &["pod", ".."]]
        {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn could_not_tell_weighs_more_than_is_not_there() {
        assert_eq!(worse(OK, FAILED), FAILED);
        assert_eq!(worse(USAGE, FAILED), USAGE);
        assert_eq!(worse(FAILED, OK), FAILED);
        assert_eq!(worse(OK, OK), OK);
    }
}
