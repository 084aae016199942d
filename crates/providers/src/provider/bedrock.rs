//! Amazon Bedrock, by its Converse call and an API key.

use wye_types::DialectId;

use super::{Auth, Provider};
use crate::{Kind, Serves, Shape};

/// Recordings `bedrock_invoke__chat__01` and others: the body is the model maker's.
const SERVES: &[Serves] = &[
    Serves::at(Kind::Embeddings, "/model/{model}/invoke", Shape::Bedrock),
    Serves::at(Kind::Images, "/model/{model}/invoke", Shape::Bedrock),
];

/// Amazon Bedrock. An API key is a bearer token; requests are not signed.
pub(super) const PROVIDER: Provider = Provider {
    title: "Amazon Bedrock",
    dialect: DialectId::BedrockConverse,
    auth: Auth::of(DialectId::BedrockConverse),
    serves: SERVES,
    docs: "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
    ..Provider::openai_compatible(
        "bedrock",
        "https://bedrock-runtime.{AWS_REGION|AWS_DEFAULT_REGION}.amazonaws.com",
        &["AWS_BEARER_TOKEN_BEDROCK"],
    )
};
