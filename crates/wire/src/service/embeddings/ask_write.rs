//! Requests for embeddings, written in every provider's words.

use serde_json::{Value, json};
use wye_types::Map;

use super::super::{Asked, Rewrite, Shape};
use super::ask::{Ask, Cut, Input, Purpose, Type};
use super::{content, field_of};
use crate::RequestError;
use crate::dialect::Loss;
use crate::written;

/// Writes a request.
///
/// # Errors
/// What the provider cannot be told without changing what the vectors are.
pub(super) fn write(ask: Ask, to: &Rewrite<'_>) -> Result<Asked, RequestError> {
    let mut writer = Writer { to, ask, losses: Vec::new() };
    let most = most(to.to, to.model);
    let count = writer.ask.inputs.len();
    if count > most {
        let field = field_of(to.from);
        let message = format!("`{field}` has {count} entries; {} takes at most {most} at once", to.model);
        return Err(RequestError::field(field, message));
    }
    let body = match to.to {
        Shape::OpenAi => writer.openai()?,
        Shape::Jina => writer.jina()?,
        Shape::Voyage => writer.voyage()?,
        Shape::Cohere | Shape::CohereOne => writer.cohere()?,
        Shape::Gemini => writer.gemini()?,
        Shape::Vertex => writer.vertex()?,
        Shape::Bedrock => writer.bedrock()?,
        Shape::Cloudflare => writer.cloudflare()?,
        other => {
            let message = format!("embeddings cannot be asked of {} in the words of {other:?}", to.model);
            return Err(RequestError::field("model", message));
        }
    };
    let unsaid = std::mem::take(&mut writer.ask.rest);
    let mut losses = writer.losses;
    losses.extend(unsaid.iter().filter(|(_, value)| !value.is_null()).map(|(field, _)| Loss::dropped(field)));
    Ok(Asked { body: Some(written::object(body)), behind: String::new(), losses })
}

/// How many inputs the provider takes at once, by its documentation.
fn most(shape: Shape, model: &str) -> usize {
    match shape {
        Shape::Cohere | Shape::CohereOne => 96,
        Shape::Voyage => 1000,
        Shape::Gemini | Shape::Cloudflare => 100,
        Shape::Vertex => 250,
        Shape::Bedrock if is_cohere(model) => 96,
        Shape::Bedrock => 1,
        _ => super::input::MOST,
    }
}

/// Whether a model of Bedrock's is Cohere's; all others that make vectors are Amazon's.
pub(super) fn is_cohere(model: &str) -> bool {
    model.contains("cohere.")
}

struct Writer<'a> {
    to: &'a Rewrite<'a>,
    ask: Ask,
    losses: Vec<Loss>,
}

