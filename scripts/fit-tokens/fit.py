"""Fits a coefficient of every sum to every family's real tokens, and writes the table of the crate and the page.

What is made small is the relative error, by absolute value, with no coefficient below nought, so that more text is never
fewer tokens. Kinds of text that come out badly are given more weight, in rounds, on the pieces that are fitted alone.
"""

import json
import pathlib
import struct
import subprocess
import sys

import numpy
from scipy.optimize import nnls

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAMILIES = ["O200k", "Cl100k", "Claude", "Claude47", "Gemini", "Llama", "Tekken", "Spm32k", "Qwen", "Qwen35", "DeepSeek",
            "Glm", "Kimi", "Generic"]
MEANT = ["O200k", "Claude", "Claude47", "Gemini", "Llama", "Tekken", "Qwen", "Qwen35", "DeepSeek", "Glm", "Kimi"]
"""What `Generic` is the mean of."""
NAMED = ["en", "th", "zh", "ja", "ko", "ru", "ar", "hi", "agents"]
"""Kinds that were asked for: they weigh double, and English, which most requests are, twice that."""
BITS = 12
PAGE = ROOT / "docs/token-estimates.md"
BEGIN, END = "<!-- made by scripts/fit-tokens/run -->\n", "<!-- end -->\n"


def sums(texts):
    texts = [text.encode("utf-8", "surrogatepass") for text in texts]
    framed = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    command = ["cargo", "run", "--quiet", "--release", "--package", "wye-profile", "--example", "counts"]
    out = subprocess.run(command, input=framed, stdout=subprocess.PIPE, check=True, cwd=ROOT).stdout
    return numpy.frombuffer(out, dtype="<u4").reshape(len(texts), -1).astype(float)


def fitted(sums, tokens, weights):
    scale, now = weights / tokens, weights / tokens
    for _ in range(30):
        coefficients, _ = nnls(sums * now[:, None], tokens * now, maxiter=20_000)
        errors = numpy.abs(sums @ coefficients - tokens) / tokens
        now = scale / numpy.sqrt(numpy.maximum(errors, 0.02))
    return coefficients


def balanced(sums, tokens, kinds):
    names = sorted(set(kinds))
    weight = {kind: (4.0 if kind == "en" else 2.0) if kind in NAMED else 1.0 for kind in names}
    best, least = None, 1e9
    for _ in range(8):
        weights = numpy.array([weight[kind] for kind in kinds]) / numpy.sqrt([numpy.sum(kinds == kind) for kind in kinds])
        coefficients = fitted(sums, tokens, weights)
        errors = numpy.abs(sums @ coefficients - tokens) / tokens
        medians = {kind: numpy.median(errors[kinds == kind]) for kind in names}
        bad = sum(max(0.0, median - 0.05) ** 2 for median in medians.values())
        if bad < least:
            best, least = coefficients, bad
        for kind, median in medians.items():
            weight[kind] *= min(1.6, max(1.0, median / 0.07))
    return best


def table(rows):
    lines = ["//! Made by `scripts/fit-tokens/run`; not to be changed by hand. What each sum of a text is worth in each family's",
             "//! tokens, in parts of 2^12, and how well that fits is in `docs/token-estimates.md`.", "",
             "use super::counts::SUMMED;", "", "/// By family, then by sum.",
             f"pub(super) static COEFFICIENTS: [[u16; SUMMED]; {len(rows)}] = ["]
    for family, row in rows:
        lines.append(f"    // {family}")
        lines.append("    [" + ", ".join(map(str, row)) + "],")
    return "\n".join([*lines, "];", ""])


def main():
    corpus, counts = sys.argv[1:3]
    rows = [json.loads(line) for line in open(corpus)]
    kinds, held = numpy.array([row["kind"] for row in rows]), numpy.array([row["held"] for row in rows])
    summed = sums([row["text"] for row in rows])
    tokens = dict(numpy.load(counts))
    sources = json.loads(str(tokens.pop("sources")))
    tokens["Generic"] = numpy.exp(numpy.mean([numpy.log(numpy.maximum(tokens[f], 1)) for f in MEANT], axis=0))
    sources["Generic"] = "the geometric mean of all but `Cl100k` and `Spm32k`"
    made, errors = [], {}
    for family in FAMILIES:
        real = numpy.maximum(tokens[family].astype(float), 1)
        part = balanced(summed[~held], real[~held], kinds[~held])
        part = numpy.minimum(numpy.round(part * (1 << BITS)), 65_535).astype(int)
        made.append((family, part.tolist()))
        errors[family] = numpy.abs(numpy.ceil(summed @ part / (1 << BITS)) - real) / real
        print(family, f"{100 * numpy.median(errors[family][held]):.1f}", file=sys.stderr)
    target = ROOT / "crates/profile/src/tokens/coefficients.rs"
    target.write_text(table(made))
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(before + BEGIN + page(errors, sources, kinds, held) + END + rest.split(END)[1])


def page(errors, sources, kinds, held):
    names = NAMED + sorted(set(kinds) - set(NAMED))
    lines = ["| family | tokeniser |", "|---|---|"]
    lines += [f"| {family} | {sources[family]} |" for family in FAMILIES]
    lines += ["", "| text | n |" + "".join(f" {family} |" for family in FAMILIES), "|---|---|" + "---|" * len(FAMILIES)]
    for name in names:
        at = held & (kinds == name)
        if at.any():
            cells = [f" {100 * numpy.median(errors[f][at]):.1f} / {100 * numpy.quantile(errors[f][at], 0.9):.1f} |" for f in FAMILIES]
            lines.append(f"| {name} | {at.sum()} |" + "".join(cells))
    return "\n".join(lines) + "\n"


main()
