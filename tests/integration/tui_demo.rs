//! A person's ways through the program, on the embedded cluster, in a real terminal.

use crate::support::screen::{Screen, Session};
use crate::support::trials;
use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("demo::browse_filter_drill_yaml_and_back", browse_filter_drill_yaml_and_back),
        trials::plain("demo::home_is_apps_and_a_sync_is_planned_in_three_keys", home_is_apps),
        trials::plain("demo::from_launch_a_rollback_is_planned_in_four_keys", rollback_is_near),
        trials::plain("demo::the_page_of_an_app_tells_leads_on_and_comes_back", page_of_an_app),
        trials::plain("demo::delete_is_shown_dry_run_and_followed", delete_is_shown_and_followed),
        trials::plain("demo::readonly_refuses_and_says_so", readonly_refuses_and_says_so),
        trials::plain("demo::the_second_keymap_has_other_keys", the_second_keymap_has_other_keys),
        trials::plain("demo::one_seed_one_cluster", one_seed_one_cluster),
        trials::plain("demo::an_object_is_edited_in_the_editor_and_followed", edited),
        trials::plain("demo::what_an_editor_spoils_is_told_and_nothing_sent", spoilt_edits),
        trials::plain("demo::the_mouse_selects_scrolls_and_presses_keys_of_the_footer", mouse),
        trials::plain("demo::a_shell_runs_in_a_pane_and_in_the_whole_terminal", shell_in_a_pane),
        trials::plain("demo::an_image_without_a_shell_says_so", no_shell_in_the_image),
        trials::plain("demo::a_drifted_app_tells_its_fields_and_their_writers", drift_of_an_app),
        trials::plain("demo::unknown_kinds_and_bad_filters_are_told", mistakes_are_told),
    ]
}

fn demo(args: &[&str]) -> Screen {
    let mut all = vec!["demo"];
    all.extend(args);
    let mut screen = Session::new(&all).start();
    screen.wait_for("live");
    screen
}

fn home_is_apps() {
    let mut screen = Session::new(&["demo"]).at_home().start();
    screen.wait_for("apps(all namespaces)");
    screen.select("edge-eu");
    screen.press("s");
    screen.wait_until("the plan", |text| {
        text.contains("Sync Application/edge-eu") && text.contains("> Sync <")
    });
    screen.press("<esc>");
    screen.wait_gone("Sync Application/edge-eu");
    screen.leave();
}

fn rollback_is_near() {
    let mut screen = Session::new(&["demo"]).at_home().start();
    // Rows come in one after the other: those that one looks at are there.
    let row = |text: &str, number: usize, name: &str| {
        let line = text.lines().filter(|line| line.starts_with('│')).nth(number);
        line.is_some_and(|line| line.contains(&format!("Argo CD    {name} ")))
    };
    let selected = |text: &str, name: &str| {
        text.lines().any(|line| line.contains(&format!("▸ Argo CD    {name} ")))
    };
    screen.wait_until("the first two apps", |text| {
        selected(text, "fraud-check") && row(text, 2, "settlement")
    });
    // Three keys: the second app, its rollback, and auto-sync, which stands in the way.
    screen.press("j");
    screen.wait_until("the second app", |text| selected(text, "settlement"));
    screen.press("b");
    screen.wait_for("rollback cannot be initiated when auto-sync is enabled");
    screen.press("<space>");
    let plan =
        screen.wait_for("auto-sync is switched off; switching it on again undoes the rollback");
    assert!(plan.contains("Roll back Application/"), "{plan}");
    assert!(plan.contains("PATCH /apis/argoproj.io/v1alpha1/namespaces/argocd/"), "{plan}");
    // Once it is known that it is allowed.
    screen.wait_for("[ Roll back ]");
    screen.press("<esc>");
    screen.wait_gone("Roll back Application/");
    screen.leave();
}