impl Writer<'_> {
    fn openai(&mut self) -> Result<Map, RequestError> {
        self.floats_only()?;
        let mut body = self.model();
        let inputs = std::mem::take(&mut self.ask.inputs);
        let input = match inputs.as_slice() {
            [Input::Text(text)] => json!(text),
            [Input::Tokens(tokens)] => tokens.clone(),
            _ => inputs
                .into_iter()
                .enumerate()
                .map(|(place, input)| match input {
                    Input::Text(text) => Ok(Value::String(text)),
                    Input::Tokens(tokens) => Ok(tokens),
                    Input::Image(_) => Err(self.no(place, "pictures")),
                })
                .collect::<Result<Value, _>>()?,
        };
        if let Value::Array(items) = &input
            && items.iter().any(Value::is_array)
            && items.iter().any(Value::is_string)
        {
            return Err(self.no(0, "texts and tokens in one list"));
        }
        body.insert("input".into(), input);
        self.dimensions(&mut body, "dimensions");
        self.purpose();
        self.cut_by_itself();
        self.pass(&mut body, &["user"]);
        Ok(body)
    }

    fn jina(&mut self) -> Result<Map, RequestError> {
        let mut body = self.model();
        let pictures = self.ask.inputs.iter().any(|input| matches!(input, Input::Image(_)));
        let input = self.each(|input| match input {
            Input::Text(text) if pictures => Some(json!({"text": text})),
            Input::Text(text) => Some(json!(text)),
            Input::Image(image) => Some(json!({"image": image})),
            Input::Tokens(_) => None,
        })?;
        body.insert("input".into(), input);
        self.dimensions(&mut body, "dimensions");
        self.purpose_as(&mut body, "task");
        self.one_type(&mut body, "embedding_type", &[Type::Binary, Type::Ubinary])?;
        self.yes_or_no(&mut body, "truncate");
        self.pass(&mut body, &["normalized", "late_chunking"]);
        Ok(body)
    }

    fn voyage(&mut self) -> Result<Map, RequestError> {
        let mut body = self.model();
        let input = self.texts()?;
        body.insert("input".into(), input);
        self.purpose_as(&mut body, "input_type");
        self.dimensions(&mut body, "output_dimension");
        let known = [Type::Int8, Type::Uint8, Type::Binary, Type::Ubinary];
        self.one_type(&mut body, "output_dtype", &known)?;
        self.yes_or_no(&mut body, "truncation");
        Ok(body)
    }

    fn cohere(&mut self) -> Result<Map, RequestError> {
        let mut body = self.model();
        let is_picture = |input: &Input| matches!(input, Input::Image(_));
        let pictures = self.ask.inputs.iter().filter(|input| is_picture(input)).count();
        if pictures == 0 {
            let texts = self.texts()?;
            body.insert("texts".into(), texts);
        } else if pictures == self.ask.inputs.len() {
            let images = self.each(|input| match input {
                Input::Image(url) => Some(json!(url)),
                _ => None,
            })?;
            body.insert("images".into(), images);
        } else {
            let inputs = self.each(content::cohere)?;
            body.insert("inputs".into(), inputs);
        }
        if pictures > 0 && self.ask.purpose.is_none() {
            body.insert("input_type".into(), "image".into());
        } else {
            self.purpose_as(&mut body, "input_type");
        }
        if !body.contains_key("input_type") {
            // Its models since the third want to be told.
            body.insert("input_type".into(), "search_document".into());
            let done = "search_document, since the provider wants to know what the vectors are for";
            self.losses.push(Loss::changed("input_type", done));
        }
        let types: Vec<&str> = Type::asked(&self.ask.types).iter().map(|one| one.name()).collect();
        body.insert("embedding_types".into(), json!(types));
        self.dimensions(&mut body, "output_dimension");
        if let Some((cut, _)) = self.ask.cut {
            body.insert("truncate".into(), cut.word().into());
        }
        self.pass(&mut body, &["max_tokens", "priority"]);
        Ok(body)
    }

    fn gemini(&mut self) -> Result<Map, RequestError> {
        self.floats_only()?;
        let mut each = Map::new();
        each.insert("model".into(), content::named(self.to.model).into());
        self.purpose_as(&mut each, "taskType");
        self.dimensions(&mut each, "outputDimensionality");
        if let Some(title) = self.ask.title.take() {
            each.insert("title".into(), title.into());
        }
        self.cut_by_itself();
        let requests = self.each(|input| {
            let mut request = each.clone();
            request.insert("content".into(), content::google(input)?);
            Some(Value::Object(request))
        })?;
        Ok(Map::from_iter([("requests".to_owned(), requests)]))
    }

    fn vertex(&mut self) -> Result<Map, RequestError> {
        self.floats_only()?;
        let mut each = Map::new();
        self.purpose_as(&mut each, "task_type");
        if let Some(title) = self.ask.title.take() {
            each.insert("title".into(), title.into());
        }
        let instances = self.each(|input| match input {
            Input::Text(text) => {
                let mut instance = each.clone();
                instance.insert("content".into(), json!(text));
                Some(Value::Object(instance))
            }
            _ => None,
        })?;
        let mut parameters = Map::new();
        self.dimensions(&mut parameters, "outputDimensionality");
        self.yes_or_no(&mut parameters, "autoTruncate");
        let mut body = Map::from_iter([("instances".to_owned(), instances)]);
        if !parameters.is_empty() {
            body.insert("parameters".into(), Value::Object(parameters));
        }
        Ok(body)
    }

    fn bedrock(&mut self) -> Result<Map, RequestError> {
        let model = self.to.model;
        if is_cohere(model) {
            let mut body = self.cohere()?;
            body.shift_remove("model");
            return Ok(body);
        }
        if !model.contains("titan-embed") {
            let message = format!(
                "`{model}` takes embeddings in words that are not known here; use a model of Titan's or Cohere's"
            );
            return Err(RequestError::field("model", message));
        }
        let mut body = Map::new();
        match self.ask.inputs.first() {
            Some(Input::Text(text)) => body.insert("inputText".into(), json!(text)),
            Some(Input::Image(url)) if model.contains("image") => {
                let data = url
                    .split_once(";base64,")
                    .map(|(_, data)| data)
                    .ok_or_else(|| self.no(0, "pictures by address"))?;
                body.insert("inputImage".into(), json!(data))
            }
            _ => return Err(self.no(0, "inputs that are no text")),
        };
        self.purpose();
        self.cut_by_itself();
        if model.contains("image") {
            self.floats_only()?;
            let mut config = Map::new();
            self.dimensions(&mut config, "outputEmbeddingLength");
            if !config.is_empty() {
                body.insert("embeddingConfig".into(), Value::Object(config));
            }
            return Ok(body);
        }
        self.dimensions(&mut body, "dimensions");
        let types = Type::asked(&self.ask.types);
        if types != [Type::Float] {
            self.known(&types, &[Type::Float, Type::Binary])?;
            let names: Vec<&str> = types.iter().map(|one| one.name()).collect();
            body.insert("embeddingTypes".into(), json!(names));
        }
        if let Some(normalized) = self.ask.rest.shift_remove("normalized") {
            body.insert("normalize".into(), normalized);
        }
        Ok(body)
    }

    fn cloudflare(&mut self) -> Result<Map, RequestError> {
        self.floats_only()?;
        let texts = self.texts()?;
        self.purpose();
        self.cut_by_itself();
        if let Some((_, field)) = self.ask.dimensions.take() {
            return Err(self.cannot(field, "another number of dimensions"));
        }
        Ok(Map::from_iter([("text".to_owned(), texts)]))
    }

    fn model(&self) -> Map {
        Map::from_iter([("model".to_owned(), self.to.model.into())])
    }

    fn texts(&self) -> Result<Value, RequestError> {
        self.each(|input| match input {
            Input::Text(text) => Some(json!(text)),
            _ => None,
        })
    }

    /// Every input in the provider's words; what it has none for is refused, since a vector would be missing.
    fn each(&self, write: impl Fn(&Input) -> Option<Value>) -> Result<Value, RequestError> {
        let inputs = self.ask.inputs.iter().enumerate();
        inputs.map(|(place, input)| write(input).ok_or_else(|| self.no(place, kind_of(input)))).collect()
    }

    fn dimensions(&mut self, body: &mut Map, key: &str) {
        if let Some((count, _)) = self.ask.dimensions.take() {
            body.insert(key.to_owned(), count.into());
        }
    }

    /// What vectors are for, where the provider has a field for it.
    fn purpose_as(&mut self, body: &mut Map, key: &str) {
        let Some((purpose, field)) = self.ask.purpose.take() else { return };
        let near = || purpose.near().and_then(|near| Some((near, near.word(self.to.to)?)));
        match (purpose.word(self.to.to), near()) {
            (Some(word), _) => drop(body.insert(key.to_owned(), word.into())),
            (None, Some((_, word))) => {
                body.insert(key.to_owned(), word.into());
                self.losses.push(Loss::changed(field, word));
            }
            (None, None) => self.losses.push(Loss::dropped(field)),
        }
    }

    /// What vectors are for, where the provider has no field for it. A document is what it takes everything for.
    fn purpose(&mut self) {
        if let Some((purpose, field)) = self.ask.purpose.take()
            && purpose != Purpose::Document
        {
            self.losses.push(Loss::dropped(field));
        }
    }

    fn yes_or_no(&mut self, body: &mut Map, key: &str) {
        let Some((cut, field)) = self.ask.cut.take() else { return };
        body.insert(key.to_owned(), cut.is_cut().into());
        if cut == Cut::Start {
            self.losses.push(Loss::changed(field, "the end is cut off instead of the start"));
        }
    }

    /// The provider decides what becomes of a text that is too long.
    fn cut_by_itself(&mut self) {
        if let Some((_, field)) = self.ask.cut.take() {
            self.losses.push(Loss::dropped(field));
        }
    }

    fn one_type(&self, body: &mut Map, key: &str, known: &[Type]) -> Result<(), RequestError> {
        let types = Type::asked(&self.ask.types);
        match types.as_slice() {
            [Type::Float] => Ok(()),
            [one] => {
                self.known(&types, known)?;
                body.insert(key.to_owned(), one.name().into());
                Ok(())
            }
            _ => Err(self.cannot(self.type_field(), "several types at once")),
        }
    }

    fn floats_only(&self) -> Result<(), RequestError> {
        self.known(&Type::asked(&self.ask.types), &[Type::Float])
    }

    fn known(&self, types: &[Type], known: &[Type]) -> Result<(), RequestError> {
        match types.iter().find(|one| !known.contains(one)) {
            None => Ok(()),
            Some(one) => Err(self.cannot(self.type_field(), one.name())),
        }
    }

    const fn type_field(&self) -> &'static str {
        match self.to.from {
            Shape::Cohere | Shape::CohereOne => "embedding_types",
            _ => "encoding_format",
        }
    }

    /// What rode along and the provider has under the same name.
    fn pass(&mut self, body: &mut Map, keys: &[&str]) {
        for key in keys {
            if let Some(value) = self.ask.rest.shift_remove(*key) {
                body.insert((*key).to_owned(), value);
            }
        }
    }

    fn cannot(&self, field: &str, what: &str) -> RequestError {
        RequestError::field(field, format!("`{field}`: {} cannot be asked for {what}", self.to.model))
    }

    fn no(&self, place: usize, what: &str) -> RequestError {
        let field = field_of(self.to.from);
        let path = match self.to.from {
            Shape::GeminiOne | Shape::OllamaOne => field.to_owned(),
            _ => format!("{field}[{place}]"),
        };
        let message = format!("`{path}`: {} cannot be sent {what}; send texts", self.to.model);
        RequestError::field(path, message)
    }
}

const fn kind_of(input: &Input) -> &'static str {
    match input {
        Input::Text(_) => "texts",
        Input::Tokens(_) => "texts as tokens",
        Input::Image(_) => "such pictures",
    }
}
