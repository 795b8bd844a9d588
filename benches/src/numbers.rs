//! Numbers as people read them.

/// A number as people read it: three figures, thousands as k, M, G.
pub fn short(number: f64) -> String {
    let (scaled, suffix) = match number.abs() {
        n if n >= 1e12 => (number / 1e12, " T"),
        n if n >= 1e9 => (number / 1e9, " G"),
        n if n >= 1e6 => (number / 1e6, " M"),
        n if n >= 1e4 => (number / 1e3, " k"),
        _ => (number, ""),
    };
    let decimals = match scaled.abs() {
        n if n >= 99.95 => 0,
        n if n >= 9.995 => 1,
        n if n >= 0.1 || n == 0.0 => 2,
        _ => 4,
    };
    format!("{scaled:.decimals$}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (number, text) in [
            (0.0, "0.00"),
            (0.0123, "0.0123"),
            (1.5, "1.50"),
            (42.0, "42.0"),
            (1234.0, "1234"),
            (98_765.0, "98.8 k"),
            (12_345_678.0, "12.3 M"),
            (3.2e9, "3.20 G"),
        ] {
            assert_eq!(short(number), text);
        }
    }
}
