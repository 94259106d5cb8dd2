//! Which lines a filter leaves: those with its words, what stands above them, and what is below.

/// The lines that a filter leaves, by number. `depth` says how far to the right a line stands (0 for
/// headings), `matches` whether it has the words.
pub fn sift(
    lines: usize,
    depth: impl Fn(usize) -> usize,
    matches: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let mut shown: Vec<usize> = Vec::new();
    // Lines further left that stand above the present one.
    let mut above: Vec<usize> = Vec::new();
    // A line that matches brings what is below it.
    let mut whole: Option<usize> = None;
    for at in 0..lines {
        let here = depth(at);
        above.retain(|other| depth(*other) < here);
        if whole.is_some_and(|from| here <= from) {
            whole = None;
        }
        let matches = matches(at);
        if matches || whole.is_some() {
            for &one in &above {
                if shown.last().is_none_or(|last| *last < one) {
                    shown.push(one);
                }
            }
            shown.push(at);
        }
        // Headings bring what is below them only by their own lines.
        if matches && here > 0 && whole.is_none() {
            whole = Some(here);
        }
        above.push(at);
    }
    shown
}
