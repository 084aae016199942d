//! Amazon Bedrock, by its Converse call; with an API key, or signed with a pair.

use wye_types::DialectId;

use super::{Auth, Provider};
use crate::{Kind, Models, Serves, Shape};

/// Recordings `bedrock_invoke__chat__01` and others: the body is the model maker's.
const SERVES: &[Serves] = &[
    Serves::at(Kind::Embeddings, "/model/{model}/invoke", Shape::Bedrock),
    Serves::at(Kind::Images, "/model/{model}/invoke", Shape::Bedrock),
    Serves::at(Kind::Rerank, "/model/{model}/invoke", Shape::Bedrock),
];

/// Amazon Bedrock. An API key is a bearer token; a pair `ID:SECRET` or `ID:SECRET:SESSION_TOKEN` signs. Its list of models
/// lives at another host.
pub(super) const PROVIDER: Provider = Provider {
    title: "Amazon Bedrock",
    dialect: DialectId::BedrockConverse,
    auth: Auth::Aws("bedrock"),
    serves: SERVES,
    aliases: &["amazon-bedrock", "bedrock_converse"],
    models: Models::Deployed,
    docs: "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
    ..Provider::openai_compatible(
        "bedrock",
        "https://bedrock-runtime.{AWS_REGION|AWS_DEFAULT_REGION}.amazonaws.com",
        &["AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID:AWS_SECRET_ACCESS_KEY:AWS_SESSION_TOKEN"],
    )
};
