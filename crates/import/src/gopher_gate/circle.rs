//! Ways among groups that lead back to themselves, found so that they can be cut.

/// The edges, as places of groups, that close a circle. Without them, every way ends.
pub(super) fn closing(edges: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    // 0: not seen; 1: on the way; 2: done.
    let mut state = vec![0_u8; edges.len()];
    for start in 0..edges.len() {
        // Not by recursion: there may be as many groups on a way as there are groups.
        let mut way = vec![(start, 0)];
        if state.get(start) != Some(&0) {
            continue;
        }
        mark(&mut state, start, 1);
        while let Some((group, next)) = way.pop() {
            let Some(to) = edges.get(group).and_then(|all| all.get(next)).copied() else {
                mark(&mut state, group, 2);
                continue;
            };
            way.push((group, next + 1));
            match state.get(to) {
                Some(0) => {
                    mark(&mut state, to, 1);
                    way.push((to, 0));
                }
                Some(1) => found.push((group, to)),
                _ => {}
            }
        }
    }
    found
}

fn mark(state: &mut [u8], at: usize, value: u8) {
    if let Some(place) = state.get_mut(at) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn circles_are_found() {
        assert_eq!(closing(&[vec![1], vec![2], vec![0]]), [(2, 0)]);
        assert_eq!(closing(&[vec![0]]), [(0, 0)]);
        assert_eq!(closing(&[vec![1, 2], vec![2], vec![]]), []);
    }

    /// Whether taking out groups that lead nowhere, again and again, leaves none.
    fn ends(mut edges: Vec<Vec<usize>>) -> bool {
        let mut open: Vec<usize> = (0..edges.len()).collect();
        while let Some(at) = open.iter().position(|group| edges[*group].is_empty()) {
            let gone = open.remove(at);
            edges.iter_mut().for_each(|to| to.retain(|next| *next != gone));
        }
        open.is_empty()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn without_what_closes_them_there_are_none(edges in prop::collection::vec(prop::collection::vec(0_usize..8, 0..5), 8)) {
            let cut = closing(&edges);
            let left = edges.iter().enumerate().map(|(from, to)| {
                to.iter().copied().filter(|to| !cut.contains(&(from, *to))).collect()
            });
            prop_assert!(ends(left.collect()));
        }
    }
}
