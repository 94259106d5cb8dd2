//! Which key does what where: keymap files, layered, resolved through one trie per context.

use super::chord::Chord;
use super::commands::{Command, Context, TABLE};
use super::document::{Complaints, Document, nearest};
use crate::model::Fault;

/// What a key press comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Do this.
    Command(Command),
    /// The start of a longer sequence: keep it and wait for the next key.
    Pending,
    /// Nothing; a sequence begun before ends here.
    None,
}

/// Keymaps that come with the program: name and file.
pub const BUILTIN: &[(&str, &str)] = &[
    ("default", include_str!("../../keymaps/default.toml")),
    ("vim", include_str!("../../keymaps/vim.toml")),
];

/// The keys in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    roots: [Node; Context::ALL.len()],
}

/// One step of a sequence. Few keys follow another, so a plain list is the fastest map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    action: Option<Action>,
    /// Which file of the chain set the action; later files win silently over earlier ones.
    layer: usize,
    next: Vec<(Chord, Node)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Run(Command),
    /// `"none"`: the key does nothing here, whatever an outer context says.
    Nothing,
}

impl Default for Keymap {
    /// The embedded default keymap.
    fn default() -> Self {
        let mut ignored = Complaints::default();
        Self::load("default", &|_| None, &mut ignored).unwrap_or_else(|_| Self::empty())
    }
}

impl Keymap {
    fn empty() -> Self {
        Self { roots: std::array::from_fn(|_| Node::default()) }
    }

    /// What `key` comes to after `pending`, in the first of `contexts` (innermost first) that knows
    /// it. After anything but [`Resolution::Pending`] the pending keys are done with.
    pub fn resolve(&self, contexts: &[Context], pending: &[Chord], key: Chord) -> Resolution {
        for &context in contexts {
            let mut node = Some(&self.roots[context as usize]);
            for chord in pending.iter().chain(std::iter::once(&key)) {
                node = node.and_then(|node| node.child(*chord));
            }
            match node {
                None => {}
                Some(Node { action: Some(Action::Run(command)), .. }) => {
                    return Resolution::Command(*command);
                }
                Some(Node { action: Some(Action::Nothing), .. }) => return Resolution::None,
                Some(_) => return Resolution::Pending,
            }
        }
        Resolution::None
    }

