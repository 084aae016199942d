//! What a picture costs in tokens, by the vendors' own formulas. They differ in a few numbers only: pictures are made to
//! fit, laid out in cells, and each cell costs so much.

/// A picture of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Whether the request asks for it to be looked at only roughly (OpenAI's `detail: low`).
    pub low: bool,
}

/// A picture whose size nobody knows, such as one behind an address, is taken to be so large. It costs between 258 and
/// 1369 tokens with most vendors.
impl Default for Picture {
    fn default() -> Self {
        Self { width: 1024, height: 1024, low: false }
    }
}

/// How a model looks at pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vision {
    /// The longer side is at most so long, the shorter one so; in pixels. Larger pictures are made smaller.
    longer: u32,
    shorter: u32,
    /// The side of a cell, in pixels.
    cell: u32,
    /// Pictures of more cells are made smaller.
    most: u64,
    /// Tokens of any picture.
    base: u64,
    /// Thousandths of a token for a cell.
    each: u64,
    /// Whether each row of cells ends in one more token.
    rows: bool,
    /// Whether `detail: low` leaves only `base`.
    low: bool,
}

const NONE: Vision = Vision {
    longer: u32::MAX,
    shorter: u32::MAX,
    cell: 1,
    most: u64::MAX,
    base: 0,
    each: 0,
    rows: false,
    low: false,
};

/// OpenAI, <https://platform.openai.com/docs/guides/images-vision#calculating-costs>: within 2048 × 2048, the shorter side
/// 768, tiles of 512.
const fn tiles(base: u64, tile: u64) -> Vision {
    Vision { longer: 2048, shorter: 768, cell: 512, base, each: 1000 * tile, low: true, ..NONE }
}

/// OpenAI, the same page: patches of 32 pixels, so many at most, times a factor. Where users measured another factor than
/// the page has (<https://community.openai.com/t/1377015>), it is theirs.
const fn patches(most: u64, each: u64) -> Vision {
    Vision { cell: 32, most, each, ..NONE }
}

/// Anthropic, <https://platform.claude.com/docs/en/build-with-claude/vision>: an area of 28 × 28 pixels (784, on the older
/// page 750) a token; what is larger than the model looks at is made smaller.
const fn claude(longer: u32, most: u64) -> Vision {
    Vision { longer, cell: 28, most, each: 1000, ..NONE }
}

/// Alibaba, <https://help.aliyun.com/zh/model-studio/vision>: areas of 28 × 28 pixels, from Qwen3-VL on 32 × 32, so many at
/// most unless high resolution is asked for, and two marks.
const fn qwen(cell: u32, most: u64) -> Vision {
    Vision { cell, most, base: 2, each: 1000, ..NONE }
}

/// Mistral, mistral-common's `image.py`: patches, and the end of each row.
const fn mistral(longer: u32, cell: u32) -> Vision {
    Vision { longer, cell, each: 1000, rows: true, ..NONE }
}

/// Google until Gemini 2.5, <https://ai.google.dev/gemini-api/docs/tokens>: 258 a tile of 768 × 768.
const GEMINI: Vision = Vision { cell: 768, each: 258_000, ..NONE };
/// Google from Gemini 3 on, <https://ai.google.dev/gemini-api/docs/media-resolution>: 1120, whatever the size.
const GEMINI_3: Vision = Vision { base: 1120, ..NONE };
/// Google's Gemma 3 (arXiv:2503.19786): 256, whatever the size, and two marks.
const GEMMA: Vision = Vision { base: 258, ..NONE };
/// Meta's Llama 4 (its processor's `config.json`): tiles of 336 × 336, at most 16, of 144 tokens, and the whole once more.
const LLAMA: Vision = Vision { cell: 336, most: 16, base: 147, each: 145_000, ..NONE };
/// Words in names of models, in small letters; the longest that a name holds counts.
const WORDS: &[(&str, Vision)] = &[
    ("gpt-4", tiles(85, 170)),
    ("gpt-4o-mini", tiles(2833, 5667)),
    ("gpt-4.1-mini", patches(1536, 1620)),
    ("gpt-4.1-nano", patches(1536, 2460)),
    ("o1", tiles(75, 150)),
    ("o3", tiles(75, 150)),
    ("o4-mini", patches(1536, 1720)),
    ("gpt-5", tiles(70, 140)),
    ("gpt-5-mini", patches(1536, 1200)),
    ("gpt-5-nano", patches(1536, 1500)),
    ("gpt-5.2", patches(1536, 1200)),
    ("gpt-5.3", patches(1536, 1200)),
    ("gpt-5.4", patches(2500, 1200)),
    ("gpt-5.4-mini", patches(1536, 1200)),
    ("gpt-5.4-nano", patches(1536, 1200)),
    ("gpt-5.5", patches(10_000, 1200)),
    ("gpt-6", patches(12_000, 1200)),
    ("gemini", GEMINI_3),
    ("gemini-1", GEMINI),
    ("gemini-2", GEMINI),
    ("gemma", GEMMA),
    ("llama", LLAMA),
    ("qwen", qwen(32, 2560)),
    ("qwen2", qwen(28, 1280)),
    ("qwen-2", qwen(28, 1280)),
    ("qvq", qwen(28, 1280)),
    ("pixtral", mistral(1024, 16)),
    ("mistral", mistral(1540, 28)),
    ("magistral", mistral(1540, 28)),
    ("ministral", mistral(1540, 28)),
];

