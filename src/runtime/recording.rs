//! The recorded story in `screenshots/`: a release that does not come up, understood and taken back. Played by
//! the program itself on the demo cluster, whose time goes on only where the story says so; a test knows
//! when the program no longer plays it like that. How many frames the controllers' work takes depends on the
//! machine: of those it is held only that they lead to the end.
//!
//! `WHEELHOUSE_BLESS=1 cargo test recording` records it anew: then look at it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::screenshots::{BEGIN, Camera, STEPS};
use crate::demo::{Demo, DemoOptions};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Columns and rows.
const SIZE: (u16, u16) = (120, 30);
/// Room for the words below the screen, in the picture's units.
const WORDS: u32 = 34;
/// Steps of the demo that the way back takes at most.
const PATIENCE: usize = 200;

/// What is seen at one moment, for how long in seconds, and what is said about it.
struct Frame {
    picture: String,
    words: &'static str,
    seconds: f64,
}

/// One picture that plays the frames one after the other, for ever. Where nothing is to move, the frame with
/// the sentence stands still.
fn film(frames: &[Frame], still: usize) -> String {
    let total: f64 = frames.iter().map(|frame| frame.seconds).sum();
    let number = |text: &str, name: &str| -> u32 {
        let (_, rest) = text.split_once(&format!("{name}=\"")).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let first = &frames[0].picture;
    let (wide, high) = (number(first, "width"), number(first, "height"));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{all}\" \
         viewBox=\"0 0 {wide} {all}\" role=\"img\" font-size=\"14\" \
         font-family=\"'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,monospace\">\n\
         <title>wheelhouse: a rollout that is stuck, understood and taken back</title>\n<style>\n",
        all = high + WORDS
    );
    let mut begin = 0.0;
    for (at, frame) in frames.iter().enumerate() {
        let share = |seconds: f64| seconds / total * 100.0;
        let (from, to) = (share(begin), share(begin + frame.seconds));
        begin += frame.seconds;
        // Not seen before, and not after.
        let before = if at == 0 { String::new() } else { "0%{visibility:hidden}".to_owned() };
        let after =
            if to > 99.99 { String::new() } else { format!("{to:.2}%,100%{{visibility:hidden}}") };
        let _ = writeln!(
            out,
            "@keyframes f{at}{{{before}{from:.2}%{{visibility:visible}}{after}}}\n\
             .f{at}{{visibility:hidden;animation:f{at} {total:.1}s step-end infinite}}",
        );
    }
    let _ = writeln!(
        out,
        "@media (prefers-reduced-motion:reduce){{g{{animation:none!important}}\
         .f{still}{{visibility:visible!important}}}}\n</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1c1f26\"/>"
    );
    for (at, frame) in frames.iter().enumerate() {
        let (picture, words) = (&frame.picture, frame.words);
        let line = high + WORDS / 2 + 4;
        let _ = writeln!(
            out,
            "<g class=\"f{at}\">\n{picture}<text x=\"14\" y=\"{line}\" fill=\"#d8dee9\">{words}</text>\n</g>"
        );
    }
    out.push_str("</svg>\n");
    out
}

/// Waits until the screen has not changed for a while: what comes with one step of the cluster comes by
/// several watches.
async fn still(camera: &mut Camera) {
    let mut before = camera.picture("");
    loop {
        camera.listen(Duration::from_millis(300)).await;
        let after = camera.picture("");
        if before == after {
            return;
        }
        before = after;
    }
}

/// The line under the cursor.
fn selected(camera: &Camera) -> String {
    let lines = camera.lines();
    lines.lines().find(|line| line.contains('▸')).unwrap_or_default().to_owned()
}

/// What a rollout has come to, without clocks and ages.
fn counts(camera: &Camera) -> String {
    let told = |line: &&str| {
        ["available ", "blocks", "blocked", "rolled out"].iter().any(|word| line.contains(word))
    };
    camera.lines().lines().filter(told).collect()
}

#[tokio::test]
async fn the_recording_is_what_the_program_plays() {
    let demo = Demo::paused(DemoOptions { seed: 1, ..DemoOptions::default() }, BEGIN * 1000);
    demo.step(STEPS).await;
    let mut camera = Camera::start(&demo, "dark", SIZE).await;
    let mut frames = Vec::new();
    let take = async |camera: &mut Camera, words, seconds, frames: &mut Vec<Frame>| {
        still(camera).await;
        let picture = camera.picture("wheelhouse");
        frames.push(Frame { picture, words, seconds });
    };

    camera.press(": r o l l o u t s enter", "payments-worker").await;
    take(&mut camera, ":rollouts   what rolls or is stuck in the whole cluster", 3.0, &mut frames)
        .await;
    // The cursor goes to the one that is stuck.
    for _ in 0..20 {
        if selected(&camera).contains("payments-worker") {
            break;
        }
        camera.press("j", "payments-worker").await;
    }
    camera.press("enter", "blocked: exceeded its progress deadline").await;
    take(&mut camera, "enter   its rollout: one sentence says what blocks it", 6.0, &mut frames)
        .await;
    let sentence = frames.len() - 1;
    camera.press("b", "back to revision").await;
    take(&mut camera, "b   the way back, as a plan: nothing has been sent yet", 5.0, &mut frames)
        .await;
    camera.press("tab", "> Roll back <").await;
    take(&mut camera, "tab   to the button", 1.5, &mut frames).await;
    camera.press("enter", "has not seen generation").await;
    take(&mut camera, "enter   sent; it is followed from now on", 2.5, &mut frames).await;
    let told = frames.len();
    // The controllers do their work, step by step.
    let done = "rolled out: 2 available";
    let mut steps = 0;
    let mut seen = counts(&camera);
    while !camera.lines().contains(done) {
        steps += 1;
        assert!(steps < PATIENCE, "it never comes up:\n{}", camera.lines());
        camera.now += 1;
        demo.step(1).await;
        camera.listen(Duration::from_millis(150)).await;
        // What only lets time go by is no frame.
        let now = counts(&camera);
        if now != seen {
            take(&mut camera, "live, until it is done", 0.7, &mut frames).await;
            seen = now;
        }
    }
    take(&mut camera, "done", 4.0, &mut frames).await;

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots/rollback-story.svg");
    if std::env::var_os("WHEELHOUSE_BLESS").is_some() {
        std::fs::write(&path, film(&frames, sentence)).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    for Frame { picture, words, .. } in &frames[..told] {
        assert!(
            kept.contains(picture) && kept.contains(words),
            "screenshots/rollback-story.svg no longer shows {words:?}: WHEELHOUSE_BLESS=1 cargo test recording records it anew"
        );
    }
}
