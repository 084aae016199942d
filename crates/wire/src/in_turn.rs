//! Puts the pieces of a stream in turn for dialects that write one block at a time: while a call's arguments are
//! unfinished, what belongs to other blocks waits.

use std::collections::VecDeque;

use wye_types::event::Delta;

/// What waits, and for which call.
#[derive(Debug, Default)]
pub(crate) struct InTurn {
    open: Option<(u32, JsonEnd)>,
    held: VecDeque<Delta>,
}

/// What became of a piece.
enum Step {
    /// It was given out, or is not wanted by anyone.
    Given,
    /// It must wait.
    Held,
    /// It was given out, and by it the call became whole.
    Whole,
}

/// Follows a JSON object up to its end.
#[derive(Debug, Default)]
struct JsonEnd {
    depth: u32,
    in_string: bool,
    escaped: bool,
    complete: bool,
}

impl JsonEnd {
    fn push(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.complete |= self.depth == 0;
                }
                _ => {}
            }
        }
    }
}

impl InTurn {
    /// Takes a piece; gives out those whose turn it is.
    pub(crate) fn take(&mut self, delta: &Delta, give: &mut dyn FnMut(&Delta)) {
        match self.step(delta, give) {
            Step::Given => {}
            Step::Held => self.held.push_back(delta.clone()),
            Step::Whole => self.release(give),
        }
    }

    /// The stream is over: gives out everything that waits. A call that never became whole JSON is broken off.
    pub(crate) fn end(&mut self, give: &mut dyn FnMut(&Delta)) {
        self.open = None;
        while !self.held.is_empty() {
            self.release(give);
            self.open = None;
        }
    }

    fn step(&mut self, delta: &Delta, give: &mut dyn FnMut(&Delta)) -> Step {
        match (&mut self.open, delta) {
            (Some((open, json)), Delta::ToolArguments { call, json: piece }) if open == call => {
                if json.complete || piece.is_empty() {
                    return Step::Given;
                }
                json.push(piece);
                let whole = json.complete;
                give(delta);
                return if whole { Step::Whole } else { Step::Given };
            }
            // They belong to no block.
            (_, Delta::Logprobs(_)) => return Step::Given,
            (Some((_, json)), _) if !json.complete => return Step::Held,
            // Of a call that was broken off.
            (_, Delta::ToolArguments { .. }) => return Step::Given,
            (open, Delta::ToolStart { call, .. }) => *open = Some((*call, JsonEnd::default())),
            (open, _) => *open = None,
        }
        give(delta);
        Step::Given
    }

    /// What was held goes its way, in order. Some of it may be held again, until the call before it is whole.
    fn release(&mut self, give: &mut dyn FnMut(&Delta)) {
        let mut queue = std::mem::take(&mut self.held);
        while let Some(delta) = queue.pop_front() {
            match self.step(&delta, give) {
                Step::Given => {}
                Step::Held => self.held.push_back(delta),
                Step::Whole => {
                    while let Some(delta) = self.held.pop_back() {
                        queue.push_front(delta);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(call: u32) -> Delta {
        Delta::ToolStart { call, id: call.to_string(), name: "f".to_owned(), signature: None }
    }

    fn arguments(call: u32, json: &str) -> Delta {
        Delta::ToolArguments { call, json: json.to_owned() }
    }

    fn take(turns: &mut InTurn, delta: &Delta) -> Vec<Delta> {
        let mut out = Vec::new();
        turns.take(delta, &mut |delta| out.push(delta.clone()));
        out
    }

    fn end(turns: &mut InTurn) -> Vec<Delta> {
        let mut out = Vec::new();
        turns.end(&mut |delta| out.push(delta.clone()));
        out
    }

    #[test]
    fn interleaved_calls_come_one_after_the_other() {
        let mut turns = InTurn::default();
        let text = || Delta::Text("t".to_owned());
        assert_eq!(take(&mut turns, &start(0)), [start(0)]);
        for held in [start(1), start(2), arguments(1, "{\"a\":\"}"), arguments(2, "{}"), text()] {
            assert_eq!(take(&mut turns, &held), []);
        }
        assert_eq!(take(&mut turns, &arguments(0, "{")), [arguments(0, "{")]);
        // The second call is not whole, so the third still waits.
        assert_eq!(
            take(&mut turns, &arguments(0, "}")),
            [arguments(0, "}"), start(1), arguments(1, "{\"a\":\"}")]
        );
        let last = [arguments(1, "\"}"), start(2), arguments(2, "{}"), text()];
        assert_eq!(take(&mut turns, &arguments(1, "\"}")), last);
        assert_eq!(end(&mut turns), []);
    }

    #[test]
    fn whole_calls_that_waited_stay_in_order() {
        let mut turns = InTurn::default();
        assert_eq!(take(&mut turns, &start(0)), [start(0)]);
        for held in [start(1), start(2), arguments(1, "{}"), arguments(2, "{}")] {
            assert_eq!(take(&mut turns, &held), []);
        }
        let all = [arguments(0, "{}"), start(1), arguments(1, "{}"), start(2), arguments(2, "{}")];
        assert_eq!(take(&mut turns, &arguments(0, "{}")), all);
    }

    #[test]
    fn nothing_is_lost_behind_a_call_that_never_ends() {
        let mut turns = InTurn::default();
        assert_eq!(take(&mut turns, &start(0)), [start(0)]);
        assert_eq!(take(&mut turns, &start(1)), []);
        assert_eq!(take(&mut turns, &arguments(1, "{}")), []);
        assert_eq!(end(&mut turns), [start(1), arguments(1, "{}")]);
    }
}
