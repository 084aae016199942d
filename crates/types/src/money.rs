//! Money: amounts are nano-dollars, prices pico-dollars per token. Both are whole numbers, so that sums are exact.

use crate::Usage;

/// Pico-dollars in a nano-dollar.
const PICO_PER_NANO: u128 = 1000;

/// What a token costs, in pico-dollars (a dollar per million tokens is 1,000,000). What is `None` is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Price {
    /// A token of the prompt.
    pub input: Option<u64>,
    /// A token of the answer.
    pub output: Option<u64>,
    /// A token read from a cache; as `input` where nothing else is said.
    pub cache_read: Option<u64>,
    /// A token written to a cache of five minutes; as `input` where nothing else is said.
    pub cache_write: Option<u64>,
    /// A token written to a cache of one hour; as `cache_write` where nothing else is said.
    pub cache_write_1h: Option<u64>,
    /// A token of reasoning; as `output` where nothing else is said.
    pub reasoning: Option<u64>,
    /// An audio token of the prompt.
    pub audio_in: Option<u64>,
    /// An audio token of the answer.
    pub audio_out: Option<u64>,
    /// An image token of the prompt; as `input` where nothing else is said.
    pub image_in: Option<u64>,
    /// An image token of the answer; as `output` where nothing else is said.
    pub image_out: Option<u64>,
}

impl Price {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        input: None,
        output: None,
        cache_read: None,
        cache_write: None,
        cache_write_1h: None,
        reasoning: None,
        audio_in: None,
        audio_out: None,
        image_in: None,
        image_out: None,
    };

    /// Nothing costs anything.
    pub const FREE: Self = Self {
        input: Some(0),
        output: Some(0),
        cache_read: Some(0),
        cache_write: Some(0),
        cache_write_1h: Some(0),
        reasoning: Some(0),
        audio_in: Some(0),
        audio_out: Some(0),
        image_in: Some(0),
        image_out: Some(0),
    };

    /// What a call cost, in nano-dollars, rounded up. `None` if it used something whose price is not known.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Option<u64> {
        let mut pico = Some(0_u128);
        self.used(usage, &mut |_, count, price| {
            let more = price.map(|price| u128::from(count) * u128::from(price));
            pico = pico.zip(more).map(|(pico, more)| pico.saturating_add(more));
        });
        pico.map(nano)
    }

    /// Goes through the counts of a usage that are not nought, each once, beside the price of one of its tokens: the place
    /// in [`Price::PARTS`], the count, the price. It is done several times for every request, and most use two of them.
    pub fn used(&self, usage: &Usage, each: &mut dyn FnMut(usize, u64, Option<u64>)) {
        let mut one = |place: usize, count: u64, own: Option<u64>, usual: Option<u64>| {
            if count > 0 {
                each(place, count, own.or(usual));
            }
        };
        let count = |of: Option<u64>| of.unwrap_or(0);
        one(0, usage.input, self.input, None);
        one(1, count(usage.cache_read), self.cache_read, self.input);
        one(2, count(usage.cache_write), self.cache_write, self.input);
        one(3, count(usage.cache_write_1h), self.cache_write_1h.or(self.cache_write), self.input);
        one(4, count(usage.audio_in), self.audio_in, None);
        one(5, count(usage.image_in), self.image_in, self.input);
        one(6, usage.output, self.output, None);
        one(7, count(usage.reasoning), self.reasoning, self.output);
        one(8, count(usage.audio_out), self.audio_out, None);
        one(9, count(usage.image_out), self.image_out, self.output);
    }

    /// What the parts are called.
    pub const PARTS: [&str; 10] = [
        "input",
        "cache_read",
        "cache_write",
        "cache_write_1h",
        "audio_in",
        "image_in",
        "output",
        "reasoning",
        "audio_out",
        "image_out",
    ];
}

/// Pico-dollars as nano-dollars, rounded up. An amount that has no room is the largest that has.
#[must_use]
pub fn nano(pico: u128) -> u64 {
    u64::try_from(pico.div_ceil(PICO_PER_NANO)).unwrap_or(u64::MAX)
}

/// Dollars as a provider writes them in an answer, in nano-dollars, rounded up. What is negative, no number or beyond all
/// bills says nothing.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the bounds that are checked, the number is whole and positive"
)]
pub fn nano_of_dollars(dollars: f64) -> Option<u64> {
    const NANO: f64 = 1e9;
    // A binary fraction of a dollar may lie a hair above the nano-dollar that was meant.
    let nano = (dollars * NANO - 1e-3).ceil().max(0.0);
    (dollars >= 0.0 && nano < 1e18).then_some(nano as u64)
}

/// Nano-dollars as decimal dollars without an exponent: `0.00015`, `12`.
#[must_use]
pub fn dollars(nano: u64) -> String {
    const NANO: u64 = 1_000_000_000;
    let (whole, mut part) = (nano / NANO, nano % NANO);
    let mut text = whole.to_string();
    if part == 0 {
        return text;
    }
    text.reserve(10);
    // By hand: every answer carries such a number, and the formatter costs ten times what its digits do.
    let mut digits = [b'0'; 9];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (part % 10) as u8;
        part /= 10;
    }
    let most = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    text.push('.');
    text.extend(digits[..most].iter().map(|digit| char::from(*digit)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_written_and_read_without_loss() {
        for (nano, text) in [
            (0, "0"),
            (1, "0.000000001"),
            (150_000, "0.00015"),
            (12_000_000_000, "12"),
            (u64::MAX, "18446744073.709551615"),
        ] {
            assert_eq!(dollars(nano), text);
        }
        for nano in [0, 1, 117_651, 3_414_750, 6_000_000, 999_999_999_999] {
            assert_eq!(nano_of_dollars(dollars(nano).parse().unwrap()), Some(nano));
        }
        for nothing in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(nano_of_dollars(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_cost_is_the_sum_of_what_was_used_or_unknown() {
        let price = Price {
            input: Some(3_000_000),
            output: Some(15_000_000),
            cache_read: Some(300_000),
            ..Price::default()
        };
        let usage = Usage {
            input: 1000,
            output: 100,
            cache_read: Some(10_000),
            reasoning: Some(10),
            ..Usage::default()
        };
        // 0.003 + 0.0015 + 0.003 + 0.00015 dollars.
        assert_eq!(price.cost(&usage), Some(7_650_000));
        assert_eq!(price.cost(&Usage { audio_in: Some(1), ..usage }), None);
        assert_eq!(Price::default().cost(&Usage::default()), Some(0));
        assert_eq!(
            Price { input: Some(1), ..Price::default() }.cost(&Usage { input: 1, ..Usage::default() }),
            Some(1)
        );
        assert_eq!(Price::FREE.cost(&Usage { audio_out: Some(9), ..usage }), Some(0));
        let dear = Price { input: Some(u64::MAX), ..Price::default() };
        assert_eq!(dear.cost(&Usage { input: u64::MAX, ..Usage::default() }), Some(u64::MAX));
    }
}
