//! Numbers in headers, as text. Every answer carries several; the standard formatter costs ten times what their digits do.

use std::time::Duration;

/// Writes a number.
pub(crate) fn put(out: &mut String, number: u64) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// Writes a time in milliseconds, with three digits after the point.
pub(crate) fn put_ms(out: &mut String, time: Duration) {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    put(out, micros / 1000);
    out.push('.');
    let rest = micros % 1000;
    out.push_str(&"000"[..3 - digits(rest)]);
    put(out, rest);
}

/// Writes what [`wye_types::money::dollars`] makes of nano-dollars.
pub(crate) fn put_dollars(out: &mut String, nano: u64) {
    const NANO: u64 = 1_000_000_000;
    put(out, nano / NANO);
    let mut part = itoa::Buffer::new();
    let part = part.format(nano % NANO);
    if part != "0" {
        out.push('.');
        out.push_str(&"000000000"[part.len()..]);
        out.push_str(part.trim_end_matches('0'));
    }
}

/// How many digits a number below a thousand has.
const fn digits(number: u64) -> usize {
    match number {
        0..=9 => 1,
        10..=99 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_those_of_everywhere() {
        for nano in [0, 1, 10, 117_651, 150_000, 999_999_999, 1_000_000_000, 12_000_000_500, u64::MAX] {
            let mut text = String::new();
            put_dollars(&mut text, nano);
            assert_eq!(text, wye_types::money::dollars(nano));
        }
    }

    #[test]
    fn milliseconds_have_three_digits_after_the_point() {
        let written = [0, 7, 70, 700, 7_000, 1_234_567].map(|micros| {
            let mut text = String::new();
            put_ms(&mut text, Duration::from_micros(micros));
            text
        });
        assert_eq!(written, ["0.000", "0.007", "0.070", "0.700", "7.000", "1234.567"]);
    }
}
