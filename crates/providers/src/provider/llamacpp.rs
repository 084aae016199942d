//! llama.cpp's server on one's own machine. Only used where configured: its port is everybody's.

use wye_wire::dialect::ReasoningField;

use super::{Auth, Provider};
use crate::{Kind, Quirks, Serves, Shape};

/// Recordings: each is answered with 501 by a server that was not started for it.
const SERVES: &[Serves] = &[
    Serves::openai(Kind::Embeddings),
    Serves::openai(Kind::Transcriptions),
    Serves::at(Kind::Rerank, "/rerank", Shape::Jina),
];

/// llama.cpp. Recordings: errors of 500 for what it was not started for (`openai_chat__error_500__01`), a context that is too
/// small (`openai_chat__error_400__01`). Thoughts are `reasoning_content` both ways.
pub(super) const PROVIDER: Provider = Provider {
    title: "llama.cpp",
    auth: Auth::None,
    quirks: Quirks { reasoning_field: ReasoningField::ReasoningContent, ..Quirks::NONE },
    serves: SERVES,
    aliases: &["llama.cpp"],
    own: true,
    docs: "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
    ..Provider::openai_compatible("llamacpp", "http://127.0.0.1:8080/v1", &[])
};
