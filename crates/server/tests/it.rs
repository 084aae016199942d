//! The request path in one process: doors, pipeline and a scripted fleet.
#![expect(clippy::unwrap_used, reason = "tests")]

mod it {
    mod abroad;
    mod alerts;
    mod arrivals;
    mod attacks;
    mod bad_input;
    mod bodies;
    mod console;
    mod controls;
    mod degraded;
    mod described;
    mod desk;
    mod document;
    mod doors;
    mod doors_table;
    mod fault_table;
    mod figures;
    mod files;
    mod forecast;
    mod gone;
    mod grades;
    mod judged;
    mod kept;
    mod late;
    mod limits;
    mod limits_held;
    mod live;
    mod media;
    mod mirrored;
    mod models;
    mod money;
    mod pass;
    mod pass_recordings;
    mod passing;
    mod playground;
    mod prefixes;
    mod providers;
    mod quota;
    mod realtime;
    mod retry;
    mod routing;
    mod shaped;
    mod spoken;
    mod stub;
    mod support;
    mod templates;
    mod uploads;
    mod why;
    mod wrong_types;
}
