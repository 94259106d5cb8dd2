//! `access`: who may do what, from roles and bindings.

use super::args::{Access, AccessFormat, Global};
use super::headless::{self, CLUSTER, Headless};
use super::output::{aligned, print};
use super::{FAILED, OK, USAGE, tell, tui};
use crate::cluster::Page;
use crate::model::{Cell, Facet, Fault, FaultKind, Need, Scope, Text};
use crate::rbac::{self, Allowed, Grant, Policy, RoleName, SOURCES, Subject};
use crate::text::sanitise;
use serde_json::json;

/// Prints what a subject may do or a role allows, or who may do something.
pub fn run(global: &Global, args: &Access) -> Result<u8, Fault> {
    let what = format!("access {}", args.words.join(" "));
    let wrong = |why: String| {
        Fault::new(FaultKind::Input, what.clone(), why)
            .hint("user/jane, sa/shop/web, clusterrole/edit; delete pods; user/jane delete pods")
    };
    let (_, config, _) = tui::configuration(global);
    let place = headless::place(global)?;
    let mut cluster =
        Headless::connect(headless::options(global, &place, &config), &place.context)?;
    let named = global.namespace.as_deref().unwrap_or(&place.namespace);
    let namespace = match (global.all_namespaces, named) {
        (true, _) => String::new(),
        (false, "") => "default".to_owned(),
        (false, named) => named.to_owned(),
    };
    if namespace.contains(',') {
        return Err(wrong("one namespace, or -A for all".to_owned()));
    }
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    let mut out = Out { json: args.output == AccessFormat::Json, rows: Vec::new() };
    let code = match words.as_slice() {
        [one] => match Subject::parse(one, &namespace) {
            Ok(subject) => {
                let (policy, unread) = read(&mut cluster)?;
                if subject == Subject::group("system:masters") {
                    eprintln!(
                        "wheelhouse: members of system:masters may do everything, whatever roles say"
                    );
                }
                for one in rbac::allowed(&policy, &subject) {
                    out.allowed(&one)?;
                }
                told(unread)
            }
            Err(_) => role(&mut cluster, one, &namespace, &mut out).map_err(wrong)?,
        },
        [verb, thing] => {
            let question =
                rbac::question(&cluster.catalogue, verb, thing, &namespace).map_err(wrong)?;
            let (policy, unread) = read(&mut cluster)?;
            for grant in policy.who(&question, global.all_namespaces) {
                out.grant("", &grant)?;
            }
            told(unread)
        }
        [who, verb, thing] => {
            let subject = Subject::parse(who, &namespace).map_err(wrong)?;
            let question =
                rbac::question(&cluster.catalogue, verb, thing, &namespace).map_err(wrong)?;
            let (policy, unread) = read(&mut cluster)?;
            let yes = policy.allows(&subject, &question);
            if out.json {
                print(&format!("{}\n", json!({ "allowed": yes })))?;
            } else {
                print(if yes { "yes\n" } else { "no\n" })?;
            }
            match (yes, unread) {
                (true, _) => OK,
                // What was not read might say yes.
                (false, true) => USAGE,
                (false, false) => FAILED,
            }
        }
        _ => return Err(wrong("one, two or three words".to_owned())),
    };
    print(&aligned(&out.rows))?;
    Ok(code)
}

fn told(unread: bool) -> u8 {
    if unread { USAGE } else { OK }
}

/// What a role or the role of a binding allows, and who has it; of other objects who may do what
/// with them.
fn role(cluster: &mut Headless, text: &str, namespace: &str, out: &mut Out) -> Result<u8, String> {
    let subjects = "write user/NAME, group/NAME, sa/NAMESPACE/NAME, or ROLE-KIND/NAME";
    let (kind, name) = text.split_once('/').ok_or(subjects)?;
    let resource = cluster.catalogue.find(kind).ok_or(subjects)?;
    let plural = resource.gvr.plural.to_string();
    let of_namespace = resource.namespaced;
    if resource.gvr.group != "rbac.authorization.k8s.io" {
        let asked = rbac::questions(resource, if of_namespace { namespace } else { "" }, name);
        let (policy, unread) = read(cluster).map_err(|fault| fault.to_string())?;
        for one in asked {
            for grant in policy.who(&one.question, of_namespace && namespace.is_empty()) {
                out.grant(&one.title, &grant).map_err(|fault| fault.to_string())?;
            }
        }
        return Ok(told(unread));
    }
    if of_namespace && namespace.is_empty() {
        return Err(format!("{plural} have a namespace: -n NAMESPACE"));
    }
    let namespace = if of_namespace { namespace } else { "" };
    let (policy, unread) = read(cluster).map_err(|fault| fault.to_string())?;
    let found = if plural.ends_with("bindings") {
        policy.binding(namespace, name).map(|binding| binding.role.clone())
    } else {
        let role = RoleName { namespace: namespace.to_owned(), name: name.to_owned() };
        policy.role(&role).is_some().then_some(role)
    };
    let Some(role) = found else {
        tell(&Fault::new(FaultKind::NotFound, format!("access {text}"), "it is not there"));
        return Ok(if unread { USAGE } else { FAILED });
    };
    for binding in policy.bindings_of(&role) {
        if plural.ends_with("bindings") && (binding.namespace != namespace || binding.name != name)
        {
            continue;
        }
        for subject in &binding.subjects {
            let grant = Grant { subject: subject.clone(), binding: Some(binding), names: vec![] };
            out.grant("", &grant).map_err(|fault| fault.to_string())?;
        }
    }
    for one in rbac::rules(&policy, &role) {
        out.allowed(&one).map_err(|fault| fault.to_string())?;
    }
    Ok(told(unread))
}