    /// The keys of a command as footer and help show them: `<ctrl-d>`, `<g g>`; those of its own
    /// context first, then those of other contexts, without repeating one.
    pub fn chords(&self, command: Command) -> Vec<String> {
        let own = command.spec().context;
        let contexts = std::iter::once(own).chain(Context::ALL.into_iter().filter(|c| *c != own));
        let mut keys: Vec<String> = Vec::new();
        for context in contexts {
            for key in self.keys_in(context, command) {
                let key = format!("<{key}>");
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        keys
    }

    /// The first key that really runs `command` for a pane with these contexts (innermost first):
    /// keys hidden by an inner context do not count. For the footer.
    pub fn key_for(&self, contexts: &[Context], command: Command) -> Option<String> {
        self.effective(contexts, command).next()
    }

    /// All keys that really run `command` for a pane with these contexts. For the help.
    pub fn keys_for(&self, contexts: &[Context], command: Command) -> Vec<String> {
        let mut keys: Vec<String> = self.effective(contexts, command).collect();
        keys.dedup();
        keys
    }

    fn effective(&self, contexts: &[Context], command: Command) -> impl Iterator<Item = String> {
        let sequences = contexts.iter().flat_map(move |&at| self.sequences(at, command));
        sequences.filter_map(move |sequence| {
            let (last, pending) = sequence.split_last()?;
            (self.resolve(contexts, pending, *last) == Resolution::Command(command))
                .then(|| format!("<{}>", Chord::print_sequence(&sequence)))
        })
    }

    /// The keys bound to `command` in one section, as files write them: `ctrl-d`, `g g`.
    pub fn keys_in(&self, context: Context, command: Command) -> Vec<String> {
        self.sequences(context, command).iter().map(|keys| Chord::print_sequence(keys)).collect()
    }

    /// The keys that could follow `pending`, with what they do: for a hint while a sequence is
    /// incomplete.
    pub fn continuations(&self, contexts: &[Context], pending: &[Chord]) -> Vec<(String, Command)> {
        let mut found: Vec<(String, Command)> = Vec::new();
        for &context in contexts {
            let start = pending
                .iter()
                .try_fold(&self.roots[context as usize], |node, chord| node.child(*chord));
            let Some(start) = start else { continue };
            start.walk(&mut Vec::new(), &mut |keys, command| {
                let keys = Chord::print_sequence(keys);
                if !found.iter().any(|(known, _)| *known == keys) {
                    found.push((keys, command));
                }
            });
        }
        found
    }

    fn sequences(&self, context: Context, command: Command) -> Vec<Vec<Chord>> {
        let mut found = Vec::new();
        self.roots[context as usize].walk(&mut Vec::new(), &mut |keys, bound| {
            if bound == command {
                found.push(keys.to_vec());
            }
        });
        found
    }

    /// The keymap called `name`: a user's file (`user` gives name for messages and text) or one that
    /// comes with the program. A user's file with a built-in's name lies over that built-in.
    ///
    /// # Errors
    /// When there is no such keymap, or a file of the chain cannot be used.
    pub fn load(
        name: &str,
        user: &dyn Fn(&str) -> Option<(String, String)>,
        complaints: &mut Complaints,
    ) -> Result<Self, Fault> {
        let mut map = Self::empty();
        let chain = super::document::chain("keymap", name, "default", BUILTIN, user)?;
        for (layer, (file, text)) in chain.iter().enumerate() {
            map.read(&Document { file, text }, layer, complaints)?;
        }
        Ok(map)
    }

    fn read(
        &mut self,
        document: &Document<'_>,
        layer: usize,
        complaints: &mut Complaints,
    ) -> Result<(), Fault> {
        let table = document.parse()?;
        document.version(&table)?;
        for (section, value) in &table {
            let name = section.get_ref().as_ref();
            if matches!(name, "version" | "inherits") {
                continue;
            }
            let Some(context) = Context::by_name(name) else {
                let known: Vec<&str> = Context::ALL.iter().map(|context| context.name()).collect();
                complaints.warnings.push(document.unknown(&section.span(), name, &known));
                continue;
            };
            for (key, value) in document.table(value, name)? {
                let place = format!("{name}.{:?}", key.get_ref());
                let sequence = Chord::parse_sequence(key.get_ref())
                    .map_err(|why| document.fault(&key.span(), &place, why))?;
                let id = document.string(value, &place)?;
                let action = if id == "none" {
                    Action::Nothing
                } else if let Some(command) = Command::by_id(id) {
                    if !context.takes(command.spec().context) {
                        complaints.warnings.push(document.fault(
                            &value.span(),
                            &place,
                            format!(
                                "{id} does nothing here; it belongs in [{}]",
                                command.spec().context.name()
                            ),
                        ));
                        continue;
                    }
                    Action::Run(command)
                } else {
                    let fault = document.fault(
                        &value.span(),
                        &place,
                        format!("no command is called {id:?}"),
                    );
                    let near = nearest(id, TABLE.iter().map(|spec| spec.id));
                    complaints.warnings.push(match near {
                        Some(near) => fault.hint(format!("did you mean {near}?")),
                        None => fault.hint("docs/keys.md and `wheelhouse keys` list them"),
                    });
                    continue;
                };
                if let Some(other) = self.roots[context as usize].bind(&sequence, action, layer) {
                    complaints.warnings.push(document.fault(
                        &key.span(),
                        &place,
                        format!("{other} is bound too, and one is the start of the other: the later line wins"),
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Node {
    fn child(&self, chord: Chord) -> Option<&Self> {
        self.next.iter().find(|(key, _)| *key == chord).map(|(_, node)| node)
    }

    fn walk(&self, keys: &mut Vec<Chord>, see: &mut dyn FnMut(&[Chord], Command)) {
        if let Some(Action::Run(command)) = self.action {
            see(keys, command);
        }
        for (chord, node) in &self.next {
            keys.push(*chord);
            node.walk(keys, see);
            keys.pop();
        }
    }

    /// Binds a sequence. A shorter or longer binding in its way is removed; when that one came from
    /// the same file, its keys are returned.
    fn bind(&mut self, sequence: &[Chord], action: Action, layer: usize) -> Option<String> {
        let mut lost = None;
        let mut node = self;
        for (done, chord) in sequence.iter().enumerate() {
            if node.action.is_some() {
                if node.layer == layer {
                    lost = Some(Chord::print_sequence(&sequence[..done]));
                }
                node.action = None;
            }
            let at = node.next.iter().position(|(key, _)| key == chord).unwrap_or_else(|| {
                node.next.push((*chord, Self::default()));
                node.next.len() - 1
            });
            node = &mut node.next[at].1;
        }
        node.clear_longer(sequence, layer, &mut lost);
        node.action = Some(action);
        node.layer = layer;
        lost
    }

    fn clear_longer(&mut self, sequence: &[Chord], layer: usize, lost: &mut Option<String>) {
        for (chord, node) in &mut self.next {
            let mut longer = sequence.to_vec();
            longer.push(*chord);
            if node.action.is_some() && node.layer == layer {
                *lost = Some(Chord::print_sequence(&longer));
            }
            node.clear_longer(&longer, layer, lost);
        }
        self.next.clear();
    }
}

#[cfg(test)]
#[path = "keymap_tests.rs"]
mod tests;
