//! The files of one demo container: a few that every image has, and what a person puts there.

use std::collections::BTreeMap;

use super::Place;

/// Most bytes that one container's files may hold.
const DISK: usize = 32 << 20;

/// One file or directory.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A file.
    File(Vec<u8>),
    /// A directory.
    Dir,
}

/// All of them, by absolute path without a slash at the end.
#[derive(Debug, Clone)]
pub struct Files(BTreeMap<String, Node>);

impl Files {
    /// Of a container that was just started.
    pub fn of(place: &Place) -> Self {
        let mut files = Self(BTreeMap::new());
        for dir in
            ["", "/app", "/bin", "/etc", "/home", "/proc", "/tmp", "/usr", "/var", "/var/log"]
        {
            files.0.insert(dir.to_owned(), Node::Dir);
        }
        let release = "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.1\n\
                       PRETTY_NAME=\"Alpine Linux v3.22\"\n";
        let config = format!(
            "# of {}\nlisten: 0.0.0.0:8080\nlog:\n  level: info\n  format: json\n",
            place.container
        );
        for (path, text) in [
            ("/etc/hostname", format!("{}\n", place.pod)),
            ("/etc/os-release", release.to_owned()),
            ("/etc/hosts", format!("127.0.0.1\tlocalhost\n10.244.1.7\t{}\n", place.pod)),
            (
                "/etc/resolv.conf",
                format!(
                    "search {}.svc.cluster.local svc.cluster.local cluster.local\n\
                     nameserver 10.96.0.10\noptions ndots:5\n",
                    place.namespace
                ),
            ),
            ("/app/config.yaml", config),
            ("/app/README", "A demo container: its files are its own, and gone with it.\n".into()),
        ] {
            files.0.insert(path.to_owned(), Node::File(text.into_bytes()));
        }
        files
    }

    /// What is there.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.0.get(path.trim_end_matches('/'))
    }

    /// Names in a directory.
    pub fn list(&self, dir: &str) -> Vec<(&str, &Node)> {
        let prefix = format!("{}/", dir.trim_end_matches('/'));
        let inside = self.0.range(prefix.clone()..);
        inside
            .take_while(|(path, _)| path.starts_with(&prefix))
            .filter_map(|(path, node)| Some((path.strip_prefix(&prefix)?, node)))
            .filter(|(name, _)| !name.contains('/') && !name.is_empty())
            .collect()
    }

    /// Puts a file or directory there.
    ///
    /// # Errors
    /// In the words of a shell.
    pub fn put(&mut self, path: &str, node: Node) -> Result<(), &'static str> {
        let path = path.trim_end_matches('/');
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        match (self.get(parent), self.get(path), &node) {
            _ if name.is_empty() => return Err("Is a directory"),
            (None, ..) => return Err("No such file or directory"),
            (Some(Node::File(_)), ..) => return Err("Not a directory"),
            (_, Some(Node::Dir), Node::File(_)) => return Err("Is a directory"),
            (_, Some(_), Node::Dir) => return Err("File exists"),
            _ => {}
        }
        let size = |node: &Node| match node {
            Node::File(bytes) => bytes.len(),
            Node::Dir => 0,
        };
        if self.0.values().map(size).sum::<usize>() + size(&node) > DISK {
            return Err("No space left on device");
        }
        self.0.insert(path.to_owned(), node);
        Ok(())
    }

    /// Removes a file, or a directory with all that is in it.
    pub fn remove(&mut self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let inside = format!("{path}/");
        let there = self.0.contains_key(path) && !path.is_empty();
        if there {
            self.0.retain(|known, _| known != path && !known.starts_with(&inside));
        }
        there
    }
}

/// An absolute path without `.` and `..`; empty for the root.
pub fn absolute(here: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{here}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.iter().map(|part| format!("/{part}")).collect()
}