/// All roles and bindings; and whether some could not be read.
fn read(cluster: &mut Headless) -> Result<(Policy, bool), Fault> {
    let mut policy = Policy::default();
    let mut unread = false;
    for source in SOURCES {
        let need = Need {
            cluster: CLUSTER,
            gvr: source.gvr(),
            scope: Scope::All,
            labels: Text::new(),
            fields: Text::new(),
            facet: Facet::Rules,
        };
        let what = format!("list {}", need.gvr.plural);
        let mut pages = cluster.list(need, true);
        loop {
            match cluster.next_page(&mut pages) {
                Some(Page::Objects(objects)) => {
                    for row in objects.into_iter().filter_map(|object| object.row) {
                        let Some(Cell::Text(said, _)) = row.cells.first() else { continue };
                        let (namespace, name) = (&row.key.namespace, &row.key.name);
                        policy
                            .set(source, namespace, name, Some(said))
                            .map_err(|why| Fault::new(FaultKind::Other, &what, why))?;
                    }
                }
                Some(Page::Schema(_)) => {}
                Some(Page::Skipped(why)) => {
                    eprintln!("wheelhouse: {what}: one left out: {}", sanitise::clean(&why));
                    unread = true;
                }
                // Not all namespaces may be read.
                Some(Page::Notice(fault)) => {
                    tell(&fault);
                    unread = true;
                }
                Some(Page::End(Ok(()))) => break,
                Some(Page::End(Err(fault))) if fault.kind == FaultKind::Forbidden => {
                    // What was not read is said: silence would look like no rights.
                    tell(&fault);
                    unread = true;
                    break;
                }
                Some(Page::End(Err(fault))) => return Err(fault),
                None => {
                    let why = "the server has stopped answering";
                    return Err(Fault::new(FaultKind::Network, what, why));
                }
            }
        }
    }
    Ok((policy, unread))
}

struct Out {
    json: bool,
    rows: Vec<Vec<String>>,
}

impl Out {
    /// `verb` is empty where there is only one.
    fn grant(&mut self, verb: &str, grant: &Grant<'_>) -> Result<(), Fault> {
        if self.json {
            let binding = grant.binding.map(|binding| {
                json!({"kind": binding.kind(), "namespace": binding.namespace, "name": binding.name,
                    "role": binding.role.to_string()})
            });
            let mut line =
                json!({"subject": grant.subject, "names": grant.names, "binding": binding});
            if !verb.is_empty() {
                line["verb"] = verb.into();
            }
            return print(&format!("{line}\n"));
        }
        let (place, by) = match grant.binding {
            Some(binding) => (place(&binding.namespace), format!("{} by {binding}", binding.role)),
            None => ("everywhere".to_owned(), "built in".to_owned()),
        };
        let mut row = [verb.to_owned(), grant.subject.to_string(), place, only(&grant.names), by];
        self.row(if verb.is_empty() { &mut row[1..] } else { &mut row });
        Ok(())
    }

    fn allowed(&mut self, one: &Allowed<'_>) -> Result<(), Fault> {
        if self.json {
            let binding = one.binding.map(|binding| {
                json!({"kind": binding.kind(), "namespace": binding.namespace, "name": binding.name,
                    "role": binding.role.to_string()})
            });
            let line = json!({"namespace": one.namespace, "what": one.what, "names": one.names,
                "verbs": one.verbs, "binding": binding, "group": one.group,
                "from": one.from.map(ToString::to_string)});
            return print(&format!("{line}\n"));
        }
        let mut by = match one.binding {
            Some(binding) => format!("{} by {binding}", binding.role),
            None => String::new(),
        };
        if let Some(group) = &one.group {
            by.push_str(&format!(", as one of {group}"));
        }
        if let Some(from) = one.from {
            by.push_str(if by.is_empty() { "from " } else { ", from " });
            by.push_str(&from.to_string());
        }
        let what = match only(&one.names) {
            names if names.is_empty() => one.what.clone(),
            names => format!("{} {names}", one.what),
        };
        self.row(&mut [place(one.namespace), what, one.verbs.join(" "), by]);
        Ok(())
    }

    fn row(&mut self, cells: &mut [String]) {
        self.rows.push(cells.iter().map(|cell| sanitise::clean(cell).into_owned()).collect());
    }
}

fn place(namespace: &str) -> String {
    if namespace.is_empty() { "everywhere".to_owned() } else { format!("in {namespace}") }
}

fn only<S: AsRef<str>>(names: &[S]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    format!("only {}", names.join(", "))
}
