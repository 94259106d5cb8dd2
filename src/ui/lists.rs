//! The session's own lists as tables, so that filter, sort, marks, copy and save work on them too.

use super::actions::{Action, Actions};
use super::keymap::Keymap;
use super::messages::Messages;
use super::panes::browse::Local;
use super::user_commands::{Does, UserCommand};
use crate::model::{
    Cell, Change, Column, ColumnKind, ColumnSource, ContextInfo, Key, Resource, Row, Schema, Table,
    Text, Tone,
};
use std::sync::Arc;

type Cells = Vec<Cell>;

/// A table with these columns: title, alignment, how soon it leaves; the first one is the row's name.
pub fn local(
    kind: &str,
    columns: &[(&str, ColumnKind, u8)],
    rows: impl Iterator<Item = (String, Cells, Tone)>,
    revision: u64,
) -> Local {
    let column = |(i, (title, kind, drop)): (usize, &(&str, ColumnKind, u8))| Column {
        title: (*title).into(),
        kind: *kind,
        source: match i {
            0 => ColumnSource::Name,
            i => ColumnSource::Cell(u16::try_from(i - 1).unwrap_or(u16::MAX)),
        },
        wide: false,
        drop: *drop,
        max_width: 100,
        server: false,
    };
    let schema = Schema {
        kind: kind.into(),
        namespaced: false,
        columns: columns.iter().enumerate().map(column).collect(),
        default_sort: None,
    };
    let mut table = Table::default();
    let changes = rows
        .map(|(name, cells, tone)| {
            let key = Key { namespace: Text::new(), name: name.into() };
            Change::Upsert(Row { tone, ..Row::bare(key, cells) })
        })
        .collect();
    table.apply(0, changes);
    Local { table, schema: Arc::new(schema), revision }
}

fn text(s: impl Into<Text>) -> Cell {
    Cell::Text(s.into(), Tone::Plain)
}

/// The contexts of the kubeconfig, and those that are connected though no file knows them; `here` is
/// the one in use.
pub fn contexts(
    contexts: &[ContextInfo],
    connected: &[ContextInfo],
    here: &str,
    revision: u64,
) -> Local {
    let known = |name: &Text| contexts.iter().any(|context| context.name == *name);
    let others = connected.iter().filter(|context| !known(&context.name));
    local(
        "Context",
        &[
            ("NAME", ColumnKind::Text, 0),
            ("IN USE", ColumnKind::Text, 2),
            ("CLUSTER", ColumnKind::Text, 4),
            ("SERVER", ColumnKind::Text, 5),
            ("USER", ColumnKind::Text, 6),
            ("NAMESPACE", ColumnKind::Text, 3),
        ],
        contexts.iter().chain(others).map(|context| {
            let used = match (context.name == here, context.current) {
                (true, true) => "here, current",
                (true, false) => "here",
                (false, true) => "current",
                (false, false) => "",
            };
            let cells = vec![
                text(used),
                text(context.cluster.clone()),
                text(context.server.clone()),
                text(context.user.clone()),
                text(context.namespace.clone()),
            ];
            (context.name.to_string(), cells, Tone::Plain)
        }),
        revision,
    )
}

/// Every kind that can be listed, with its short names and the user's aliases for it.
pub fn kinds(resources: &[Resource], aliases: &[(String, String)], revision: u64) -> Local {
    local(
        "Kind",
        &[
            ("NAME", ColumnKind::Text, 0),
            ("SHORT", ColumnKind::Text, 1),
            ("KIND", ColumnKind::Text, 2),
            ("VERSION", ColumnKind::Text, 3),
            ("NAMESPACED", ColumnKind::Text, 4),
            ("VERBS", ColumnKind::Text, 5),
        ],
        resources.iter().filter(|r| r.can("list")).map(|r| {
            let name = if r.gvr.group.is_empty() {
                r.gvr.plural.to_string()
            } else {
                format!("{}.{}", r.gvr.plural, r.gvr.group)
            };
            // A version that is not the preferred one needs its full name.
            let name = if r.preferred { name } else { r.gvr.to_string() };
            let mut short: Vec<&str> = r.short_names.iter().map(Text::as_str).collect();
            short.extend(
                aliases
                    .iter()
                    .filter(|(_, line)| {
                        let word = line.split_whitespace().next().unwrap_or_default();
                        word == r.gvr.plural || word == name || word == r.gvr.to_string()
                    })
                    .map(|(alias, _)| alias.as_str()),
            );
            let verbs: Vec<&str> = r.verbs.iter().map(Text::as_str).collect();
            let cells = vec![
                text(short.join(",")),
                text(r.kind.clone()),
                text(r.gvr.api_version()),
                text(if r.namespaced { "yes" } else { "no" }),
                text(verbs.join(",")),
            ];
            (name, cells, Tone::Plain)
        }),
        revision,
    )
}

