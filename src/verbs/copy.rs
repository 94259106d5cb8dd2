//! Copying files and directories to and from a container, as a tar stream through exec.
//!
//! Both ways the container needs `sh` and `tar`. What arrives is kept under a name of its own, its
//! sizes are compared, and only then does it get the name it was meant for: whatever fails on the way
//! leaves nothing half there.

use super::shell::{Container, Facts, State};
use super::{Choice, Draft, Value, get};
use crate::model::{
    CopySpec, CopyWay, Fault, FaultKind, ObjRef, Plan, PlanId, PlanRequest, Read, StreamSpec, Text,
};
use std::path::{Path, PathBuf};

/// What a script says on standard error when it gives up, before its reason; and what it says of tar's
/// end.
pub const MARK: &str = "wheelhouse:";
/// What a script says on standard output when everything arrived and has its name.
pub const ARRIVED: &str = "wheelhouse:arrived";
/// Name that the thing that is copied has while it is under way.
pub const INNER: &str = "it";

/// Takes in an archive: `$1` is where to, `$2` its name where that is a directory. Standard input
/// begins with a line: an id, the archive's size, how many files with how many bytes are in it. So
/// many bytes are read and no end is waited for: not every server can tell that input has ended.
const UP: &str = r#"no() { echo "wheelhouse:$1" >&2; exit 1; }
d=$1 n=$2
if [ ! -d "$d" ]; then
case $d in */) no "there is no directory $d";; esac
n=${d##*/} d=${d%"${d##*/}"} d=${d:-.}
[ -d "$d" ] || no "there is no directory $d"
fi
for c in tar head wc mv; do command -v $c >/dev/null 2>&1 || no "there is no $c in this image"; done
read -r id size files bytes || no "nothing came"
t=${d%/}/.wheelhouse-$id
trap 'rm -rf "$t"' EXIT
trap 'exit 1' HUP INT TERM PIPE
mkdir "$t" || no "no directory can be made in $d"
head -c "$size" | tar -xpof - -C "$t" || no "tar could not unpack it"
c=0 b=0
count() { for f in "$1"/* "$1"/.[!.]* "$1"/..?*; do
if [ -h "$f" ]; then :; elif [ -d "$f" ]; then count "$f"
elif [ -f "$f" ]; then c=$((c+1)) b=$((b+$(wc -c <"$f"))); fi; done; }
count "$t"
[ "$c $b" = "$files $bytes" ] || no "$c files with $b bytes arrived of $files with $bytes"
put() { if [ -d "$1" ] && [ ! -h "$1" ] && [ -d "$2" ]; then
for f in "$1"/* "$1"/.[!.]* "$1"/..?*; do
if [ -e "$f" ] || [ -h "$f" ]; then put "$f" "${2%/}/${f##*/}"; fi; done
elif [ -d "$2" ]; then no "$2 is a directory there"
elif [ -d "$1" ] && [ ! -h "$1" ] && [ -e "$2" ]; then no "$2 is no directory there"
else mv -f "$1" "$2" || no "$2 cannot be written"; fi; }
put "$t/it" "${d%/}/$n"
echo wheelhouse:arrived"#;

/// Gives an archive of `$1`, after a line that says whether it is a directory. It waits to be told to
/// end: some servers lose the last bytes of a process that ends at once.
const DOWN: &str = r#"no() { echo "wheelhouse:$1" >&2; exit 1; }
p=$1
[ -e "$p" ] || no "there is no $p"
command -v tar >/dev/null 2>&1 || no "there is no tar in this image"
if [ -d "$p" ]; then cd "$p" || no "$p cannot be entered"
echo dir; tar -cf - .
else echo file; d=${p%"${p##*/}"}; cd "${d:-.}" || no "$d cannot be entered"
tar -chf - "./${p##*/}"; fi
echo "wheelhouse:$?" >&2; read -r _"#;

/// The command that a copy runs in the container.
pub fn command(spec: &CopySpec) -> Vec<String> {
    let mut words = vec!["sh".to_owned(), "-c".to_owned()];
    match spec.way {
        CopyWay::Up => {
            let name = spec.local.file_name().unwrap_or_default().to_string_lossy();
            words.extend([UP.to_owned(), "sh".to_owned(), spec.remote.clone(), name.into_owned()]);
        }
        CopyWay::Down => {
            let path = match spec.remote.trim_end_matches('/') {
                "" => "/",
                path => path,
            };
            words.extend([DOWN.to_owned(), "sh".to_owned(), path.to_owned()]);
        }
    }
    words
}

/// The one request of a copy.
pub fn request(spec: &CopySpec) -> PlanRequest {
    PlanRequest::exec(&spec.pod, &spec.container, &command(spec))
}

