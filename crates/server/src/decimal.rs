//! Numbers in headers, as text. Every answer carries several; the standard formatter costs ten times what their digits do.

use std::time::Duration;

use http::HeaderValue;

/// A number as a header's value. The library's own way to make one allocates twice.
pub(crate) fn header(number: u64) -> HeaderValue {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    match usize::try_from(number).ok().and_then(|digit| DIGITS.get(digit)) {
        Some(digit) => HeaderValue::from_static(digit),
        None => HeaderValue::from_str(itoa::Buffer::new().format(number))
            .unwrap_or_else(|_| HeaderValue::from(number)),
    }
}

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
    fn numbers_stand_in_headers_as_their_digits() {
        for number in [0, 9, 10, 4096, u64::MAX] {
            assert_eq!(header(number), number.to_string());
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