/// Messages of this session; the names are running numbers, so that the newest comes first.
pub fn messages(messages: &Messages) -> Local {
    let all = messages.all();
    local(
        "Message",
        &[
            ("NO", ColumnKind::Text, 3),
            ("AGE", ColumnKind::Clock, 1),
            ("MESSAGE", ColumnKind::Text, 0),
            ("WHAT TO DO", ColumnKind::Text, 2),
        ],
        all.iter().enumerate().map(|(i, message)| {
            let cells = vec![
                Cell::Since(message.at),
                text(message.text.as_str()),
                text(message.hint.as_str()),
            ];
            (format!("{:05}", all.len() - i), cells, message.tone)
        }),
        messages.revision,
    )
}

/// One action in full: where, which requests, and what became of each.
pub fn action_of<'a>(actions: &'a Actions, key: &Key) -> Option<&'a Action> {
    let from_newest: usize = key.name.parse().ok()?;
    actions.all().get(actions.all().len().checked_sub(from_newest)?)
}

/// Every request of an action, and how it is going.
pub fn action_in_full(action: &Action) -> String {
    let dry = if action.plan.dry_run { "  (dry run)" } else { "" };
    let mut text = format!("{} on {}{dry}", action.plan.title, action.plan.context);
    for (request, state) in action.plan.requests.iter().zip(&action.states) {
        let method = request.method.as_str();
        text.push_str(&format!("\n{method} {}\n{}", request.path, super::actions::words(state)));
    }
    for warning in &action.warnings {
        text.push_str(&format!("\nthe server warns: {warning}"));
    }
    text
}

/// Actions of this session, newest first.
pub fn actions(actions: &Actions) -> Local {
    let all = actions.all();
    local(
        "Action",
        &[
            ("NO", ColumnKind::Text, 3),
            ("STARTED", ColumnKind::Clock, 1),
            ("TOOK", ColumnKind::Clock, 2),
            ("CONTEXT", ColumnKind::Text, 4),
            ("ACTION", ColumnKind::Text, 0),
            ("OUTCOME", ColumnKind::Text, 0),
        ],
        all.iter().enumerate().map(|(i, action)| {
            let (_, bad, open) = action.counts();
            let tone = match (bad, open) {
                (0, 0) => Tone::Good,
                (0, _) => Tone::Busy,
                _ => Tone::Bad,
            };
            let cells = vec![
                Cell::Since(action.started),
                match action.ended {
                    Some(ended) => Cell::Seconds(ended.saturating_sub(action.started).max(0)),
                    None => Cell::Since(action.started),
                },
                text(action.plan.context.clone()),
                text(action.plan.title.as_str()),
                Cell::Text(action.words().into(), tone),
            ];
            (format!("{:05}", all.len() - i), cells, Tone::Plain)
        }),
        actions.revision,
    )
}

/// Hotkeys and plugins, with what keeps a key from them.
pub fn plugins<'a>(
    commands: impl Iterator<Item = &'a UserCommand>,
    keymap: &Keymap,
    revision: u64,
) -> Local {
    local(
        "Plugin",
        &[
            ("NAME", ColumnKind::Text, 0),
            ("KEY", ColumnKind::Text, 0),
            ("ON", ColumnKind::Text, 2),
            ("DOES", ColumnKind::Text, 1),
            ("DECLARED", ColumnKind::Text, 3),
            ("RUNS", ColumnKind::Text, 4),
            ("FROM", ColumnKind::Text, 5),
        ],
        commands.map(|command| {
            let taken = command.taken_by(keymap).filter(|_| !command.overrides);
            let key = command.key.map_or(String::new(), |key| key.to_string());
            let key = match taken {
                Some(by) => Cell::Text(format!("{key}: {}", by.id()).into(), Tone::Warn),
                None => text(key),
            };
            let (declared, runs) = match &command.does {
                Does::Go(line) => (text(""), format!(":{line}")),
                Does::Run(recipe) => {
                    let words: Vec<&str> = std::iter::once(recipe.command.as_str())
                        .chain(recipe.args.iter().map(String::as_str))
                        .collect();
                    let declared = if recipe.safe {
                        Cell::Text("safe".into(), Tone::Good)
                    } else {
                        Cell::Text("dangerous".into(), Tone::Warn)
                    };
                    (declared, words.join(" "))
                }
            };
            let clean = |line: &str| text(crate::text::sanitise::clean(line).into_owned());
            let cells = vec![
                key,
                clean(&command.scopes.join(",")),
                clean(&command.doc),
                declared,
                clean(&runs),
                clean(&command.place),
            ];
            (crate::text::sanitise::clean(&command.name).into_owned(), cells, Tone::Plain)
        }),
        revision,
    )
}
