//! The encoder as a whole: a text in, a vector out.

use crate::file::{BadEncoder, Reader};
use crate::network::Network;
use crate::table::Table;
use crate::tokens::Tokens;

/// Numbers of a vector.
pub const DIMS: usize = 512;
/// What the encoder is called where vectors are told apart by who made them.
pub const NAME: &str = "use-multilingual-3";
/// So many tokens of a text count, the marks of its beginning and end among them.
pub const MOST_TOKENS: usize = 128;
/// So many characters of a text are looked at for those: more than 128 tokens have in any language, unless it is a text of
/// hardly more than spaces.
pub const MOST_CHARS: usize = 2_048;

/// The encoder, about 60 MB of memory.
pub struct Encoder {
    /// Our file as it was read: the vectors of pieces are taken from it where they stand.
    file: Vec<u8>,
    source: String,
    tokens: Tokens,
    table: Table,
    network: Network,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Encoder {
    /// Of a file that [`convert`](crate::convert) made.
    ///
    /// # Errors
    /// If it is something else, of another version, or not whole.
    pub fn read(file: Vec<u8>) -> Result<Self, BadEncoder> {
        let mut reader = Reader::open(&file)?;
        let source = String::from_utf8_lossy(reader.part()?).into_owned();
        let tokens = Tokens::read(&mut reader)?;
        let table = Table::read(&mut reader)?;
        let network = Network::read(&mut reader)?;
        Ok(Self { source, tokens, table, network, file })
    }

    /// What it was made of: the name of a release, with its version.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How many pieces texts are cut into.
    #[must_use]
    pub const fn pieces(&self) -> usize {
        self.table.len()
    }

    /// The pieces of a text, as they are looked at.
    #[must_use]
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        let end = text.char_indices().nth(MOST_CHARS).map_or(text.len(), |(end, _)| end);
        self.tokens.of(&text[..end], MOST_TOKENS)
    }

    /// What a text means: a vector of length 1. Of a long text its beginning counts; capitals matter a little.
    #[must_use]
    pub fn embed(&self, text: &str) -> [f32; DIMS] {
        let pieces = self.tokens(text);
        let mut vectors = vec![[0.0; DIMS]; pieces.len()];
        for (vector, piece) in vectors.iter_mut().zip(pieces) {
            self.table.vector(&self.file, piece, vector);
        }
        self.network.run(&vectors)
    }
}

/// How alike two texts are in what they mean, by their vectors: the cosine of the angle between them, from -1 to 1. 0 where
/// one of them has no direction, or they have not as many numbers.
#[must_use]
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if a.len() == b.len() && lengths > 0.0 { (dot(a, b) / lengths).clamp(-1.0, 1.0) } else { 0.0 }
}
