//! Wire dialects, both directions; SSE framing; same-dialect byte patching. Pure.