impl Vision {
    /// A model of which nothing is known: what patches of 28 pixels cost within the limits that are usual.
    pub const OTHER: Self = claude(1568, 1568);

    /// How a model looks at pictures, by any name that it goes by.
    #[must_use]
    pub fn of(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model);
        match super::Family::of(name) {
            super::Family::Claude => return claude(1568, 1568),
            super::Family::Claude47 => return claude(2576, 4784),
            _ => {}
        }
        let held = WORDS.iter().filter(|(word, _)| super::family::holds(name, word));
        held.max_by_key(|(word, _)| word.len()).map_or(Self::OTHER, |(_, vision)| *vision)
    }

    /// What a picture costs.
    #[must_use]
    pub fn tokens(self, picture: Picture) -> u64 {
        if self.low && picture.low {
            return self.base;
        }
        let (mut width, mut height) = (u64::from(picture.width.max(1)), u64::from(picture.height.max(1)));
        let fit = |side: u64, most: u32, width: &mut u64, height: &mut u64| {
            if side > u64::from(most) {
                *width = (*width * u64::from(most)).div_ceil(side);
                *height = (*height * u64::from(most)).div_ceil(side);
            }
        };
        fit(width.max(height), self.longer, &mut width, &mut height);
        fit(width.min(height), self.shorter, &mut width, &mut height);
        let (across, down) = (width.div_ceil(u64::from(self.cell)), height.div_ceil(u64::from(self.cell)));
        let rows = if self.rows { down } else { 0 };
        let cells = across.saturating_mul(down).min(self.most);
        cells.saturating_mul(self.each).div_ceil(1000).saturating_add(self.base + rows)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(model: &str, width: u32, height: u32) -> u64 {
        Vision::of(model).tokens(Picture { width, height, low: false })
    }

    /// The vendors' own examples, and what users were charged (datasets/JOHNISKING/image-token-cost on Hugging Face, and
    /// OpenAI's community), less the text around it.
    #[test]
    fn pictures_cost_what_the_vendors_say() {
        assert_eq!(tokens("gpt-4o", 1024, 1024), 765);
        assert_eq!(tokens("gpt-4o-2024-08-06", 2048, 4096), 1105);
        assert_eq!(tokens("gpt-4.1", 2400, 1800), 765);
        assert_eq!(tokens("gpt-4.1-mini", 1024, 1024), 1659);
        assert_eq!(tokens("gpt-5-mini", 1280, 720), 1104);
        assert_eq!(tokens("gpt-5.4-mini", 2048, 768), 1844);
        assert_eq!(tokens("gpt-5.5", 1920, 1080), 2448);
        assert_eq!(tokens("claude-haiku-4-5", 1024, 1024), 1434 - 65);
        assert_eq!(tokens("claude-haiku-4-5", 512, 512), 426 - 65);
        assert_eq!(tokens("claude-sonnet-5-5", 1920, 1080), 2768 - 77);
        assert_eq!(tokens("gemini-2.5-flash", 512, 512), 258);
        assert_eq!(tokens("google/gemini-3-pro-preview", 4000, 3000), 1120);
        assert_eq!(tokens("qwen2.5-vl-72b-instruct", 280, 280), 102);
        assert_eq!(tokens("pixtral-12b-2409", 512, 512), 32 * 32 + 32);
        let low = Picture { low: true, ..Picture::default() };
        assert_eq!(Vision::of("gpt-4o").tokens(low), 85);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_size_costs_something_that_can_be(model in 0..WORDS.len(), width: u32, height: u32, low: bool) {
            let cost = WORDS[model].1.tokens(Picture { width, height, low });
            prop_assert!(cost > 0);
            if WORDS[model].1.longer < u32::MAX || WORDS[model].1.most < u64::MAX {
                prop_assert!(cost < 100_000);
            }
        }
    }
}
