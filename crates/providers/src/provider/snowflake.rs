//! Snowflake Cortex: OpenAI chat below the address of an account.

use super::Provider;

/// Snowflake Cortex. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Snowflake Cortex",
    aliases: &["snowflake-cortex"],
    docs: "https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api",
    ..Provider::openai_compatible(
        "snowflake",
        "https://{SNOWFLAKE_ACCOUNT}.snowflakecomputing.com/api/v2/cortex/v1",
        &["SNOWFLAKE_CORTEX_PAT"],
    )
};
