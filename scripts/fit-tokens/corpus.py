"""Gathers the texts that token estimates are fitted and judged on, from what lies on this machine.

Nothing of them enters the repository. Texts are cut into pieces of a prompt's size; which half a piece belongs to is told
by the document that it was cut from, so that nothing is judged on a document it was fitted on.
"""

import gzip
import hashlib
import html.parser
import json
import pathlib
import random
import re
import sys

SIZES = (300, 700, 1500, 4000)
PIECES = 260
"""Pieces of a kind of text, at most."""

HOME = pathlib.Path.home()
CODE = {
    "python": "py", "rust": "rs", "c": "c", "javascript": "js", "html": "html", "css": "css", "yaml": "yaml",
    "markdown": "md", "sql": "sql", "shell": "sh", "php": "php", "json": "json", "typescript": "d.ts",
}
PLACES = {
    "py": ["/usr/lib/python3*", f"{HOME}/.pyenv/versions/*/lib/python3*"],
    "rs": [f"{HOME}/.cargo/registry/src/*"],
    "c": [f"{HOME}/.cargo/registry/src/*", "/usr/src"],
    "js": ["/usr/share/nodejs", "/usr/lib/node_modules", f"{HOME}/.cargo/registry/src/*"],
    "html": [f"{HOME}/.cargo/registry/src/*", "/usr/share/doc", f"{HOME}/.pyenv/versions"],
    "css": [f"{HOME}/.cargo/registry/src/*", "/usr/share", f"{HOME}/.pyenv/versions"],
    "yaml": [f"{HOME}/.cargo/registry/src/*", "/usr/share", f"{HOME}/.pyenv/versions", "/usr/lib/node_modules"],
    "md": [f"{HOME}/.cargo/registry/src/*", "/usr/lib/node_modules", "/usr/share"],
    "sql": [f"{HOME}/.cargo/registry/src/*", "/usr/share", f"{HOME}/.pyenv/versions"],
    "sh": [f"{HOME}/.cargo/registry/src/*", "/usr/share", "/usr/lib"],
    "php": ["/usr/share", "/usr/lib", f"{HOME}/.pyenv/versions"],
    "json": [f"{HOME}/.cargo/registry/src/*", "/usr/lib/node_modules", f"{HOME}/.pyenv/versions/*/lib/python3*"],
    "d.ts": ["/usr/lib/node_modules", "/usr/share/nodejs"],
}
HELP = {
    "en": ["C", "en-US", "en"], "zh": ["zh_CN", "zh-CN", "zh-TW"], "ja": ["ja", "ja-JP"], "ko": ["ko", "ko-KR"],
    "ru": ["ru", "ru-RU"], "ar": ["ar", "ar-MA"], "hi": ["hi"], "de": ["de", "de-DE"], "fr": ["fr", "fr-FR"],
    "es": ["es", "es-ES"], "vi": ["vi", "vi-VN"], "id": ["id", "id-ID"], "he": ["he"], "el": ["el", "el-GR"],
    "pl": ["pl", "pl-PL"], "ta": ["ta"], "pt": ["pt_BR", "pt-BR"], "tr": ["tr", "tr-TR"],
}


class Words(html.parser.HTMLParser):
    """The text of a page."""

    def __init__(self):
        super().__init__()
        self.text, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style") and self.hidden > 0
        if tag in ("p", "li", "h1", "h2", "h3", "div", "tr", "dt", "dd", "title"):
            self.text.append("\n")

    def handle_data(self, data):
        if not self.hidden:
            self.text.append(data)


def page(raw):
    words = Words()
    words.feed(raw)
    text = re.sub(r"[ \t\r]+", " ", "".join(words.text))
    return re.sub(r"\s*\n\s*\n?\s*", "\n", text).strip()


