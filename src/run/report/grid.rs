//! Lays out text in columns.

use std::fmt::Write;

use crate::error::escape;

/// Rows of cells. Each column is as wide as its widest cell.
#[derive(Clone, Debug)]
pub struct Grid {
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// Returns an empty grid with a heading. A name that begins with `>` marks a column of numbers, which is aligned right.
    #[must_use]
    pub fn new(heading: &[&str]) -> Self {
        let right = heading.iter().map(|name| name.starts_with('>')).collect();
        let names = heading.iter().map(|name| name.trim_start_matches('>').to_owned()).collect();
        Self { right, rows: vec![names] }
    }

    /// Adds a row. Missing cells stay empty.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.into_iter().map(|cell| escape::line(&cell).into_owned()).collect());
    }

    /// Returns the lines, each indented by `indent` blanks and without trailing ones.
    #[must_use]
    pub fn text(&self, indent: usize) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.right.len()).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(indent);
            for (column, cell) in row.iter().enumerate() {
                let gap = if column == 0 { "" } else { "  " };
                let width = widths.get(column).copied().unwrap_or(0);
                let _ = if self.right.get(column) == Some(&true) {
                    write!(line, "{gap}{cell:>width$}")
                } else {
                    write!(line, "{gap}{cell:<width$}")
                };
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Returns a line with the number of tables that a grid leaves out because they are empty, or nothing if there are none.
#[must_use]
pub fn without_rows(tables: usize, indent: usize) -> String {
    let indent = " ".repeat(indent);
    match tables {
        0 => String::new(),
        1 => format!("{indent}1 table without rows is not listed\n"),
        _ => format!("{indent}{tables} tables without rows are not listed\n"),
    }
}

/// Returns a number with its noun: `1 row`, `2,000 rows`.
#[must_use]
pub fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// Returns a number with a comma between thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a size with a unit and one decimal.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    for (unit, shift) in UNITS {
        if bytes >> shift > 0 {
            return format!("{:.1} {unit}", bytes as f64 / (1_u64 << shift) as f64);
        }
    }
    format!("{bytes} bytes")
}

/// Returns seconds in the largest unit that fits.
#[must_use]
pub fn duration(seconds: f64) -> String {
    if seconds < 90.0 {
        return format!("{seconds:.1} seconds");
    }
    let minutes = seconds / 60.0;
    if minutes < 90.0 { format!("{minutes:.0} minutes") } else { format!("{:.1} hours", minutes / 60.0) }
}

/// Returns rows per second, or nothing if the time is too short for a figure: less than a twentieth of a second.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a pace is shown in whole rows and cannot be negative"
)]
#[must_use]
pub fn pace(rows: u64, seconds: f64) -> String {
    if seconds < 0.05 { String::new() } else { grouped((rows as f64 / seconds) as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let shown: Vec<String> = [0, 999, 1000, 1_234_567].into_iter().map(grouped).collect();
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(size(5), "5 bytes");
        assert_eq!(size(1536), "1.5 KiB");
    }

    #[test]
    fn cells_stand_under_their_heading() {
        let mut grid = Grid::new(&["table", ">rows"]);
        grid.row(vec!["kinds".into(), "1,000".into()]);
        grid.row(vec!["x".into(), "1".into()]);
        assert_eq!(grid.text(1), " table   rows\n kinds  1,000\n x          1\n");
    }
}
