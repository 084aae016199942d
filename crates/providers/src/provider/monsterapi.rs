//! MonsterAPI: OpenAI chat of open models.

use super::Provider;

/// MonsterAPI. Address: SMLGateway's table of providers.
pub(super) const PROVIDER: Provider = Provider {
    title: "MonsterAPI",
    docs: "https://developer.monsterapi.ai/",
    ..Provider::openai_compatible(
        "monsterapi",
        "https://llm.monsterapi.ai/v1",
        &["MONSTERAPI_API_KEY", "MONSTER_API_KEY"],
    )
};
