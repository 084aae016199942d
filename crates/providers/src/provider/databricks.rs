//! Databricks: OpenAI chat below the address of a workspace.

use super::Provider;

/// Databricks. Address and key: the models.dev snapshot of 2026-08-18.
pub(super) const PROVIDER: Provider = Provider {
    title: "Databricks",
    docs: "https://docs.databricks.com/aws/en/machine-learning/foundation-models",
    ..Provider::openai_compatible(
        "databricks",
        "https://{DATABRICKS_HOST}/ai-gateway/mlflow/v1",
        &["DATABRICKS_TOKEN"],
    )
};