def decoded(path):
    raw = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    for charset in ("utf-8", "euc-jp", "euc-kr", "gb18030", "koi8-r"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return ""


def troff(raw):
    lines = (re.sub(r"\\f.|\\-|\\&|\\\(\w\w", "", line) for line in raw.split("\n") if not line.startswith((".", "'")))
    return "\n".join(lines)


def documents(shared, debs):
    """Yields (kind, source, document, text)."""
    for line in gzip.open(shared / "routing/category_en_zh_th.jsonl.gz", "rt"):
        row = json.loads(line)
        yield row["lang"], "routing " + row["cat"], row["text"][:80], row["text"]
    for name in ("routellm_mmlu", "routellm_gsm8k", "zeroeval_28models", "ifeval_17models"):
        for line in gzip.open(shared / f"routing/{name}.jsonl.gz", "rt"):
            row = json.loads(line)
            if row["prompt"] and random.random() < 0.1:
                yield "en", name, row["prompt"][:80], row["prompt"]
    for kind, folders in HELP.items():
        for folder in folders:
            for root, ending in (("usr/share/help", ".page"), ("usr/share/doc/debian-handbook/html", ".html"),
                                 ("usr/share/doc/installation-guide-amd64", ".html"),
                                 ("usr/share/libreoffice/help", ".html"), ("usr/share/gimp/2.0/help", ".html")):
                files = sorted((debs / root / folder).rglob("*" + ending))
                for path in random.sample(files, min(len(files), 70)):
                    yield kind, root.split("/")[2 if "doc" not in root else 3], str(path), page(decoded(path))
            for path in sorted((debs / "usr/share/man" / folder).rglob("*.gz"))[::9]:
                yield kind, "man", str(path), troff(decoded(path))
    for kind, pattern in (("zh", "games/fortunes/*"), ("ru", "games/fortunes/ru/*"), ("ja", "doc/**/*.ja.html"),
                          ("ja", "developers-reference/**/*.html"), ("ja", "doc/developers-reference*/**/*.html")):
        for path in (debs / "usr/share").glob(pattern):
            if path.is_file() and path.suffix not in (".dat", ".u8"):
                text = decoded(path)
                yield kind, "other", str(path), page(text) if path.suffix == ".html" else text
    for kind in ("th", "ar"):
        for path in (debs / "usr/lib/libreoffice").rglob(f"{kind}/LC_MESSAGES/*.mo"):
            yield kind, "messages", str(path), messages(path.read_bytes())
    for kind, ending in CODE.items():
        files = [f for place in PLACES[ending] for root in pathlib.Path("/").glob(place[1:])
                 for f in root.rglob("*." + ending) if f.is_file() and 1000 < f.stat().st_size < 400_000]
        files = [f for f in files if not f.name.endswith(".min.js") and "unicode" not in str(f)]
        for path in random.sample(sorted(files), min(len(files), 150)):
            yield kind, "code", str(path), decoded(path)
    for path in sorted((shared / "clients/requests").glob("*.jsonl")):
        for line in path.open():
            body = json.loads(line).get("body")
            body = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
            if body and len(body) > 600:
                yield "agents", path.stem, path.stem, body


def messages(raw):
    """The translations in a `.mo` file."""
    count, table = (int.from_bytes(raw[at:at + 4], "little") for at in (8, 16))
    texts = []
    for row in range(table, table + 8 * count, 8):
        size, at = (int.from_bytes(raw[k:k + 4], "little") for k in (row, row + 4))
        texts.append(raw[at:at + size].decode("utf-8", "replace").split("\0")[0].replace("~", ""))
    return "\n".join(t for t in texts[1:] if len(t) > 25)


def pieces(text):
    at = 0
    while at < len(text):
        size = random.choice(SIZES)
        yield text[at:at + size]
        # Long documents give a few pieces from all over, not all of them.
        at += size + (len(text) // 6 if len(text) > 20_000 else 0)


def main():
    random.seed(6)
    shared, debs, out = map(pathlib.Path, sys.argv[1:4])
    kinds = {}
    for kind, source, document, text in documents(shared, debs):
        held = hashlib.sha256(document.encode()).digest()[0] < 96
        for piece in pieces(text):
            if len(piece.strip()) >= 60:
                sources = kinds.setdefault((kind, held), {})
                sources.setdefault(source, []).append((document, piece))
    with out.open("w") as file:
        for (kind, held), sources in sorted(kinds.items()):
            most = (PIECES // 2 if held else PIECES) // len(sources)
            for source, found in sorted(sources.items()):
                for document, piece in random.sample(found, min(len(found), max(most, 40))):
                    row = {"kind": kind, "held": held, "source": source, "text": piece}
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")


main()
