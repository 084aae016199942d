//! What answers themselves say about money: the vendor's own figure of the cost, and units that are billed although other
//! counts stand beside them. Field names are the vendors', and no two of them mean different things.

use serde_json::Value;
use wye_types::Usage;
use wye_types::money::nano_of_dollars;
use wye_types::usage::{Ledger, Units};

/// One vendor counts in ten-thousandths of a millionth of a dollar.
const TICKS_PER_NANO: u64 = 10;

/// What the provider says that the call cost, in nano-dollars, rounded up. `usage` is the answer's own object.
///
/// `cost` in dollars, `cost.total_cost`, `cost_in_usd_ticks`. What is negative or no number says nothing; nor does nought,
/// which stands there where another bills the call.
#[must_use]
pub fn reported(usage: &Value) -> Option<u64> {
    if let Some(ticks) = usage["cost_in_usd_ticks"].as_u64() {
        return Some(ticks.div_ceil(TICKS_PER_NANO)).filter(|nano| *nano > 0);
    }
    let cost = &usage["cost"];
    let dollars = cost.as_f64().or_else(|| cost["total_cost"].as_f64())?;
    nano_of_dollars(dollars).filter(|nano| *nano > 0)
}

/// What is billed, where an answer says it apart from what was counted (`billed_units`): tokens without the vendor's
/// own prompt around them, and questions put to documents. `usage` is the object in which `billed_units` stands.
#[must_use]
pub fn billed(usage: &Value) -> Option<Ledger> {
    let units = usage["billed_units"].as_object()?;
    // Some answers write these whole numbers with a point.
    let count = |key: &str| units.get(key).and_then(Value::as_f64).filter(|n| (0.0..1e15).contains(n));
    let count = |key: &str| count(key).map(|n| n as u64);
    let images = count("images");
    Some(Ledger {
        tokens: Usage {
            input: count("input_tokens").unwrap_or(0),
            output: count("output_tokens").unwrap_or(0),
            image_in: count("image_tokens"),
            ..Usage::default()
        },
        units: Units { images, search_units: count("search_units"), ..Units::default() },
        reported: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_read_as_their_vendors_write_them() {
        assert_eq!(reported(&json!({"cost": 0.003_414_75})), Some(3_414_750));
        assert_eq!(reported(&json!({"cost": 1.4e-7})), Some(140));
        assert_eq!(reported(&json!({"cost": {"total_cost": 0.006}})), Some(6_000_000));
        assert_eq!(reported(&json!({"cost_in_usd_ticks": 1_176_501})), Some(117_651));
        for nothing in [json!({}), json!({"cost": -1}), json!({"cost": "1"}), json!({"cost": 0}), json!(null)]
        {
            assert_eq!(reported(&nothing), None, "{nothing}");
        }
    }

    #[test]
    fn billed_units_are_a_ledger() {
        let ledger = billed(&json!({"billed_units": {"input_tokens": 98.0, "output_tokens": 19}})).unwrap();
        assert_eq!((ledger.tokens.input, ledger.tokens.output), (98, 19));
        let ledger = billed(&json!({"billed_units": {"search_units": 1}})).unwrap();
        assert_eq!((ledger.tokens.total(), ledger.units.search_units), (0, Some(1)));
        assert_eq!(billed(&json!({"tokens": {}})), None);
    }
}
