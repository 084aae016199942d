//! The pieces that texts are cut into, as a tree of bytes: the children of a node lie side by side, in order of their
//! numbers, so that the tree is three flat lists that are read as they stand in the file.

use std::collections::BTreeMap;

use memchr::memchr;

use crate::file::{BadEncoder, Reader, Writer};

/// A tree of bytes. Node 0 is the root.
#[derive(Debug)]
pub(crate) struct Trie {
    /// The byte that leads to each node.
    labels: Vec<u8>,
    /// Where each node's children begin; those of the next node are their end.
    first: Vec<u32>,
    /// One more than the piece that ends at each node; 0: none does.
    pieces: Vec<u32>,
}

impl Trie {
    /// Of pieces by their text. Of equal texts the last one counts, as in the package.
    pub(crate) fn build<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut sorted: BTreeMap<&[u8], u32> = BTreeMap::new();
        for (number, piece) in (1..).zip(pieces) {
            sorted.insert(piece, number);
        }
        let sorted: Vec<(&[u8], u32)> = sorted.into_iter().collect();
        let mut trie = Self { labels: vec![0], first: Vec::new(), pieces: vec![0] };
        // Nodes in the order of their numbers, each with the pieces below it and its depth.
        let mut below = vec![(0..sorted.len(), 0_usize)];
        let mut node = 0;
        while let Some((range, depth)) = below.get(node).cloned() {
            trie.first.push(u32::try_from(below.len()).unwrap_or(u32::MAX));
            let mut at = range.start;
            if let Some((_, number)) =
                sorted.get(at).filter(|(piece, _)| piece.len() == depth && !range.is_empty())
            {
                trie.pieces[node] = *number;
                at += 1;
            }
            while at < range.end {
                let label = sorted[at].0[depth];
                let count = sorted[at..range.end].partition_point(|(piece, _)| piece[depth] == label);
                trie.labels.push(label);
                trie.pieces.push(0);
                below.push((at..at + count, depth + 1));
                at += count;
            }
            node += 1;
        }
        trie.first.push(u32::try_from(below.len()).unwrap_or(u32::MAX));
        trie
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.part(&self.labels);
        writer.words(&self.first);
        writer.words(&self.pieces);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, BadEncoder> {
        let trie = Self { labels: reader.part()?.to_vec(), first: reader.words()?, pieces: reader.words()? };
        let (nodes, ends) = (trie.labels.len(), trie.first.last().map_or(0, |last| *last as usize));
        let sound = trie.pieces.len() == nodes && trie.first.len() == nodes + 1 && ends == nodes;
        if sound && trie.first.is_sorted() { Ok(trie) } else { Err(BadEncoder::Senseless("pieces")) }
    }

    /// Every piece that `text` begins with, the shortest first: its length and its number.
    pub(crate) fn prefixes<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (usize, u32)> + 't {
        let mut node = 0;
        let steps = text.iter().zip(1..).map_while(move |(byte, length)| {
            let (start, end) = (*self.first.get(node)? as usize, *self.first.get(node + 1)? as usize);
            node = start + memchr(*byte, self.labels.get(start..end)?)?;
            Some((length, *self.pieces.get(node)?))
        });
        steps.filter_map(|(length, piece)| Some((length, piece.checked_sub(1)?)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn all_prefixes_are_found_and_no_others(
            pieces in prop::collection::vec("[ab]{1,4}|ก{1,2}", 0..12),
            text in "[abก]{0,8}",
        ) {
            let trie = Trie::build(pieces.iter().map(String::as_bytes));
            let mut writer = Writer::default();
            trie.write(&mut writer);
            let file = writer.finish();
            let trie = Trie::read(&mut Reader::open(&file).unwrap()).unwrap();
            let found: Vec<_> = trie.prefixes(text.as_bytes()).collect();
            let mut wanted: Vec<(usize, u32)> = Vec::new();
            for length in 1..=text.len() {
                let last = pieces.iter().rposition(|piece| piece.as_bytes() == &text.as_bytes()[..length]);
                wanted.extend(last.map(|number| (length, u32::try_from(number).unwrap())));
            }
            prop_assert_eq!(found, wanted);
        }
    }
}
