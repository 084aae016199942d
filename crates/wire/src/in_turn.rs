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
    /// Takes a piece; gives back those whose turn it is.
    pub(crate) fn take(&mut self, delta: Delta) -> Vec<Delta> {
        let mut out = Vec::with_capacity(1);
        if self.step(delta, &mut out) {
            self.release(&mut out);
        }
        out
    }

    /// The stream is over: everything that waits. A call that never became whole JSON is broken off.
    pub(crate) fn end(&mut self) -> Vec<Delta> {
        let mut out = Vec::new();
        self.open = None;
        while !self.held.is_empty() {
            self.release(&mut out);
            self.open = None;
        }
        out
    }

    /// Lets a piece through or holds it. Tells whether a call became whole by it.
    fn step(&mut self, delta: Delta, out: &mut Vec<Delta>) -> bool {
        match (&mut self.open, &delta) {
            (Some((open, json)), Delta::ToolArguments { call, json: piece }) if open == call => {
                if json.complete || piece.is_empty() {
                    return false;
                }
                json.push(piece);
                let complete = json.complete;
                out.push(delta);
                return complete;
            }
            (Some((_, json)), _) if !json.complete => {
                if !matches!(delta, Delta::Logprobs(_)) {
                    self.held.push_back(delta);
                }
                return false;
            }
            // Of a call that was broken off.
            (_, Delta::ToolArguments { .. }) => return false,
            (open, Delta::ToolStart { call, .. }) => *open = Some((*call, JsonEnd::default())),
            (open, _) => *open = None,
        }
        out.push(delta);
        false
    }

    /// What was held goes its way, in order. Some of it may be held again, until the call before it is whole.
    fn release(&mut self, out: &mut Vec<Delta>) {
        let mut queue = std::mem::take(&mut self.held);
        while let Some(delta) = queue.pop_front() {
            if self.step(delta, out) {
                while let Some(delta) = self.held.pop_back() {
                    queue.push_front(delta);
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

    #[test]
    fn interleaved_calls_come_one_after_the_other() {
        let mut turns = InTurn::default();
        let text = || Delta::Text("t".to_owned());
        assert_eq!(turns.take(start(0)), [start(0)]);
        for held in [start(1), start(2), arguments(1, "{\"a\":\"}"), arguments(2, "{}"), text()] {
            assert_eq!(turns.take(held), []);
        }
        assert_eq!(turns.take(arguments(0, "{")), [arguments(0, "{")]);
        // The second call is not whole, so the third still waits.
        assert_eq!(turns.take(arguments(0, "}")), [arguments(0, "}"), start(1), arguments(1, "{\"a\":\"}")]);
        let last = [arguments(1, "\"}"), start(2), arguments(2, "{}"), text()];
        assert_eq!(turns.take(arguments(1, "\"}")), last);
        assert_eq!(turns.end(), []);
    }

    #[test]
    fn whole_calls_that_waited_stay_in_order() {
        let mut turns = InTurn::default();
        assert_eq!(turns.take(start(0)), [start(0)]);
        for held in [start(1), start(2), arguments(1, "{}"), arguments(2, "{}")] {
            assert_eq!(turns.take(held), []);
        }
        let all = [arguments(0, "{}"), start(1), arguments(1, "{}"), start(2), arguments(2, "{}")];
        assert_eq!(turns.take(arguments(0, "{}")), all);
    }

    #[test]
    fn nothing_is_lost_behind_a_call_that_never_ends() {
        let mut turns = InTurn::default();
        assert_eq!(turns.take(start(0)), [start(0)]);
        assert_eq!(turns.take(start(1)), []);
        assert_eq!(turns.take(arguments(1, "{}")), []);
        assert_eq!(turns.end(), [start(1), arguments(1, "{}")]);
    }
}
