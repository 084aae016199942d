//! The request path in one process: doors, pipeline and a scripted fleet.
#![expect(clippy::unwrap_used, reason = "tests")]

mod it {
    mod bodies;
    mod doors;
    mod fault_table;
    mod gone;
    mod late;
    mod limits;
    mod limits_held;
    mod passing;
    mod quota;
    mod retry;
    mod spoken;
    mod support;
}