fn page_of_an_app() {
    let mut screen = Session::new(&["demo"]).at_home().size(80, 24).start();
    screen.wait_for("apps(all namespaces)");
    screen.command("apps -A /name==payments");
    screen.wait_until("the app", |text| {
        text.contains("[1 of ") && text.contains("▸ Argo CD payments")
    });
    screen.press("<enter>");
    // Its head, its objects with what they own, what is known.
    screen.wait_until("the page", |text| {
        text.contains("payments · Argo CD · argocd")
            && text.contains("Deployment/payments-api")
            && text.contains("ReplicaSet/payme")
    });
    // What was deployed before; back to an entry of it.
    screen.press("H");
    screen.wait_until("the history, and all of it", |text| {
        text.contains("▸  3 ") && text.lines().any(|line| line.starts_with("│   0 "))
    });
    screen.press("j j");
    screen.wait_for("▸  1 ");
    screen.press("b");
    let plan = screen.wait_for("entry 1");
    assert!(plan.contains("Roll back Application/payments") && plan.contains("to: 1 "), "{plan}");
    screen.press("<esc>");
    screen.wait_gone("Roll back Application");
    // A line that is longer than the screen is wide.
    screen.press("<enter>");
    screen.wait_for("in full");
    screen.press("<esc>");
    screen.wait_gone("in full");
    // An object of it, and its way back by the key that leads to the app of anything.
    screen.press("g j");
    screen.wait_until("an object", |text| {
        text.lines().any(|line| line.starts_with("│▸") && line.contains('/'))
    });
    screen.press("y");
    screen.wait_for("kind: ");
    screen.press("q");
    screen.wait_for("payments · Argo CD");
    screen.press("<esc>");
    screen.wait_for("apps(all namespaces)");
    screen.leave();
}

fn drift_of_an_app() {
    let mut screen = Session::new(&["demo"]).at_home().size(160, 40).start();
    screen.wait_for("apps(all namespaces)");
    screen.command("apps -A /name==payments");
    screen.wait_until("the app", |text| {
        text.contains("[1 of ") && text.contains("Argo CD") && text.contains("payments")
    });
    screen.press("D");
    screen.wait_until("its fields and who wrote them", |text| {
        text.contains("spec.replicas") && text.contains("by kubectl-scale (tool)")
    });
    screen.press("v");
    screen.wait_until("both sides", |text| {
        text.contains("replicas: 3") && text.contains("replicas: 5")
    });
    screen.press("<esc>");
    screen.wait_for("OBJECT, FIELD");
    screen.command("note scaled by hand");
    screen.wait_until("where the note is", |text| {
        text.contains("lines to ") && text.contains("state/saved/note-payments-")
    });
    let note = screen.saved("note-payments-");
    for words in ["# Drift of payments\n\nscaled by hand\n", "`spec.replicas`", "`kubectl-scale`"] {
        assert!(note.contains(words), "{words}\n{note}");
    }
    screen.leave();
}

fn browse_filter_drill_yaml_and_back() {
    let mut screen = demo(&["-c", "deploy -A"]);
    screen.wait_for("deployments(all namespaces)");
    // Filter: the rows that stay, and how many of how many.
    screen.press("/");
    screen.type_text("coredns");
    screen.wait_until("the filter", |text| text.contains("[1 of ") && text.contains("coredns"));
    screen.press("<enter>");
    // Drill: deployment → its pods → the pod's containers.
    screen.press("<enter>");
    screen.wait_until("its pods", |text| text.contains("pods(") && text.contains("coredns-"));
    screen.press("<enter>");
    screen.wait_for("containers(");
    screen.press("<esc>");
    screen.wait_until("its pods", |text| text.contains("pods(") && !text.contains("containers("));
    // YAML of the pod, searched.
    screen.press("y");
    screen.wait_for("kind: Pod");
    screen.press("/");
    screen.type_text("nodeName");
    screen.press("<enter>");
    screen.wait_for("nodeName");
    screen.press("q");
    screen.wait_until("its pods", |text| text.contains("pods(") && !text.contains("kind: Pod"));
    screen.press("<esc>");
    screen.wait_until("the deployments, still filtered", |text| {
        text.contains("deployments(all namespaces)") && text.contains("[1 of ")
    });
    screen.press("<esc>");
    screen.wait_until("all deployments", |text| !text.contains(" of ") || !text.contains("[1 of"));
    screen.leave();
}

