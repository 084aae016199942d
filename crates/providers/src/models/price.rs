//! Prices as lists write them, into pico-dollars per token: exact, since a rounded price makes every sum wrong.

use serde_json::Value;

/// In which unit a list writes its prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// It has none that can be read.
    None,
    /// Dollars per token.
    Token,
    /// Dollars per million tokens.
    Million,
    /// Ten-thousandths of a dollar per million tokens, which is a cent per hundred million.
    TenThousandths,
}

impl Unit {
    /// The power of ten that makes pico-dollars per token of it.
    const fn power(self) -> Option<i32> {
        match self {
            Self::None => None,
            Self::Token => Some(12),
            Self::Million => Some(6),
            Self::TenThousandths => Some(2),
        }
    }
}

/// A price: a number or a text of one. `None` if it is none, is negative (which vendors write for "it depends"), or is
/// finer than a pico-dollar without being nought.
pub(super) fn read(value: Option<&Value>, unit: Unit) -> Option<u64> {
    let power = unit.power()?;
    match value? {
        Value::String(text) => scaled(text.trim().trim_start_matches('$'), power),
        Value::Number(number) => scaled(&number.to_string(), power),
        _ => None,
    }
}

/// A decimal number times a power of ten, rounded to a whole one.
fn scaled(text: &str, power: i32) -> Option<u64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 30 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u128 = digits.parse().ok()?;
    let shift = power.checked_add(exponent)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let ten = 10_u128.checked_pow(shift.unsigned_abs())?;
    let scaled = if shift >= 0 { number.checked_mul(ten)? } else { (number + ten / 2) / ten };
    let kept = scaled > 0 || number == 0;
    u64::try_from(scaled).ok().filter(|_| kept)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prices_are_exact_in_every_unit() {
        for (value, unit, pico) in [
            (json!("0.00000015"), Unit::Token, Some(150_000)),
            (json!(1.5e-7), Unit::Token, Some(150_000)),
            (json!("3E-06"), Unit::Token, Some(3_000_000)),
            (json!(0.18), Unit::Million, Some(180_000)),
            (json!(3), Unit::Million, Some(3_000_000)),
            (json!("$2.50"), Unit::Million, Some(2_500_000)),
            (json!(2700), Unit::TenThousandths, Some(270_000)),
            (json!(20_000), Unit::TenThousandths, Some(2_000_000)),
            (json!("0"), Unit::Token, Some(0)),
            (json!("0.0"), Unit::Million, Some(0)),
            (json!("-1"), Unit::Token, None),
            (json!(-1), Unit::Token, None),
            (json!("free"), Unit::Token, None),
            (json!(""), Unit::Token, None),
            (json!("1e99"), Unit::Token, None),
            (json!("1e-99"), Unit::Token, None),
            (json!("0.0000000000000001"), Unit::Token, None),
            (json!("99999999999999999999999999999999"), Unit::Token, None),
            (json!("1"), Unit::None, None),
            (json!(null), Unit::Token, None),
        ] {
            assert_eq!(read(Some(&value), unit), pico, "{value}");
        }
    }
}
