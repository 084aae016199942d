//! Amounts of dollars as people write them, turned into whole numbers without rounding: sums of money that drift are
//! not sums.

/// Digits that a binary floating-point number holds for certain.
const CERTAIN_DIGITS: usize = 15;

/// `25`, `0.1`, `12.50`: the amount times ten to the power of `decimals`. `None` if it is no such number, negative, too
/// fine or too large.
pub(crate) fn decimal(text: &str, decimals: u32) -> Option<u64> {
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return None;
    }
    let part = part.trim_end_matches('0');
    let missing = decimals.checked_sub(u32::try_from(part.len()).ok()?)?;
    let part = if part.is_empty() { 0 } else { part.parse::<u64>().ok()? };
    let whole = whole.parse::<u64>().ok()?.checked_mul(10_u64.checked_pow(decimals)?)?;
    whole.checked_add(part.checked_mul(10_u64.checked_pow(missing)?)?)
}

/// The same of a number that was read as a floating-point one: its shortest decimal form is what was written, unless it
/// has too many digits to tell.
pub(crate) fn decimal_of(number: f64, decimals: u32) -> Option<u64> {
    let text = format!("{number}");
    let certain =
        text.chars().filter(char::is_ascii_digit).skip_while(|c| *c == '0').count() <= CERTAIN_DIGITS;
    if certain { decimal(&text, decimals) } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_exact_or_refused() {
        for (text, nano) in [
            ("0.1", 100_000_000),
            ("25.50", 25_500_000_000),
            ("0", 0),
            ("1.0000000000", 1_000_000_000),
            ("0.000000001", 1),
            ("18446744073.709551615", u64::MAX),
        ] {
            assert_eq!(decimal(text, 9), Some(nano), "{text}");
        }
        for text in
            ["", ".5", "5.", "-1", "+1", "1e3", "NaN", "inf", "0.0000000001", "18446744073.709551616", "1,5"]
        {
            assert_eq!(decimal(text, 9), None, "{text}");
        }
        for number in [f64::NAN, f64::INFINITY, -0.1, -0.0, 1e-10, 1e300, 1_234_567_890.123_456_7] {
            assert_eq!(decimal_of(number, 9), None, "{number}");
        }
        assert_eq!(decimal_of(0.1 + 0.2, 9), None, "this is not 0.3");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_is_written_with_few_digits_is_what_is_read(nano in 0_u64..1_000_000_000_000_000) {
            let text = format!("{}.{:09}", nano / 1_000_000_000, nano % 1_000_000_000);
            prop_assert_eq!(decimal(&text, 9), Some(nano));
            prop_assert_eq!(decimal_of(text.parse().unwrap(), 9), Some(nano));
        }
    }
}