fn delete_is_shown_and_followed() {
    let mut screen = demo(&["-c", "cm -A"]);
    screen.wait_for("configmaps(all namespaces)");
    screen.select("legacy-api");
    screen.press("<ctrl-d>");
    let dialog = screen.wait_for("Cancel");
    assert!(dialog.contains("Delete ConfigMap/legacy-api"), "{dialog}");
    assert!(dialog.contains("in shop"), "namespace is shown:\n{dialog}");
    screen.press("v");
    let dialog = screen.wait_for("propagationPolicy");
    assert!(dialog.contains("DELETE /api/v1/namespaces/shop/configmaps/legacy-api"), "{dialog}");
    // A dry run changes nothing.
    screen.press("d");
    screen.wait_for("dryRun=All");
    screen.wait_for(">");
    screen.press("<tab>");
    screen.wait_for("> Ask the server <");
    screen.press("<enter>");
    screen.wait_for("dry run: the server would accept it");
    screen.wait_for("legacy-api");
    // Then really: it starts on Cancel, and the row goes when the object is gone.
    screen.select("legacy-api");
    screen.press("<ctrl-d>");
    screen.wait_for("> Cancel <");
    screen.press("<tab>");
    screen.wait_for("> Delete <");
    screen.press("<enter>");
    screen.wait_for("gone after");
    screen.wait_until("the row to go", |text| {
        !text.lines().any(|line| line.starts_with('│') && line.contains("legacy-api"))
    });
    screen.press("<ctrl-c>");
    assert!(screen.wait_end().success());
    screen.assert_terminal_whole();
    // The normal screen gets what was done, and its outcome.
    let farewell = screen.text();
    assert!(farewell.contains("Delete ConfigMap/legacy-api"), "{farewell}");
}

fn readonly_refuses_and_says_so() {
    let mut screen = demo(&["--readonly", "-c", "cm -A"]);
    screen.wait_for(" RO ");
    screen.wait_for("legacy-api");
    screen.press("<ctrl-d>");
    screen.wait_for("read-only");
    assert!(!screen.text().contains("Cancel"), "no plan is shown:\n{}", screen.text());
    screen.leave();
}

fn the_second_keymap_has_other_keys() {
    let mut screen = demo(&["--keymap", "vim", "-c", "cm -A"]);
    screen.wait_for("legacy-api");
    screen.press("d d");
    screen.wait_for("Cancel");
    screen.press("<esc>");
    screen.wait_gone("Cancel");
    screen.command("q");
    assert!(screen.wait_end().success());
    screen.assert_terminal_whole();
}

