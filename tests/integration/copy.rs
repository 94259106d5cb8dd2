//! `wheelhouse cp` on a real API server, whose nodes run `sh` and `tar` of this machine.

use super::exec::{noise, pod, run};
use crate::support::control_plane::ControlPlane;
use crate::support::trials;
use libtest_mimic::Trial;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("copy::ten_megabytes_arrive_intact_both_ways", big_file),
        trials::on_shared("copy::a_directory_arrives_whole_both_ways", directory),
        trials::on_shared("copy::what_cannot_be_copied_is_told_and_leaves_nothing", refusals),
        trials::on_shared("copy::a_hostile_container_writes_nothing_outside", hostile),
    ]
}

/// A folder of the test's own that is the container's home.
fn home(plane: &ControlPlane, namespace: &str) -> PathBuf {
    pod(plane, namespace, "web");
    let home = plane.dir().join(format!("{namespace}-home"));
    fs::create_dir_all(home.join("bin")).unwrap();
    home
}

/// Copies; the exit code and everything that was said.
fn cp(plane: &ControlPlane, namespace: &str, from: &str, to: &str) -> (Option<i32>, String) {
    let output = run(plane, "admin", &["cp", "-n", namespace, from, to], b"");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// Nothing that is under way is left.
fn assert_clean(dir: &Path) {
    let left: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("wheelhouse-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

fn big_file(plane: &ControlPlane) {
    let home = home(plane, "copy-big");
    let here = tempfile::tempdir().unwrap();
    let bytes = noise(10_000_000);
    let (up, down) = (here.path().join("up.bin"), here.path().join("down.bin"));
    fs::write(&up, &bytes).unwrap();
    fs::set_permissions(&up, fs::Permissions::from_mode(0o640)).unwrap();
    let there = home.join("data.bin");
    let (code, said) =
        cp(plane, "copy-big", up.to_str().unwrap(), &format!("web:{}", there.display()));
    assert!(code == Some(0) && said.contains("copied 1 files, 10000000 bytes"), "{said}");
    assert!(fs::read(&there).unwrap() == bytes, "the same bytes are there");
    assert_eq!(fs::metadata(&there).unwrap().permissions().mode() & 0o777, 0o640);
    assert_clean(&home);
    let (code, said) =
        cp(plane, "copy-big", &format!("web:{}", there.display()), down.to_str().unwrap());
    assert!(code == Some(0) && said.contains("copied 1 files, 10000000 bytes"), "{said}");
    assert!(fs::read(&down).unwrap() == bytes, "and come back");
    assert_eq!(fs::metadata(&down).unwrap().permissions().mode() & 0o777, 0o640);
    assert_clean(here.path());
    // Into a directory, it keeps its name; a file that was there is replaced.
    fs::write(here.path().join("data.bin"), "old").unwrap();
    let (code, said) = cp(
        plane,
        "copy-big",
        &format!("copy-big/web:{}", there.display()),
        here.path().to_str().unwrap(),
    );
    assert!(code == Some(0), "{said}");
    assert_eq!(fs::metadata(here.path().join("data.bin")).unwrap().len(), 10_000_000);
}

/// Everything below a directory: path, permissions, content or where a link leads.
fn tree(dir: &Path) -> Vec<(String, u32, Vec<u8>)> {
    fn walk(root: &Path, dir: &Path, all: &mut Vec<(String, u32, Vec<u8>)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            let mode = meta.permissions().mode() & 0o777;
            if meta.is_symlink() {
                let to = fs::read_link(&path).unwrap().to_string_lossy().into_owned();
                all.push((name, 0, to.into_bytes()));
            } else if meta.is_dir() {
                all.push((name, mode, Vec::new()));
                walk(root, &path, all);
            } else {
                all.push((name, mode, fs::read(&path).unwrap()));
            }
        }
    }
    let mut all = Vec::new();
    walk(dir, dir, &mut all);
    all.sort();
    all
}

fn directory(plane: &ControlPlane) {
    let home = home(plane, "copy-tree");
    let here = tempfile::tempdir().unwrap();
    let from = here.path().join("site");
    let long = "a-rather-long-name-for-a-directory".repeat(2);
    for dir in ["empty", ".hidden", "sub dir/'quoted'", &format!("{long}/{long}")] {
        fs::create_dir_all(from.join(dir)).unwrap();
    }
    for n in 0..200 {
        fs::write(from.join(format!("sub dir/{n}.txt")), noise(n * 37)).unwrap();
    }
    fs::write(from.join(".hidden/.file"), "x").unwrap();
    fs::write(from.join("-rf"), "a name that looks like an option").unwrap();
    fs::write(from.join("sub dir/'quoted'/$(touch evil); ü"), "y").unwrap();
    fs::write(from.join(format!("{long}/{long}/deep")), "z").unwrap();
    fs::write(from.join("run.sh"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(from.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("sub dir/7.txt", from.join("link")).unwrap();
    let there = home.join("site");
    let (code, said) =
        cp(plane, "copy-tree", from.to_str().unwrap(), &format!("web:{}", home.display()));
    assert!(code == Some(0), "{said}");
    assert_eq!(tree(&there), tree(&from));
    let back = here.path().join("back");
    let remote = format!("web:{}", there.display());
    let (code, said) = cp(plane, "copy-tree", &remote, back.to_str().unwrap());
    assert!(code == Some(0) && said.contains("copied 205 files"), "{said}");
    assert_eq!(tree(&back), tree(&from));
    // Once more into what is there: what is only there stays.
    fs::write(back.join("own"), "kept").unwrap();
    fs::remove_file(back.join("run.sh")).unwrap();
    let (code, said) =
        cp(plane, "copy-tree", &format!("{}/", from.display()), &format!("web:{}", home.display()));
    assert!(code == Some(0), "{said}");
    assert_eq!(tree(&there), tree(&from), "it is still one level deep");
    assert_clean(&home);
    assert_clean(here.path());
}

fn refusals(plane: &ControlPlane) {
    let home = home(plane, "copy-refused");
    let here = tempfile::tempdir().unwrap();
    let file = here.path().join("file");
    fs::write(&file, "content").unwrap();
    let file = file.to_str().unwrap();
    let cp = |from: &str, to: &str| cp(plane, "copy-refused", from, to);
    let (code, said) = cp(&format!("web:{}/nope", home.display()), file);
    assert!(code == Some(1) && said.contains("there is no "), "{code:?} {said}");
    assert_eq!(fs::read_to_string(file).unwrap(), "content", "what was there is there");
    let (code, said) = cp(file, &format!("web:{}/no/such/place", home.display()));
    assert!(code == Some(1) && said.contains("there is no directory"), "{code:?} {said}");
    let (code, said) = cp("/no/such/file", "web:/tmp/x");
    assert!(code == Some(2) && said.contains("No such file"), "{code:?} {said}");
    let (code, said) = cp(file, "elsewhere");
    assert!(code == Some(2) && said.contains("neither of them is in a pod"), "{code:?} {said}");
    let (code, said) = cp(file, "web:/dev/full/x");
    assert!(code == Some(1) && said.contains("there is no directory"), "{code:?} {said}");
    // No tar in the image.
    for tool in ["sh", "head", "wc", "mv", "cat", "rm", "mkdir"] {
        let real = ["/bin", "/usr/bin"].map(|dir| Path::new(dir).join(tool));
        let real = real.into_iter().find(|path| path.exists()).unwrap();
        symlink(real, home.join("bin").join(tool)).unwrap();
    }
    plane.set_exec_env(
        "copy-refused",
        "web",
        &home,
        &[("PATH", home.join("bin").to_str().unwrap())],
    );
    crate::support::wait::until("an image without tar", || {
        let (code, said) = cp(file, &format!("web:{}/x", home.display()));
        if code == Some(1) && said.contains("there is no tar in this image") {
            Ok(())
        } else {
            Err(format!("{code:?} {said}"))
        }
    });
    let (_, said) = cp(&format!("web:{}/bin", home.display()), file);
    assert!(said.contains("there is no tar in this image"), "{said}");
    assert_clean(&home);
    assert_clean(here.path());
}

fn hostile(plane: &ControlPlane) {
    let home = home(plane, "copy-hostile");
    let here = tempfile::tempdir().unwrap();
    // A tar that gives what it likes, whatever it is asked for.
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |path: &str, sort: tar::EntryType, link: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(sort);
        header.set_size(content.len() as u64);
        header.set_mode(0o4777);
        // Past what the library would refuse to write.
        let name = &mut header.as_old_mut().name;
        name[..path.len()].copy_from_slice(path.as_bytes());
        let to = &mut header.as_old_mut().linkname;
        to[..link.len()].copy_from_slice(link.as_bytes());
        header.set_cksum();
        archive.append(&header, content).unwrap();
    };
    use tar::EntryType as Sort;
    add("./", Sort::Directory, "", b"");
    add("./good", Sort::Regular, "", b"good");
    add("../evil", Sort::Regular, "", b"evil");
    add("/tmp/wheelhouse-evil", Sort::Regular, "", b"evil");
    add("./out", Sort::Symlink, "../..", b"");
    add("./out/evil", Sort::Regular, "", b"evil");
    add("./passwd", Sort::Symlink, "/etc/passwd", b"");
    add("./same", Sort::Link, "../../evil", b"");
    add("./pipe", Sort::Fifo, "", b"");
    add("./near", Sort::Symlink, "good", b"");
    fs::write(home.join("archive"), archive.into_inner().unwrap()).unwrap();
    let script = format!("#!/bin/sh\nexec /bin/cat {}/archive\n", home.display());
    fs::write(home.join("bin/tar"), script).unwrap();
    fs::set_permissions(home.join("bin/tar"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", home.join("bin").display());
    plane.set_exec_env("copy-hostile", "web", &home, &[("PATH", &path)]);
    let goal = here.path().join("goal");
    let (code, said) = crate::support::wait::until("the hostile container", || {
        let _ = fs::remove_dir_all(&goal);
        let remote = format!("web:{}", home.display());
        let (code, said) = cp(plane, "copy-hostile", &remote, goal.to_str().unwrap());
        if said.contains("evil") { Ok((code, said)) } else { Err(format!("{code:?} {said}")) }
    });
    assert_eq!(code, Some(1), "{said}");
    for refused in ["../evil", "/tmp/wheelhouse-evil", "./out", "./passwd", "./same", "./pipe"] {
        assert!(said.contains(&format!("left out: {refused}")), "{refused}\n{said}");
    }
    let names: Vec<String> = tree(&goal).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["good", "near", "out", "out/evil"], "{said}");
    assert!(!here.path().join("evil").exists() && !Path::new("/tmp/wheelhouse-evil").exists());
    assert_eq!(fs::metadata(goal.join("good")).unwrap().permissions().mode() & 0o7777, 0o777);
    assert_clean(here.path());
}