/// A copy in the making.
#[derive(Clone, Debug)]
pub struct Copy {
    pod: ObjRef,
    /// The container that was asked for; empty where it is to be chosen.
    asked: Text,
    facts: Option<Facts>,
    at: usize,
    way: CopyWay,
    local: String,
    remote: String,
}

impl Copy {
    /// A copy from or to a pod; in which of its containers is asked unless it is named.
    pub fn new(pod: ObjRef, container: Text) -> Self {
        Self {
            pod,
            asked: container,
            facts: None,
            at: 0,
            way: CopyWay::Down,
            local: ".".to_owned(),
            remote: String::new(),
        }
    }

    /// The same with everything known but the container.
    #[must_use]
    pub fn known(mut self, way: CopyWay, local: &Path, remote: &str) -> Self {
        self.way = way;
        self.local = local.to_string_lossy().into_owned();
        remote.clone_into(&mut self.remote);
        self
    }

    fn container(&self) -> Option<&Container> {
        self.facts.as_ref()?.containers.get(self.at)
    }

    /// What is opened.
    ///
    /// # Errors
    /// A path is missing or makes no sense.
    pub fn spec(&self) -> Result<CopySpec, Fault> {
        let no = |why: &str| Fault::new(FaultKind::Input, self.title(), why);
        if self.facts.is_some() && self.container().is_none() {
            let all = self.facts.as_ref().map(Facts::names).unwrap_or_default();
            let why = format!("the pod has no container {}", self.asked);
            return Err(Fault::new(FaultKind::NotFound, self.title(), why)
                .hint(format!("its containers: {all}")));
        }
        let (local, remote) = (self.local.trim(), self.remote.trim());
        if remote.is_empty() {
            return Err(no("no path in the container yet"));
        }
        if local.is_empty() {
            return Err(no("no path on this machine yet"));
        }
        if remote.contains(['\n', '\0']) {
            return Err(no("a path in the container is one line"));
        }
        if self.way == CopyWay::Up && Path::new(local).file_name().is_none() {
            return Err(no("name the file or directory to copy: this path has no name"));
        }
        Ok(CopySpec {
            pod: self.pod.clone(),
            container: self.container().map_or(self.asked.clone(), |one| one.name.clone()),
            way: self.way,
            local: PathBuf::from(local),
            remote: remote.to_owned(),
        })
    }
}

const WAYS: [(CopyWay, &str); 2] =
    [(CopyWay::Down, "from the container to here"), (CopyWay::Up, "from here into the container")];

impl Draft for Copy {
    fn title(&self) -> String {
        match self.way {
            CopyWay::Down => format!("Copy from {}", self.pod),
            CopyWay::Up => format!("Copy into {}", self.pod),
        }
    }

    fn button(&self) -> String {
        "Copy".into()
    }

    fn targets(&self) -> &[ObjRef] {
        std::slice::from_ref(&self.pod)
    }

    fn choices(&self) -> Vec<Choice> {
        let at = WAYS.iter().position(|(way, _)| *way == self.way).unwrap_or(0);
        let words = WAYS.iter().map(|(_, words)| (*words).to_owned()).collect();
        let mut choices = vec![Choice::one_of("way", "way", at, words)];
        if let Some(facts) = self.facts.as_ref().filter(|facts| facts.containers.len() > 1) {
            let words = facts.containers.iter().map(|one| one.name.to_string()).collect();
            choices.push(Choice::one_of("container", "container", self.at, words));
        }
        choices.push(Choice::typed("remote", "path in the container", &*self.remote));
        choices.push(Choice::typed("local", "path on this machine", &*self.local));
        choices
    }

    fn set(&mut self, id: &str, value: Value) {
        match (id, value) {
            ("way", Value::OneOf { at, .. }) => self.way = WAYS[at.min(1)].0,
            ("container", Value::OneOf { at, .. }) => self.at = at,
            ("remote", Value::Typed(text)) => self.remote = text,
            ("local", Value::Typed(text)) => self.local = text,
            _ => {}
        }
    }

