//! The commands of a demo container's shell.

use std::cell::RefCell;
use std::rc::Rc;

use super::Place;
use super::files::{Files, Node, absolute};

/// What can be run, for `help`.
const KNOWN: [&str; 26] = [
    "cat", "cd", "clear", "date", "echo", "env", "exit", "export", "false", "head", "help",
    "hostname", "id", "ls", "mkdir", "ps", "pwd", "rm", "seq", "stty", "touch", "true", "uname",
    "wc", "which", "whoami",
];

/// Whether a container has such a program.
pub fn exists(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// A shell's state.
pub struct Shell {
    place: Place,
    files: Rc<RefCell<Files>>,
    env: Vec<(String, String)>,
    /// Where it is; empty for the root.
    pub here: String,
    /// What was written.
    pub out: Vec<u8>,
    /// Exit code of the last command.
    pub status: u8,
    /// It was left, with this code.
    pub left: Option<u8>,
    /// Columns and rows of its terminal.
    pub size: (u16, u16),
}

impl Shell {
    /// In a container.
    pub fn new(place: &Place, files: Rc<RefCell<Files>>) -> Self {
        let mut env: Vec<(String, String)> = [
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ("HOSTNAME", place.pod.as_str()),
            ("TERM", "xterm"),
            ("HOME", "/root"),
            ("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
            ("KUBERNETES_SERVICE_PORT", "443"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        env.extend(place.env.iter().cloned());
        Self {
            place: place.clone(),
            files,
            env,
            here: "/app".to_owned(),
            out: Vec::new(),
            status: 0,
            left: None,
            size: (80, 24),
        }
    }

    /// Runs a line: commands with `;`, `&&` and `||` between, each perhaps with `> file`.
    pub fn run(&mut self, line: &str) -> u8 {
        let mut words = Vec::new();
        let mut skip = false;
        let Ok(parts) = shell_words::split(&spaced(line)) else {
            return self.fail("sh", "syntax error: a quote is not closed", 2);
        };
        for part in parts.iter().map(String::as_str).chain([";"]) {
            if !matches!(part, ";" | "&&" | "||") {
                words.push(part);
                continue;
            }
            if !words.is_empty() && !skip && self.left.is_none() {
                self.status = self.redirected(&words);
            }
            words.clear();
            skip = match part {
                "&&" => self.status != 0,
                "||" => self.status == 0,
                _ => false,
            };
        }
        self.status
    }

    fn redirected(&mut self, words: &[&str]) -> u8 {
        let Some(at) = words.iter().position(|word| matches!(*word, ">" | ">>")) else {
            return self.words(words);
        };
        let Some(path) = words.get(at + 1) else {
            return self.fail("sh", "syntax error: nothing after >", 2);
        };
        let path = absolute(&self.here, path);
        let before = std::mem::take(&mut self.out);
        let code = self.words(&words[..at]);
        let mut text = std::mem::replace(&mut self.out, before);
        if words[at] == ">>"
            && let Some(Node::File(old)) = self.files.borrow().get(&path)
        {
            text = [old.as_slice(), &text].concat();
        }
        let put = self.files.borrow_mut().put(&path, Node::File(text));
        match put {
            Ok(()) => code,
            Err(why) => self.fail("sh", &format!("can't create {path}: {why}"), 1),
        }
    }

    fn fail(&mut self, who: &str, why: &str, code: u8) -> u8 {
        self.say(&format!("{who}: {why}\n"));
        code
    }

    fn say(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Runs one command.
    pub fn words(&mut self, words: &[&str]) -> u8 {
        let Some((name, rest)) = words.split_first() else { return 0 };
        let rest: Vec<String> = rest.iter().map(|word| self.expanded(word)).collect();
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let plain = || rest.iter().copied().filter(|word| !word.starts_with('-'));
        match *name {
            "help" => self.say(&format!("This is a demo. It knows: {}\n", KNOWN.join(" "))),
            "true" | ":" => {}
            "false" => return 1,
            "exit" => {
                let code = rest.first().map_or(Some(self.status), |code| code.parse().ok());
                self.left = Some(code.unwrap_or(2));
                return code.unwrap_or(2);
            }
            "echo" => {
                let (text, end) = match rest.split_first() {
                    Some((&"-n", rest)) => (rest.join(" "), ""),
                    _ => (rest.join(" "), "\n"),
                };
                self.say(&format!("{text}{end}"));
            }
            "pwd" => {
                let here = if self.here.is_empty() { "/".to_owned() } else { self.here.clone() };
                self.say(&format!("{here}\n"));
            }
            "cd" => {
                let to = absolute(&self.here, rest.first().copied().unwrap_or("/"));
                let is = matches!(self.files.borrow().get(&to), Some(Node::Dir));
                if !is {
                    return self.fail("cd", &format!("can't cd to {to}: No such directory"), 2);
                }
                self.here = to;
            }
            "clear" => self.say("\x1b[H\x1b[2J"),
            "env" | "export" if rest.is_empty() => {
                let all: String =
                    self.env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
                self.say(&all);
            }
            "export" => {
                for (name, value) in rest.iter().filter_map(|pair| pair.split_once('=')) {
                    self.env.retain(|(known, _)| known != name);
                    self.env.push((name.to_owned(), value.to_owned()));
                }
            }
            "date" => {
                let now = jiff::Timestamp::now().strftime("%a %b %e %H:%M:%S UTC %Y").to_string();
                self.say(&format!("{now}\n"));
            }
            "hostname" => self.say(&format!("{}\n", self.place.pod.clone())),
            "whoami" => self.say("root\n"),
            "id" => self.say("uid=0(root) gid=0(root) groups=0(root)\n"),
            "uname" => self.say("Linux\n"),
            "which" => {
                for word in plain().filter(|word| exists(word)) {
                    self.say(&format!("/bin/{word}\n"));
                }
            }
            "ps" => {
                let name = self.place.container.clone();
                self.say(&format!(
                    "PID   USER     TIME  COMMAND\n    1 root      0:12 /app/{name}\n   \
                     27 root      0:00 sh\n   31 root      0:00 ps\n"
                ));
            }
            "stty" => self.say(&format!("{} {}\n", self.size.1, self.size.0)),
            "seq" => {
                let last: u32 = rest.last().and_then(|n| n.parse().ok()).unwrap_or(0);
                let lines: String = (1..=last.min(100_000)).map(|n| format!("{n}\n")).collect();
                self.say(&lines);
            }
            "ls" => return self.ls(&rest),
            "cat" | "head" | "wc" => return self.read(name, &rest),
            "touch" | "mkdir" => {
                for word in plain() {
                    let path = absolute(&self.here, word);
                    let there = self.files.borrow().get(&path).is_some();
                    let node = if *name == "mkdir" { Node::Dir } else { Node::File(Vec::new()) };
                    if *name == "touch" && there {
                        continue;
                    }
                    let put = self.files.borrow_mut().put(&path, node);
                    if let Err(why) = put {
                        return self.fail(name, &format!("{word}: {why}"), 1);
                    }
                }
            }
            "rm" => {
                for word in plain() {
                    let path = absolute(&self.here, word);
                    if !self.files.borrow_mut().remove(&path) {
                        return self.fail("rm", &format!("{word}: No such file or directory"), 1);
                    }
                }
            }
            other => return self.fail("sh", &format!("{other}: not found"), 127),
        }
        0
    }

    fn ls(&mut self, rest: &[&str]) -> u8 {
        let long = rest.iter().any(|word| word.starts_with('-') && word.contains('l'));
        let path = rest.iter().find(|word| !word.starts_with('-')).copied().unwrap_or(".");
        let at = absolute(&self.here, path);
        let files = self.files.borrow();
        let entries: Vec<(String, Node)> = match files.get(&at) {
            Some(Node::Dir) => files
                .list(&at)
                .into_iter()
                .map(|(name, node)| (name.to_owned(), node.clone()))
                .collect(),
            Some(file) => vec![(path.to_owned(), file.clone())],
            None => {
                drop(files);
                return self.fail("ls", &format!("{path}: No such file or directory"), 1);
            }
        };
        drop(files);
        for (name, node) in entries {
            let (mode, size, shown) = match &node {
                Node::Dir => ("drwxr-xr-x", 4096, format!("\x1b[1;34m{name}\x1b[0m")),
                Node::File(bytes) => ("-rw-r--r--", bytes.len(), name),
            };
            let line = if long {
                format!("{mode} root root {size:>8} {shown}\n")
            } else {
                format!("{shown}\n")
            };
            self.say(&line);
        }
        0
    }

    fn read(&mut self, name: &str, rest: &[&str]) -> u8 {
        for word in rest.iter().filter(|word| !word.starts_with('-')) {
            let path = absolute(&self.here, word);
            let node = self.files.borrow().get(&path).cloned();
            match (node, name) {
                (Some(Node::File(bytes)), "cat") => self.out.extend_from_slice(&bytes),
                (Some(Node::File(bytes)), "wc") => {
                    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
                    self.say(&format!("{lines:>7} {:>8} {word}\n", bytes.len()));
                }
                (Some(Node::File(bytes)), _) => {
                    let ten = bytes.split_inclusive(|byte| *byte == b'\n').take(10);
                    let text: Vec<u8> = ten.flatten().copied().collect();
                    self.out.extend_from_slice(&text);
                }
                (Some(Node::Dir), _) => {
                    return self.fail(name, &format!("{word}: Is a directory"), 1);
                }
                (None, _) => {
                    return self.fail(name, &format!("{word}: No such file or directory"), 1);
                }
            }
        }
        0
    }

    /// `$NAME` and `${NAME}` at the beginning of a word, `$?`.
    fn expanded(&self, word: &str) -> String {
        let Some(name) = word.strip_prefix('$') else { return word.to_owned() };
        let name = name.trim_start_matches('{').trim_end_matches('}');
        if name == "?" {
            return self.status.to_string();
        }
        let known = self.env.iter().rev().find(|(known, _)| known == name);
        known.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

/// The line with blanks around what stands between commands, outside of quotes.
fn spaced(line: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut chars = line.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ';' | '\n') => {
                out.push_str(" ; ");
                continue;
            }
            (None, '&' | '|' | '>') if chars.peek() == Some(&c) => {
                chars.next();
                out.push_str(&format!(" {c}{c} "));
                continue;
            }
            (None, '>') => {
                out.push_str(" > ");
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}