fn one_seed_one_cluster() {
    let frame = |seed: &str| {
        let output = std::process::Command::new(crate::support::paths::program())
            .args(["demo", "--once", "--pods", "500", "--seed", seed, "-c", "cm -A"])
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let first = frame("3");
    assert_eq!(first, frame("3"));
    let pods = |seed: &str| {
        let output = std::process::Command::new(crate::support::paths::program())
            .args(["demo", "--once", "--pods", "500", "--seed", seed, "-c", "pods -A"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_ne!(pods("3"), pods("4"));
}

fn mistakes_are_told() {
    let mut screen = demo(&["-c", "pods -A"]);
    screen.wait_for("argocd-redis");
    screen.type_command("deploymets");
    screen.press("<enter>");
    screen.wait_until("the nearest name", |text| {
        text.lines().last().is_some_and(|line| line.contains("deployments"))
    });
    screen.press("<esc>");
    screen.wait_gone(":deploymets");
    screen.press("/");
    screen.type_text("api(");
    screen
        .wait_until("the reason", |text| text.contains("unclosed group") || text.contains("regex"));
    screen.press("<esc>");
    screen.wait_until("every row again", |text| {
        text.contains("pods(all namespaces)[1") && !text.contains(" of ")
    });
    screen.leave();
}

/// A session whose editor is this command; the file comes as its last argument.
fn with_editor(editor: &str) -> Screen {
    let mut screen = Session::new(&["demo", "-c", "deploy -A"]).env("EDITOR", editor).start();
    screen.wait_for("deployments(all namespaces)");
    screen.press("/");
    screen.type_text("coredns");
    screen.wait_until("the filter", |text| text.contains("[1 of ") && text.contains("coredns"));
    screen.press("<enter>");
    screen
}

fn edited() {
    let mut screen = with_editor("sed -i 's/^  replicas: .*/  replicas: 4/'");
    screen.press("e");
    screen.wait_for("Edit Deployment/coredns");
    screen.wait_for("PUT /apis/apps/v1/namespaces/kube-system/deployments/coredns");
    screen.wait_for("replicas: 4");
    screen.wait_for("> Send <");
    // Where something happened to it meanwhile, as things do in the demo, it is asked about once more.
    let again = |text: &str| text.contains("it was changed meanwhile; that is kept");
    screen.press("<enter>");
    let seen = screen.wait_until("the new number, or the question", |text| {
        text.contains("/4") || (again(text) && text.contains("> Send <"))
    });
    if again(&seen) {
        screen.press("<enter>");
        screen.wait_for("/4");
    }
    let followed = screen.wait_for("rolled out: 4 available");
    assert!(!followed.contains("PUT /apis"), "{followed}");
    screen.leave();
}

fn spoilt_edits() {
    for (editor, why) in [
        ("true", "nothing changed"),
        ("false", "nothing was changed"),
        ("no-such-editor", "No such file"),
        ("sed -i 's/^kind: .*/kind: Pod/'", "another object"),
        ("sed -i '1i a: ['", "no YAML"),
    ] {
        let mut screen = with_editor(editor);
        screen.press("e");
        screen.wait_for(why);
        assert!(!screen.text().contains("> Send <"), "{}", screen.text());
        if screen.text().contains("─ edit Deployment") {
            // What was written is asked about once more.
            screen.press("<ctrl-c>");
            screen.wait_for("quit again");
        }
        screen.leave();
    }
}

/// What a terminal sends for a click of the left button, or a notch of the wheel (64 up, 65 down), at
/// a column and row that begin with 0.
fn report(screen: &mut Screen, button: u8, (column, row): (usize, usize)) {
    screen.press(&format!("\u{1b}[<{button};{};{}M", column + 1, row + 1));
}

/// Where a text stands on screen.
fn place(text: &str, part: &str) -> (usize, usize) {
    let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains(part)).unwrap();
    (line.split(part).next().unwrap().chars().count(), row)
}

fn mouse() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(home.path().join("config")).unwrap();
    std::fs::write(home.path().join("config/config.toml"), "mouse = true\n").unwrap();
    let mut screen = Session::new(&["demo", "-c", "deploy -A"]).home(home.path()).start();
    let text = screen.wait_until("the rows", |text| text.contains("coredns"));
    let row = place(&text, "coredns");
    report(&mut screen, 0, row);
    screen.wait_until("the row that was clicked", |text| {
        text.lines().any(|line| line.contains('▸') && line.contains("coredns"))
    });
    // Once more opens it.
    report(&mut screen, 0, row);
    screen.wait_until("its pods", |text| text.contains("pods(") && text.contains("coredns-"));
    let text = screen.text();
    report(&mut screen, 0, place(&text, "<?> all keys"));
    screen.wait_for("keys that work here");
    report(&mut screen, 65, (5, 5));
    report(&mut screen, 0, (5, 5));
    screen.wait_gone("keys that work here");
    screen.leave();
}

fn shell_in_a_pane() {
    let mut screen = demo(&["-c", "pods -A /checkout-api"]);
    screen.wait_until("a pod that runs", |text| {
        text.lines().any(|line| line.contains("checkout-api") && line.contains("Running"))
    });
    screen.press("s");
    let opened = screen.wait_until("a prompt, or a choice", |text| {
        text.contains("/app #") || text.contains("> container:")
    });
    if opened.contains("> container:") {
        screen.press("<enter> <enter>");
        screen.wait_for("/app #");
    }
    screen.type_text("echo $KUBERNETES_SERVICE_HOST; ls");
    screen.press("<enter>");
    let shown = screen.wait_for("config.yaml");
    assert!(shown.contains("10.96.0.1"), "{shown}");
    // The pane's size, not the terminal's; and the new one.
    screen.type_text("stty");
    screen.press("<enter>");
    screen.wait_for("34 118");
    screen.resize(100, 30);
    screen.ask_until("stty", "24 98");
    // The whole terminal, and back.
    screen.press("<alt-enter>");
    // Keys belong to nobody until it has drawn itself there.
    screen.wait_until("the whole terminal", |text| {
        !text.contains("leaves") && text.contains("/app #")
    });
    screen.ask_until("stty", "30 100");
    screen.press("<ctrl-]>");
    screen.wait_for("<ctrl-]> leaves");
    screen.type_text("exit 4");
    screen.press("<enter>");
    screen.wait_for("ended with exit code 4");
    screen.press("<enter>");
    screen.wait_for("/app #");
    screen.press("<ctrl-]>");
    screen.wait_for("pods(");
    screen.leave();
}

fn no_shell_in_the_image() {
    let mut screen = demo(&["-c", "pods -A /coredns"]);
    screen.wait_until("a pod that runs", |text| {
        text.lines().any(|line| line.contains("coredns") && line.contains("Running"))
    });
    screen.press("s");
    screen.wait_for("there is no shell in this image");
    screen.press("<esc>");
    screen.wait_for("pods(");
    screen.leave();
}