    fn reads(&self) -> Vec<Read> {
        vec![get(&self.pod)]
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        // Without it the server chooses the container, and says why it cannot.
        if let Ok(json) = answer {
            let facts = Facts::read(json);
            self.at = facts.position(&self.asked);
            self.facts = Some(facts);
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let spec = self.spec()?;
        let plan = Plan::empty(id, spec.pod.cluster, context.clone(), self.title());
        let mut plan = plan.request(request(&spec));
        plan = match spec.way {
            CopyWay::Down => plan.note(format!(
                "{} → {}; a directory there gets it inside",
                spec.remote,
                spec.local.display()
            )),
            CopyWay::Up => plan.note(format!(
                "{} → {}; a directory there gets it inside",
                spec.local.display(),
                spec.remote
            )),
        };
        if let Some(container) = self.container().filter(|one| one.state != State::Running) {
            plan = plan.warn(format!("the container is not running: {}", container.state));
        }
        Ok(plan.note("files of the same name are replaced once everything has arrived"))
    }

    fn stream(&self) -> Option<StreamSpec> {
        self.spec().ok().map(StreamSpec::Copy)
    }
}

/// One side of a copy on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// A path here.
    Local(PathBuf),
    /// A path in a pod.
    Remote {
        /// Namespace; empty for the one in use.
        namespace: String,
        /// The pod, or `KIND/NAME` with a namespace before it.
        pod: String,
        /// The path there.
        path: String,
    },
}

/// `[NAMESPACE/]POD:PATH`, or a path here; as kubectl takes them. What begins with `/`, `./` or `../`
/// is always a path here.
///
/// # Errors
/// There is a colon, but no pod or path beside it.
pub fn side(text: &str) -> Result<Side, String> {
    let here = text.starts_with('/') || text.starts_with("./") || text.starts_with("../");
    let Some((pod, path)) = text.split_once(':').filter(|_| !here) else {
        return if text.is_empty() {
            Err("an empty path".into())
        } else {
            Ok(Side::Local(text.into()))
        };
    };
    let (namespace, pod) = pod.split_once('/').unwrap_or(("", pod));
    if pod.is_empty() || path.is_empty() || pod.contains('/') {
        return Err(format!(
            "{text:?} is no [NAMESPACE/]POD:PATH; a path here with a colon in it \
                            begins with ./"
        ));
    }
    Ok(Side::Remote { namespace: namespace.into(), pod: pod.into(), path: path.into() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{object, plan_of};
    use serde_json::json;

    fn taught() -> Copy {
        let mut copy = Copy::new(object("", "pods", "Pod", "api-0"), "".into());
        let json = json!({"spec": {"containers": [{"name": "api"}, {"name": "side"}]},
            "status": {"containerStatuses": [{"name": "api", "state": {"running": {}}},
                {"name": "side", "state": {"running": {}}}]}});
        copy.learn(0, Ok(&json.to_string()));
        copy
    }

    #[test]
    fn the_plan_carries_the_exact_request_and_both_paths() {
        let mut copy = taught();
        assert!(plan_of(&copy).is_err(), "no path yet");
        copy.set("remote", Value::Typed("/var/log/app.log".into()));
        let plan = plan_of(&copy).unwrap();
        assert_eq!(plan.requests[0].path, request(&copy.spec().unwrap()).path);
        assert!(
            plan.requests[0].path.contains("&command=/var/log/app.log&container=api&stdin=true")
        );
        assert!(plan.notes[0].text.starts_with("/var/log/app.log → ."));
        copy.set("way", copy.choices()[0].next());
        assert!(plan_of(&copy).unwrap_err().why.contains("has no name"));
        copy.set("local", Value::Typed("./new dir".into()));
        copy.set("container", copy.choices()[1].next());
        let spec = copy.spec().unwrap();
        assert_eq!((spec.way, &*spec.container), (CopyWay::Up, "side"));
        assert_eq!(command(&spec)[4..], ["/var/log/app.log", "new dir"]);
    }

    #[test]
    fn sides_are_written_as_for_kubectl() {
        let remote = |namespace: &str, pod: &str, path: &str| Side::Remote {
            namespace: namespace.into(),
            pod: pod.into(),
            path: path.into(),
        };
        assert_eq!(side("api-0:/tmp/x").unwrap(), remote("", "api-0", "/tmp/x"));
        assert_eq!(side("shop/api-0:x").unwrap(), remote("shop", "api-0", "x"));
        assert_eq!(side("./a:b").unwrap(), Side::Local("./a:b".into()));
        assert_eq!(side("/a:b").unwrap(), Side::Local("/a:b".into()));
        assert_eq!(side("dir/file").unwrap(), Side::Local("dir/file".into()));
        for wrong in ["", ":x", "api-0:", "shop/:x", "a/b/c:x"] {
            assert!(side(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_scripts_use_the_marks_that_are_looked_for() {
        for script in [UP, DOWN] {
            assert!(script.contains(&format!("echo \"{MARK}$1\" >&2")));
        }
        assert!(UP.contains(&format!("echo {ARRIVED}")) && UP.contains(&format!("\"$t/{INNER}\"")));
    }
}
