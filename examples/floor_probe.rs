//! The floor that first paint is held against: a bare ratatui program that draws 10,000 rows it
//! already has, the plain way. `docs/performance.md` says how it is measured.

use crossterm::event::{Event, KeyCode, read};
use ratatui::layout::Constraint;
use ratatui::style::Modifier;
use ratatui::widgets::{Row, Table, TableState};

fn main() -> std::io::Result<()> {
    let mut terminal = ratatui::init();
    let rows: Vec<[String; 5]> = (0..10_000)
        .map(|i| {
            let name = format!("svc-{}-6d9f7c8b5-{i:05}", i % 200);
            [format!("load-{}", i % 10), name, "1/1".into(), "Running".into(), "0".into()]
        })
        .collect();
    let mut state = TableState::default().with_selected(0);
    loop {
        terminal.draw(|frame| {
            let top = state.selected().unwrap_or(0);
            let shown = rows[top..].iter().take(usize::from(frame.area().height));
            let table = Table::new(
                shown.map(|row| Row::new(row.iter().map(String::as_str))),
                [
                    Constraint::Length(12),
                    Constraint::Length(30),
                    Constraint::Length(6),
                    Constraint::Length(10),
                    Constraint::Length(8),
                ],
            )
            .row_highlight_style(Modifier::REVERSED);
            let mut window = TableState::default().with_selected(0);
            frame.render_stateful_widget(table, frame.area(), &mut window);
        })?;
        match read()? {
            Event::Key(key) if key.code == KeyCode::Char('q') => break,
            Event::Key(key) if key.code == KeyCode::Char('j') => {
                state.select(state.selected().map(|at| (at + 1).min(rows.len() - 1)));
            }
            _ => {}
        }
    }
    ratatui::restore();
    Ok(())
}
